"""What `bench.openpi` runs in openpi's own interpreter: four training steps, a wider policy, a server.

Of the SDK it imports what a user's script would. The tokenizer is a toy, and pi0 is of its smallest
variants with a small vision tower, so that a processor is enough.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import time
from pathlib import Path
from typing import Any

BATCH, STEPS = 4, 4
WIDTHS = (41, 82)
"""An arm and a hand; two of each."""
VISION = "mu/14"
"""openpi's smallest vision tower; pi0's own is So400m/14."""


def main() -> None:
    """Each step says a line of JSON; the last is `serving`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("port", type=int)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    begun = time.monotonic()
    make_tokenizer(Path(os.environ["OPENPI_DATA_HOME"]))
    shrink_vision()
    from xlvla_sdk.integrations.openpi import make_train_config, serve

    say("imported", seconds=time.monotonic() - begun)
    config = make_train_config(
        given.dataset,
        "bench",
        weights=None,
        model=smallest(),
        batch_size=BATCH,
        num_train_steps=STEPS,
        log_interval=1,
        num_workers=0,
        wandb_enabled=False,
        ema_decay=None,
        overwrite=True,
        assets_base_dir=str(given.work / "assets"),
        checkpoint_base_dir=str(given.work / "checkpoints"),
    )
    say("tails", refused=tail_refused(config))
    train(config)
    checkpoint = config.checkpoint_dir / str(STEPS - 1)
    for width in WIDTHS:
        widen(checkpoint / "params", width)
    say("serving", checkpoint=checkpoint.name, port=given.port)
    serve(config, checkpoint, port=given.port)


def say(step: str, **values: Any) -> None:
    print(json.dumps({"step": step, **values}), flush=True)


def smallest() -> Any:
    from openpi.models.pi0_config import Pi0Config  # pyright: ignore[reportMissingImports]

    return Pi0Config(paligemma_variant="dummy", action_expert_variant="dummy")


def make_tokenizer(home: Path) -> None:
    """A SentencePiece model where openpi looks for the one that it would download."""
    place = home / "big_vision" / "paligemma_tokenizer.model"
    if place.is_file():
        return
    import sentencepiece  # pyright: ignore[reportMissingImports]

    place.parent.mkdir(parents=True, exist_ok=True)
    text = ["push the two cans together", "place the box", "wave", "put cans into a container"]
    with place.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(text * 50),
            model_writer=file,
            vocab_size=60,
            hard_vocab_limit=False,
        )


def shrink_vision() -> None:
    from openpi.models import siglip  # pyright: ignore[reportMissingImports]

    whole = siglip.Module
    siglip.Module = lambda *args, **named: whole(*args, **{**named, "variant": VISION})


def tail_refused(config: Any) -> str:
    """What an episode's last row says outside `whole_chunks`."""
    from openpi.training import data_loader  # pyright: ignore[reportMissingImports]

    from xlvla_sdk.errors import DataError

    data = config.data.create(config.assets_dirs, config.model)
    rows = data_loader.create_torch_dataset(data, config.model.action_horizon, config.model)
    items = data_loader.transform_dataset(rows, data)
    try:
        items[len(rows) - 1]
    except DataError as error:
        return error.message
    raise SystemExit("a padded chunk was let through")


def train(config: Any) -> None:
    """openpi's own training, and what its loss was."""
    import train as openpi_train  # pyright: ignore[reportMissingImports]

    from xlvla_sdk.integrations.openpi import whole_chunks

    losses: list[float] = []
    begin = openpi_train.init_wandb

    def listen(*given: Any, **named: Any) -> None:
        begin(*given, **named)  # binds wandb.log anew
        log = openpi_train.wandb.log

        def heard(said: dict[str, Any], **more: Any) -> None:
            if "loss" in said:
                losses.append(float(said["loss"]))
            log(said, **more)

        openpi_train.wandb.log = heard

    openpi_train.init_wandb = listen
    begun = time.monotonic()
    with whole_chunks(config) as rows:
        openpi_train.main(config)
    say("trained", rows=rows, losses=losses, seconds=time.monotonic() - begun, memory_gb=memory())


def widen(params: Path, width: int) -> None:
    """Loads the checkpoint into a wider policy as openpi's training does, and counts what changed."""
    import dataclasses

    import flax.nnx as nnx  # pyright: ignore[reportMissingImports]
    import jax  # pyright: ignore[reportMissingImports]
    import numpy as np
    import train as openpi_train  # pyright: ignore[reportMissingImports]
    from flax.traverse_util import flatten_dict  # pyright: ignore[reportMissingImports]
    from openpi.models import model  # pyright: ignore[reportMissingImports]

    from xlvla_sdk.integrations.openpi import WidenActionDim

    wide = dataclasses.replace(smallest(), action_dim=width)
    shapes = nnx.state(nnx.eval_shape(wide.create, jax.random.key(0))).to_pure_dict()
    loaded = openpi_train._load_weights_and_validate(WidenActionDim(str(params)), shapes)
    before = flatten_dict(model.restore_params(params, restore_type=np.ndarray), sep="/")
    after = flatten_dict(loaded, sep="/")
    changed = [k for k, v in after.items() if not np.array_equal(v, before[k])]
    kept = all(
        np.array_equal(after[k][tuple(slice(0, n) for n in before[k].shape)], before[k])
        for k in changed
    )
    say("widened", width=width, changed=sorted(changed), leaves=len(after), old_rows_kept=kept)


def memory() -> float:
    """The most that this process held [GB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
