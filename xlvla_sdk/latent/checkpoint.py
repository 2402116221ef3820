"""Checkpoint: the last good state of a space in training, kept as a space of its own.

A run of minutes that is stopped, or whose loss stops being finite, leaves this behind: loaded,
measured and used like any space, under the name `<name>-unfinished`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.space import save_space
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent import sampling
from xlvla_sdk.latent.networks import Gaussian
from xlvla_sdk.latent.training import HandInTraining

EVERY = 200
"""A state is kept each time this many steps have gone well."""

log = logging.getLogger(__name__)


class Checkpoint:
    """Keeps what a run has reached in a folder.

    Args:
        folder: Where; a space's file and its card are written there.
        name: What the finished space will be called.
        every: How many steps apart.
    """

    def __init__(self, folder: Path, name: str, every: int = EVERY) -> None:
        self.of = name
        self.name = f"{name}-unfinished"
        self.path = folder / f"{self.name}.safetensors"
        self.every = every
        self.step: int | None = None

    def keep(self, step: int, loss: Tensor, space: Callable[[str], LatentSpace]) -> None:
        """Writes the state that gave a loss, if it is its turn and the loss is finite.

        Args:
            step: How many steps led to the state.
            loss: What the state gives, before it moves on.
            space: Makes the space of that state, under a name.
        """
        if step == 0 or step % self.every or not bool(torch.isfinite(loss)):
            return
        made = space(self.name)
        save_space(replace(made, card={**made.card, "unfinished": step}), self.path.parent)
        self.step = step

    def clear(self) -> None:
        """Removes the state: the finished space is there."""
        for suffix in (".safetensors", ".json"):
            self.path.with_suffix(suffix).unlink(missing_ok=True)

    def __str__(self) -> str:
        if self.step is None:
            return f"No state was kept yet: the first is after {self.every} steps."
        return (
            f"The last good state, after {self.step} steps, is {self.path}: load it with "
            f"`--space {self.path}`. Training begins anew when it is run again."
        )


@contextmanager
def watched(
    hands: Sequence[HandInTraining], checkpoint: Checkpoint | None = None
) -> Iterator[None]:
    """Around a run: what stops it says whose fault it was and what is left.

    Raises:
        XlvlaError: What the run raised, with the hand named whose numbers are not finite and
            the checkpoint's whereabouts.
    """
    try:
        yield
    except XlvlaError as error:
        left = not_finite(hands) if checkpoint is None else f"{not_finite(hands)} {checkpoint}"
        raise XlvlaError(f"{error.message} {left}", **error.values) from error
    except (KeyboardInterrupt, SystemExit):
        if checkpoint is not None:
            log.warning("%s: training was stopped. %s", checkpoint.of, checkpoint)
        raise


def not_finite(hands: Sequence[HandInTraining]) -> str:
    """Says of which hands something is not finite: tips first, since they come from the hand
    itself, then weights of networks, which one hand's numbers carry into the others'."""
    tests: dict[str, Callable[[HandInTraining], Tensor]] = {
        "fingertips": _tips,
        "decoder": lambda hand: _weights(hand.networks.decoder),
        "encoder": lambda hand: _weights(hand.networks.encoder),
        "codes": lambda hand: torch.cat(_codes(hand)).exp(),
    }
    for what, numbers in tests.items():
        with torch.no_grad():
            bad = [hand.name for hand in hands if not bool(numbers(hand).isfinite().all())]
        if bad:
            return f"Not finite: {what} of {', '.join(bad)}."
    return f"Each hand by itself is finite: {', '.join(hand.name for hand in hands)}."


def _postures(hand: HandInTraining) -> Tensor:
    drawn = sampling.uniform(hand.model, 64, torch.Generator().manual_seed(0))
    return drawn.to(hand.model.lower.device)


def _codes(hand: HandInTraining) -> Gaussian:
    return hand.encode(_postures(hand), hand.deltas(_postures(hand)))


def _tips(hand: HandInTraining) -> Tensor:
    return hand.model.tips(hand.model.unnormalize(_postures(hand)))


def _weights(network: torch.nn.Module) -> Tensor:
    return torch.cat([parameter.flatten() for parameter in network.parameters()])
