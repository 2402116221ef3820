"""train: a policy from a dataset, by flow matching; the same seed gives the same bytes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from xlvla_sdk.errors import DataError
from xlvla_sdk.latent.interrupts import between_steps
from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.learning.devices import Computing
from xlvla_sdk.learning.files import load_state, save_policy, save_state
from xlvla_sdk.learning.network import FlowNetwork
from xlvla_sdk.learning.parallel import ALONE, World
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.seeing import Told as Asked
from xlvla_sdk.learning.shape import Shape

Told = Callable[[int, int, float], None]
"""Is called with the step, how many there are, and the loss."""


@dataclass(frozen=True)
class Recipe:
    """How a policy is trained.

    Attributes:
        steps: Of the optimiser.
        seed: Of weights, order, noise.
        batch: Chunks in a step.
        rate: Learning rate at its highest, after `warm` steps; it then falls to a hundredth, by a cosine.
        warm: Steps until then.
        blur: Deviation of what is added to normalised measured rows: a body is never exactly
            where a demonstrator's was.
        turn: Furthest that everything is turned about the vertical through the middle of all things'
            places, arms and things alike [rad]: demonstrations are few, and what is done at one place is
            done alike at a place beside it.
        shift: Furthest that everything is moved along either side of the table [m].
        norm: Longest gradient.
        keep: How much of the running mean of the weights a step keeps; the mean is the policy.
        every: Steps between two states that training can go on from.
    """

    steps: int = 5000
    seed: int = 7
    batch: int = 64
    rate: float = 1e-3
    warm: int = 100
    blur: float = 0.05
    turn: float = 0.5
    shift: float = 0.05
    norm: float = 1.0
    keep: float = 0.998
    every: int = 200


DEFAULTS = Recipe()
USUAL = Computing()


def train(
    samples: Samples,
    out: Path,
    recipe: Recipe = DEFAULTS,
    *,
    shape: Shape | None = None,
    told: Told | None = None,
    computing: Computing = USUAL,
    world: World = ALONE,
) -> float:
    """Trains a policy and writes it; goes on where the same training was interrupted.

    Everything that is drawn at random in a step comes from seed and step, so that one that was
    interrupted ends in the same bytes as one that was not.

    Args:
        samples: What it learns.
        out: The folder; `policy.json` and `policy.safetensors` are there when it is done.
        recipe: How.
        shape: Of the network, for those who want another; width, horizon and words are the samples'.
        told: Is told of every step.
        computing: On which device, and how; on the CPU in float32 the same bytes come out each time.
        world: The processes that train together, joined: each computes its part of every batch, so
            that many take the step that one takes, up to rounding. The first one writes.

    Returns:
        The loss, as a running mean.

    Raises:
        DataError: Another training stands in the folder, or the loss is no number any more.
        XlvlaError: Another process has ended; a step does not fit into the device, or cannot be
            compiled.
    """
    metadata = samples.metadata
    sizes = (samples.state.shape[1], metadata.horizon, len(samples.words.known))
    given = shape or Shape(*sizes)
    shape = replace(given, width=sizes[0], horizon=sizes[1], words=sizes[2], arms=samples.arms)
    said = {**asdict(recipe), "shape": asdict(shape), "dataset": samples.hash}
    said |= samples.variant.to_json()
    said |= computing.of_steps()
    world.agree(said)
    with one_thread(), between_steps() as heed:
        course = _Course(samples, recipe, shape, computing, world)
        if (found := world.from_first(lambda: load_state(out, said))) is not None:
            course.restore(*found)
        while course.step < recipe.steps:
            loss = course.advance()
            heed()
            if told is not None:
                told(course.step, recipe.steps, loss)
            due = course.step % recipe.every == 0 or course.step == recipe.steps
            if due and world.first:
                save_state(out, said, course.step, course.tensors())
    card = {
        **samples.variant.to_json(),
        **metadata.to_wire(),
        "words": list(samples.words.known),
        "shape": asdict(shape),
        "recipe": asdict(recipe),
        "dataset": samples.hash,
        "loss": course.loss,
        **computing.to_json(world),
    }
    if world.first:
        save_policy(out, card, {**course.network.state_dict(), **course.average})
    return course.loss


class _Course:
    """One training from step to step."""

    def __init__(
        self, samples: Samples, recipe: Recipe, shape: Shape, computing: Computing, world: World
    ) -> None:
        self.samples, self.recipe = samples, recipe
        self.computing, self.world = computing, world
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            self.network = FlowNetwork(shape, samples.scales, samples.variant.sight).to(
                computing.device
            )
        self.loss_of = computing.compiled(self.network.loss)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(),
            lr=recipe.rate,
            betas=(0.9, 0.95),
            weight_decay=1e-4,
            fused=True,
        )
        self.average = {k: v.detach().clone() for k, v in self.network.named_parameters()}
        self.step, self.loss = 0, float("nan")

    def advance(self) -> float:
        """One step; returns the running mean of the loss."""
        rng = np.random.default_rng([self.recipe.seed, self.step])
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.rate * pace(self.step, self.recipe)
        self.optimizer.zero_grad()
        loss = self._descent(rng)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.norm)
        self.optimizer.step()
        self.step += 1
        self._follow()
        now = loss.item()
        if not math.isfinite(now):
            raise DataError(
                f"the loss is {now} after {self.step} steps. Look for numbers that are not finite "
                "with `xlvla data check`."
            )
        self.loss = now if math.isnan(self.loss) else 0.98 * self.loss + 0.02 * now
        return self.loss

    def _descent(self, rng: np.random.Generator) -> Tensor:
        """The loss of a whole batch; the gradients are its, too."""
        try:
            loss = self._loss(rng)
            loss.backward()
        except RuntimeError as error:
            refusal = self.computing.refusal(error, self.recipe.batch)
            if refusal is None:
                raise
            raise refusal from error
        gradients = [one.grad for one in self.network.parameters() if one.grad is not None]
        self.world.add_up([*gradients, loss])
        return loss

    def _loss(self, rng: np.random.Generator) -> Tensor:
        batch, size = self.samples.draw(rng, self.recipe.batch), self.recipe.batch
        batch = self.samples.variant.varied(batch, self.samples, self.recipe, rng)
        blur = self.recipe.blur * rng.standard_normal(batch.state.shape)
        state = (batch.state + blur * self.samples.scales.state_std).astype(np.float32)
        noise = rng.standard_normal(batch.chunks.shape).astype(np.float32)
        # Nearer to noise more often, as pi0 has it: there it is decided what is done.
        time = (0.999 * (1.0 - rng.beta(1.5, 1.0, size))).astype(np.float32)
        asked = Asked(
            torch.from_numpy(state),
            torch.from_numpy(batch.things),
            torch.from_numpy(batch.there),
            torch.from_numpy(batch.names),
            torch.from_numpy(batch.prompts),
            torch.from_numpy(batch.pictures),
            torch.from_numpy(batch.frame),
        )
        chunks, weights = torch.from_numpy(batch.chunks), torch.from_numpy(batch.weights)
        numbers = (torch.from_numpy(one) for one in (noise, time))
        return self._part(asked, chunks, weights, *numbers)

    def _part(self, asked: Asked, chunks: Tensor, weights: Tensor, *numbers: Tensor) -> Tensor:
        """What this process's part of a batch adds to the loss of the whole."""

        def mine(whole: Tensor) -> Tensor:
            return self.world.part(whole).to(self.computing.device)

        told = Asked(**{name: mine(value) for name, value in vars(asked).items()})
        with self.computing.mixed():
            loss = self.loss_of(told, mine(chunks), mine(weights), *map(mine, numbers))
        share = self.world.part(weights).sum() / weights.sum()
        return loss if self.world.size == 1 else loss * share.item()

    def _follow(self) -> None:
        """Takes the weights into their running mean, over a tenth of the steps so far at first."""
        part = max(1.0 - self.recipe.keep, 1.0 / (1.0 + 0.1 * self.step))
        for name, now in self.network.named_parameters():
            self.average[name].lerp_(now.detach(), part)

    def tensors(self) -> dict[str, Tensor]:
        """All that the next step depends on."""
        found = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        found |= {f"average.{name}": value for name, value in self.average.items()}
        found["loss"] = torch.tensor(self.loss, dtype=torch.float64)
        state: dict[int, dict[str, Any]] = self.optimizer.state_dict()["state"]
        for number, values in state.items():
            found |= {f"optimizer.{number}.{name}": value for name, value in values.items()}
        return found

    def restore(self, step: int, tensors: dict[str, Tensor]) -> None:
        """The reverse."""
        names = self.network.state_dict()
        self.network.load_state_dict({name: tensors[f"network.{name}"] for name in names})
        self.average = {name: tensors[f"average.{name}"] for name in self.average}
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            what, _, rest = key.partition(".")
            if what == "optimizer":
                number, _, name = rest.partition(".")
                state.setdefault(int(number), {})[name] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.step, self.loss = step, float(tensors["loss"])


def pace(step: int, recipe: Recipe) -> float:
    """Which part of the highest learning rate a step has."""
    if step < recipe.warm:
        return (step + 1) / recipe.warm
    part = (step - recipe.warm) / max(recipe.steps - recipe.warm, 1)
    return 0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * part))
