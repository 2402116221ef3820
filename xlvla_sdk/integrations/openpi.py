"""pi0 trained on our rows, with openpi as it is: importable only where openpi is.

A script makes a configuration with `make_train_config` and hands it to openpi's own `train.main`
inside `whole_chunks`; docs/guides/pi0.md walks through it.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.integrations.pi0.card import ACTION, STATE, Card, load_card
from xlvla_sdk.integrations.pi0.tails import whole_chunk_rows
from xlvla_sdk.integrations.pi0.transforms import XLVLAInputs, XLVLAOutputs
from xlvla_sdk.integrations.pi0.widening import SCALE, widened

try:  # openpi has an environment of its own, in which alone this module is imported
    from flax.traverse_util import (  # pyright: ignore[reportMissingImports]
        flatten_dict,
        unflatten_dict,
    )
    from openpi.models import model as _model  # pyright: ignore[reportMissingImports]
    from openpi.models import pi0_config  # pyright: ignore[reportMissingImports]
    from openpi.shared import download, normalize  # pyright: ignore[reportMissingImports]
    from openpi.training import (  # pyright: ignore[reportMissingImports]
        config as _config,
    )
    from openpi.training import data_loader, weight_loaders  # pyright: ignore[reportMissingImports]
    from openpi.transforms import Group, RepackTransform  # pyright: ignore[reportMissingImports]
except ImportError as error:
    raise PolicyError(
        f"xlvla_sdk.integrations.openpi works in openpi's own environment only ({error}). Install openpi "
        "as its README says, then xlvla-sdk beside it: `uv pip install xlvla-sdk`."
    ) from error

__all__ = [
    "WidenActionDim",
    "XLVLADataConfig",
    "XLVLAInputs",
    "XLVLAOutputs",
    "make_train_config",
    "serve",
    "whole_chunks",
]

PI0_BASE = "gs://openpi-assets/checkpoints/pi0_base/params"
"""openpi's released weights of pi0, its README's table of base models."""
BASE_WIDTH = 32
"""Columns of pi0's rows as it was released: a narrower row is padded to it."""


@dataclasses.dataclass(frozen=True)
class WidenActionDim(weight_loaders.WeightLoader):
    """Loads a checkpoint into a policy whose rows are wider; exactly four leaves change.

    Attributes:
        params_path: Of the checkpoint, as openpi's own loader takes it.
        scale: Deviation of new weights.
        keep: Whether the checkpoint's columns keep their weights.
    """

    params_path: str
    scale: float = SCALE
    keep: bool = True

    def load(self, params: Any) -> Any:
        """Weights in the structure of `params`; leaves of LoRA stay as they are there."""
        path = download.maybe_download(self.params_path)
        loaded = _model.restore_params(path, restore_type=np.ndarray)
        leaves = widened(
            flatten_dict(loaded, sep="/"),
            flatten_dict(params, sep="/"),
            scale=self.scale,
            keep=self.keep,
        )
        return unflatten_dict(leaves, sep="/")


@dataclasses.dataclass(frozen=True)
class XLVLADataConfig(_config.DataConfigFactory):
    """What openpi reads of an encoded dataset, and what is done to it: nothing but the names change.

    Statistics are the dataset's own, pooled over its hands, with their least deviation; the
    prompt is the episode's task.

    Attributes:
        card: What the dataset says of itself.
        default_prompt: For observations without one.
        tails: Whether chunks beyond an episode's end are let through.
    """

    card: Card | None = None
    default_prompt: str | None = None
    tails: bool = False

    def create(self, assets_dirs: Path, model_config: Any) -> Any:
        """openpi's data configuration."""
        card = self.card
        assert card is not None
        names = {"state": STATE, "actions": ACTION, "action_is_pad": f"{ACTION}_is_pad"}
        item = {**names, "prompt": "prompt", "images": dict(card.cameras)}
        statistics = {
            name: normalize.NormStats(**values) for name, values in card.statistics.items()
        }
        base = _config.DataConfig(prompt_from_task=True, action_sequence_keys=(ACTION,))
        factory = dataclasses.replace(self, base_config=self.base_config or base)
        return dataclasses.replace(
            _config.DataConfigFactory.create_base_config(factory, assets_dirs, model_config),
            norm_stats=statistics,
            repack_transforms=Group(inputs=[RepackTransform(item)]),
            data_transforms=Group(
                inputs=[XLVLAInputs(card.width, self.tails)], outputs=[XLVLAOutputs(card.width)]
            ),
            model_transforms=_config.ModelTransformFactory(self.default_prompt)(model_config),
        )


