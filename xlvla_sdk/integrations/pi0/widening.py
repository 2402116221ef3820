"""Widening: weights of a policy of few action columns become those of one with more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from xlvla_sdk.errors import PolicyError

COLUMN_LEAVES = (
    "state_proj/kernel",
    "action_in_proj/kernel",
    "action_out_proj/kernel",
    "action_out_proj/bias",
)
"""The four leaves of pi0 whose shapes know how wide a row is: (A, w), (A, w), (w, A), (A,)."""
SCALE = 0.02
"""Deviation of new weights. At 0 the first answers of the widened policy are the old ones'."""


def widened(
    loaded: Mapping[str, np.ndarray],
    wanted: Mapping[str, Any],
    *,
    scale: float = SCALE,
    keep: bool = True,
    missing: str = ".*lora.*",
    seed: int = 0,
) -> dict[str, Any]:
    """Weights in the shapes of a wider policy.

    Old rows and columns stay where they were, first; new weights are drawn, new biases are 0. All
    leaves but four keep their shapes and values.

    Args:
        loaded: Leaf to weights, of the checkpoint: `action_in_proj/kernel`.
        wanted: Leaf to what has a shape and a dtype, of the policy that is to be.
        scale: Deviation of new weights.
        keep: Whether the old columns keep their weights. Those of a released checkpoint mean
            joints and grippers of other robots, not our latent: False draws them anew.
        missing: Leaves that a checkpoint need not have, a pattern; their places in `wanted` are
            returned as they are, for the caller to fill.
        seed: Of the draws.

    Raises:
        PolicyError: A leaf is missing, or another than those four is of another shape, or one of
            them is wider in the checkpoint.
    """
    rng = np.random.default_rng(seed)
    return {
        name: _leaf(name, loaded.get(name), place, scale, keep, missing, rng)
        for name, place in sorted(wanted.items())
    }


def _leaf(
    name: str,
    value: np.ndarray | None,
    place: Any,
    scale: float,
    keep: bool,
    missing: str,
    rng: np.random.Generator,
) -> Any:
    if value is None:
        if re.fullmatch(missing, name):
            return place
        raise PolicyError(
            f"the checkpoint has no weights for '{name}'. Load one of the same model: its variants must "
            "be those of the configuration.",
            leaf=name,
        )
    if name in COLUMN_LEAVES and (value.shape != tuple(place.shape) or not keep):
        value = _widened(name, value, tuple(place.shape), scale, keep, rng)
    if value.shape != tuple(place.shape):
        raise PolicyError(
            f"'{name}' is {value.shape} in the checkpoint, {tuple(place.shape)} wanted: only the columns "
            "of a row can be widened. Name the model variants of the checkpoint.",
            leaf=name,
        )
    return value.astype(place.dtype)


def _widened(
    name: str,
    value: np.ndarray,
    shape: tuple[int, ...],
    scale: float,
    keep: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """One of the four leaves, its old weights in the first corner."""
    columns = 0 if name.endswith("_in_proj/kernel") or name.startswith("state_proj") else -1
    other = value.ndim == len(shape) == 2 and value.shape[1 + columns] == shape[1 + columns]
    if value.shape[columns] > shape[columns] or not (other or value.ndim == len(shape) == 1):
        raise PolicyError(
            f"'{name}' is {value.shape} in the checkpoint and cannot become {shape}: rows are widened, "
            f"never narrowed. Train with action_dim {value.shape[columns]} or more.",
            leaf=name,
        )
    drawn = rng.standard_normal(shape) * scale if len(shape) == 2 else np.zeros(shape)
    wide = drawn.astype(value.dtype)
    if keep:
        wide[tuple(slice(0, size) for size in value.shape)] = value
    return wide
