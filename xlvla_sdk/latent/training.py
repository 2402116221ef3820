"""What pretraining and fitting share: a hand in training, its postures, and one optimiser's run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent import sampling
from xlvla_sdk.latent.adam import AdamW, Optimiser
from xlvla_sdk.latent.interrupts import between_steps
from xlvla_sdk.latent.muon import Muon
from xlvla_sdk.latent.networks import Gaussian, Networks, scaled
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.schedule import Schedule
from xlvla_sdk.latent.threads import one_thread

Progress = Callable[[int, int, float], None]
"""Called with the step, how many there are, and the loss."""

MUON_RATE = 10.0
"""Muon's learning rate over AdamW's."""


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        loss: The last loss.
        steps: How many were taken.
        early: Whether that was fewer than the preset's, because the measure no longer fell.
    """

    loss: float
    steps: int
    early: bool


@contextmanager
def seeded(seed: int) -> Iterator[torch.Generator]:
    """A generator to draw from; networks made inside are seeded too, the caller's torch is not.

    Inside, torch works on one thread.
    """
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield torch.Generator().manual_seed(seed)


@dataclass
class HandInTraining:
    """A hand with its kinematics, networks and stock of pinches.

    Attributes:
        name: The hand's id.
        kinematics: As the space sees it.
        model: The same in torch.
        networks: Encoder and decoder.
        pinches: Normalised postures to draw from.
        edges: Whether some of the others have joints at their limits.
        share: How much of what is drawn are pinches.
    """

    name: str
    kinematics: HandKinematics
    model: TipModel
    networks: Networks
    pinches: Float[Tensor, "rows D"]
    edges: bool = False
    share: float = 0.5

    def draw(self, count: int, generator: torch.Generator) -> Float[Tensor, "count D"]:
        """Normalised postures: uniform ones, with edges or without, and after them pinches."""
        pinches = count - round((1.0 - self.share) * count)
        rows = torch.randint(len(self.pinches), (pinches,), generator=generator)
        other = sampling.edgy if self.edges else sampling.uniform
        others = other(self.model, count - pinches, generator).to(self.pinches.device)
        return torch.cat([others, self.pinches[rows.to(self.pinches.device)]])

    @torch.no_grad()
    def deltas(self, postures: Float[Tensor, "batch D"]) -> Float[Tensor, "batch 4 3"]:
        """Thumb-to-finger vectors of normalised postures [m]; constants, without a gradient."""
        return self.model.deltas(self.model.unnormalize(postures))

    def encode(
        self, postures: Float[Tensor, "batch D"], deltas: Float[Tensor, "batch 4 3"]
    ) -> Gaussian:
        """Codes of normalised postures, whose vectors are known [m]."""
        if self.networks.reads == "joints":
            return self.networks.encode(postures)
        vectors = scaled(deltas, self.model.has[1:])
        return self.networks.encode(torch.cat([postures, vectors], dim=1))


def pinch_stock(
    model: TipModel, preset: Preset, generator: torch.Generator, tries: int = 4
) -> Float[Tensor, "rows D"]:
    """The pinches a preset draws from; where they are closed, the nearest of some tries."""
    if preset.pinches == "templates":
        return sampling.templates(model, preset.pool, generator)
    if preset.pinches == "closing":
        on_the_way = (20, 35, 50, 70)
        starts = preset.pool // (len(on_the_way) + 1) + 1
        # Of one try alone, fingers that are hard to close would hardly be closed.
        return sampling.closing(model, starts, generator, 100, 0.1, keep=on_the_way, tries=tries)
    raise XlvlaError(
        f"preset '{preset.name}' draws pinches from '{preset.pinches}', which is unknown."
    )


def run(
    loss_of: Callable[[int], Tensor],
    parameters: Iterable[Tensor],
    preset: Preset,
    progress: Progress | None,
    measure: Callable[[], float] | None = None,
) -> Ended:
    """Takes a preset's optimiser steps.

    Args:
        loss_of: The loss of a step.
        parameters: What may move.
        preset: Steps, rate and schedule.
        progress: Told of every step.
        measure: What is to fall: once it no longer does, the run comes to its end early. All
            steps are taken when left out.

    Returns:
        The last loss and how many steps there were.

    Raises:
        XlvlaError: When a loss is not finite, naming the step.
    """
    learning = list(parameters)
    optimisers = _optimisers(learning, preset)
    peaks = [optimiser.lr for optimiser in optimisers]
    schedule, step, value = Schedule(preset, measure), 0, float("nan")
    with between_steps() as heed_interrupts:
        while step < schedule.last:
            rate = schedule.rate(step)
            for optimiser, peak in zip(optimisers, peaks, strict=True):
                optimiser.lr = peak * rate
            value = _step(loss_of, step, learning, optimisers, preset)
            step += 1
            if progress is not None:
                progress(step, schedule.last, value)
            heed_interrupts()
    return Ended(value, step, schedule.stopped)


def _step(
    loss_of: Callable[[int], Tensor],
    step: int,
    parameters: list[Tensor],
    optimisers: list[Optimiser],
    preset: Preset,
) -> float:
    """Takes one step; returns the loss before it."""
    loss = loss_of(step)
    value = float(loss.detach())
    if not math.isfinite(value):
        raise XlvlaError(
            f"training stopped at step {step} of {preset.steps}: the loss is {value}. "
            "Look at the hand's limits and units (metres, radians) with `xlvla check`."
        )
    for parameter in parameters:
        parameter.grad = None
    loss.backward()
    for optimiser in optimisers:
        optimiser.step()
    return value


def _optimisers(parameters: list[Tensor], preset: Preset) -> list[Optimiser]:
    if preset.optimiser == "adamw":
        return [AdamW(parameters, lr=preset.rate)]
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    vectors = [parameter for parameter in parameters if parameter.ndim != 2]
    return [
        Muon(matrices, lr=MUON_RATE * preset.rate, iterations=preset.iterations),
        AdamW(vectors, lr=preset.rate),
    ]