def make_train_config(
    dataset: str | Path,
    exp_name: str,
    *,
    name: str = "pi0_xlvla",
    weights: str | None = PI0_BASE,
    keep: bool = True,
    model: Any = None,
    horizon: int | None = None,
    cameras: Mapping[str, str] | None = None,
    default_prompt: str | None = None,
    tails: bool = False,
    **training: Any,
) -> Any:
    """openpi's configuration for training pi0 on an encoded dataset.

    Args:
        dataset: Its folder, format v2.1; to serve, a folder with a copy of its meta/ is enough.
        exp_name: Of the run: checkpoints are in `checkpoints/<name>/<exp_name>/`.
        name: Of the configuration.
        weights: Where training begins, of 32 columns or more; None begins from nothing.
        keep: Whether the columns of `weights` are kept; False draws them anew.
        model: A `Pi0Config` for other variants than the default; its width and horizon are set here.
        horizon: Rows of a chunk; the dataset's when left out.
        cameras: pi0's camera to the dataset's column; by name when left out.
        default_prompt: For observations without one.
        tails: Whether to train on chunks that go on beyond an episode's end, the last row repeated.
        training: Further fields of openpi's `TrainConfig`: `batch_size`, `num_train_steps`, ...

    Raises:
        DataError: The dataset is of another format, not encoded, or not whole.
        PolicyError: The model is not pi0.
    """
    card = load_card(Path(dataset).resolve(), cameras)
    rows = horizon or card.horizon
    model = dataclasses.replace(
        _checked(model or pi0_config.Pi0Config()),
        action_dim=max(card.width, BASE_WIDTH),
        action_horizon=rows,
    )
    loader = WidenActionDim(weights, keep=keep) if weights else weight_loaders.NoOpWeightLoader()
    data = XLVLADataConfig(
        repo_id=str(card.root),
        assets=_config.AssetsConfig(asset_id="xlvla"),
        card=card,
        default_prompt=default_prompt,
        tails=tails,
    )
    return _config.TrainConfig(
        **{
            "name": name,
            "exp_name": exp_name,
            "model": model,
            "data": data,
            "weight_loader": loader,
            "policy_metadata": card.metadata(rows),
            "freeze_filter": model.get_freeze_filter(),
            **training,
        }
    )


@contextmanager
def whole_chunks(config: Any) -> Iterator[int]:
    """While it lasts, openpi draws samples only from rows whose whole chunk lies in the episode.

    openpi takes every row of a dataset, repeats the last one beyond an episode's end and drops the flag that
    says so. Its loader's datasets are cut to the other rows here, and are whole again afterwards.

    Args:
        config: Of `make_train_config`.

    Yields:
        How many rows are drawn from.
    """
    card = config.data.card
    rows = whole_chunk_rows(card.lengths, config.model.action_horizon).tolist()
    original = data_loader.create_torch_dataset

    def trimmed(*args: Any, **named: Any) -> Any:
        return _Rows(original(*args, **named), rows)

    logging.info(f"{card.root}: {len(rows)} of {sum(card.lengths)} rows begin a whole chunk")
    data_loader.create_torch_dataset = trimmed
    try:
        yield len(rows)
    finally:
        data_loader.create_torch_dataset = original


def serve(config: Any, checkpoint: str | Path, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Answers on openpi's wire until it is ended; a runner learns from the metadata what the rows are.

    One answer is made before anybody may ask: JAX compiles for it, longer than a runner would wait.

    Args:
        config: Of `make_train_config`.
        checkpoint: A step's folder.
        host: Who may ask; this computer alone unless told otherwise.
        port: To listen on.
    """
    from openpi.policies import policy_config  # pyright: ignore[reportMissingImports]
    from openpi.serving.websocket_policy_server import (  # pyright: ignore[reportMissingImports]
        WebsocketPolicyServer,
    )

    policy = policy_config.create_trained_policy(config, str(checkpoint))
    policy.infer({"state": np.zeros(config.data.card.width, np.float32), "prompt": "warm up"})
    WebsocketPolicyServer(policy, host, port, metadata=policy.metadata).serve_forever()


@dataclasses.dataclass(frozen=True)
class _Rows:
    """Some rows of a dataset; openpi's loader sends it to its workers."""

    dataset: Any
    rows: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[self.rows[index.__index__()]]


def _checked(model: Any) -> Any:
    if getattr(model, "pi05", None) is not False:
        raise PolicyError(
            f"{type(model).__name__} with pi05={getattr(model, 'pi05', None)} takes no state token: "
            "pi0.5 and pi0-FAST write the state into the prompt as words, where a latent has no room. "
            "Train pi0."
        )
    return model
