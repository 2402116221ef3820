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
from xlvla_sdk.latent.networks import Networks
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.threads import one_thread

Progress = Callable[[int, int, float], None]
"""Called with the step, how many there are, and the loss."""

WARM_UP = 0.03
"""Part of the run over which a cosine schedule warms up."""


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
    """

    name: str
    kinematics: HandKinematics
    model: TipModel
    networks: Networks
    pinches: Float[Tensor, "rows D"]
    edges: bool = False

    def draw(self, count: int, generator: torch.Generator) -> Float[Tensor, "count D"]:
        """Normalised postures: one half uniform, with edges or without, one half pinches."""
        half = count // 2
        rows = torch.randint(len(self.pinches), (count - half,), generator=generator)
        other = sampling.edgy if self.edges else sampling.uniform
        others = other(self.model, half, generator).to(self.pinches.device)
        return torch.cat([others, self.pinches[rows.to(self.pinches.device)]])


def pinch_stock(
    model: TipModel, preset: Preset, generator: torch.Generator
) -> Float[Tensor, "rows D"]:
    """The pinches a preset draws from."""
    if preset.pinches == "templates":
        return sampling.templates(model, preset.pool, generator)
    if preset.pinches == "closing":
        on_the_way = (20, 35, 50, 70)
        starts = preset.pool // (len(on_the_way) + 1) + 1
        # Of a few tries the nearest: else fingers that are hard to close would hardly be closed.
        return sampling.closing(model, starts, generator, 100, 0.1, keep=on_the_way, tries=4)
    raise XlvlaError(
        f"preset '{preset.name}' draws pinches from '{preset.pinches}', which is unknown."
    )


def run(
    loss_of: Callable[[int], Tensor],
    parameters: Iterable[Tensor],
    preset: Preset,
    progress: Progress | None,
) -> float:
    """Takes a preset's optimiser steps; returns the last loss.

    Args:
        loss_of: The loss of a step.
        parameters: What may move.
        preset: Steps, rate and schedule.
        progress: Told of every step.

    Raises:
        XlvlaError: When a loss is not finite, naming the step.
    """
    fused = torch.optim.AdamW(list(parameters), lr=preset.rate, fused=True)
    value = float("nan")
    for step in range(preset.steps):
        if preset.cosine:
            for group in fused.param_groups:
                group["lr"] = preset.rate * _schedule(step / preset.steps)
        loss = loss_of(step)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise XlvlaError(
                f"training stopped at step {step} of {preset.steps}: the loss is {value}. "
                "Look at the hand's limits and units (metres, radians) with `xlvla check`."
            )
        fused.zero_grad(set_to_none=True)
        loss.backward()
        fused.step()
        if progress is not None:
            progress(step + 1, preset.steps, value)
    return value


def _schedule(done: float) -> float:
    if done < WARM_UP:
        return max(done / WARM_UP, 0.01)
    return 0.5 * (1.0 + math.cos(math.pi * (done - WARM_UP) / (1.0 - WARM_UP)))
