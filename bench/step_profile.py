"""Where a training step's time goes, by what it is spent on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile, record_function

from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import pretraining
from xlvla_sdk.latent.apart import Share
from xlvla_sdk.latent.training import HandInTraining

LABELLED: dict[str, tuple[tuple[Any, str], ...]] = {
    "kinematics": ((TipModel, "deltas"), (TipModel, "unnormalize")),
    "sampling": ((HandInTraining, "draw"), (pretraining, "drawn")),
    "losses": (
        (pretraining, "retarget_loss"),
        (pretraining, "source_pairs"),
        (pretraining, "prior_loss"),
    ),
}
"""What is called in a step under names of its own."""
NAMED = {
    "kinematics": ("Walk", "Baddbmm", "aten::baddbmm"),
    "optimiser": ("Optimizer.",),
    "matmul": ("aten::mm", "aten::addmm", "aten::bmm"),
    "norm": ("aten::native_layer_norm",),
    "activation": (
        "aten::relu",
        "aten::clamp_min",
        "aten::threshold_backward",
        "aten::silu",
        "aten::tanh",
    ),
}
"""What torch calls the rest; the nearest caller that has a name here is who pays."""
OTHER = "other"


def parts(step: Callable[[], object], steps: int) -> dict[str, float]:
    """The part of a step's time that each group takes, largest first, one in all.

    The hands' shares of a loss are taken in turn: what other threads do is not recorded.
    """
    step()
    with _labels(), profile(activities=[ProfilerActivity.CPU]) as recorded:
        for _ in range(steps):
            step()
    spent: dict[str, float] = {}
    for event in recorded.events() or ():
        group = _group(event)
        spent[group] = spent.get(group, 0.0) + event.self_cpu_time_total
    whole = sum(spent.values())
    return {group: spent[group] / whole for group in sorted(spent, key=lambda g: -spent[g])}


def _group(event: Any) -> str:
    caller = event
    while caller is not None:
        for group in LABELLED:
            if caller.name == group:
                return group
        for group, names in NAMED.items():
            if caller.name.startswith(names):
                return group
        caller = caller.cpu_parent
    return OTHER


@contextmanager
def _labels() -> Iterator[None]:
    """While inside, calls of a group's functions are recorded under the group's name."""
    patches = [
        patch.object(owner, name, _recorded(group, getattr(owner, name)))
        for group, calls in LABELLED.items()
        for owner, name in calls
    ]
    patches.append(patch.object(pretraining, "shares_sum", in_turn))
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


def in_turn(shares: Sequence[Share], latent: Tensor) -> Tensor:
    """The shares' sum, all in this thread."""
    return torch.stack([share.of(latent) for share in shares]).sum()


def _recorded(group: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def labelled(*given: Any, **named: Any) -> Any:
        with record_function(group):
            return call(*given, **named)

    return labelled
