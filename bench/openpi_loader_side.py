"""What `bench.openpi_loader` runs in openpi's own interpreter: its loader opens a dataset, and says what it saw."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

from bench.openpi_side import make_tokenizer, smallest

BATCH = 4


def main() -> None:
    """Every row as openpi's dataset gives it, into an NPZ; a batch of its loader, in words."""
    dataset, out = Path(sys.argv[1]), Path(sys.argv[2])
    make_tokenizer(Path(os.environ["OPENPI_DATA_HOME"]))
    from openpi.training import data_loader  # pyright: ignore[reportMissingImports]

    from xlvla_sdk.integrations.openpi import make_train_config, whole_chunks

    config = make_train_config(
        dataset, "bench", weights=None, model=smallest(), batch_size=BATCH, num_workers=0
    )
    data = config.data.create(config.assets_dirs, config.model)
    rows = data_loader.create_torch_dataset(data, config.model.action_horizon, config.model)
    names = ("observation.state", "action", "action_is_pad", "episode_index")
    items = [rows[k] for k in range(len(rows))]
    np.savez(out, **{name: np.stack([np.asarray(item[name]) for item in items]) for name in names})
    with whole_chunks(config) as whole:
        observation, actions = next(iter(data_loader.create_data_loader(config, num_batches=1)))
    said = {
        "repo_ids": [data.repo_id],
        "whole": whole,
        "actions": list(actions.shape),
        "state": list(observation.state.shape),
        "images": {name: list(one.shape) for name, one in observation.images.items()},
        "seen": {name: bool(np.all(one)) for name, one in observation.image_masks.items()},
        "prompts": sorted({item["prompt"] for item in items}),
    }
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
