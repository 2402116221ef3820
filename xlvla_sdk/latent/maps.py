"""How well a hand could follow the founding hands if its tips were called this way or that.

Names of fingers are compared by what geometry allows: on a few postures of the founding hands, frozen,
the hand looks for the posture that minimises the paper's L2, each posture by itself, no codec asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent import sampling
from xlvla_sdk.latent.losses import Pairs, retarget_loss, source_pairs
from xlvla_sdk.latent.measures import PLAIN, postures_to_qpos
from xlvla_sdk.latent.oracle import oracles
from xlvla_sdk.latent.threads import one_thread, workers

POSTURES = 64
"""Of the founding hands together, half of them uniform within limits, half closing."""
STARTS, STEPS, RATE = 3, 60, 0.1
"""Where every posture is begun from, and Adam's steps from there."""
TOGETHER = 12
"""Maps that are tried in one walk."""


@dataclass(frozen=True)
class FrozenPostures:
    """Postures of founding hands, and what no answer at all would cost.

    Attributes:
        vectors: Thumb-to-finger vectors [m].
        has: Which of these the hands have.
        constant: For each finger the one vector that answers all postures best [m].
        codes: Their codes, where a codec is to be asked.
    """

    vectors: Float[Tensor, "rows 4 3"]
    has: Bool[Tensor, "rows 4"]
    constant: Float[Tensor, "4 3"]
    codes: Float[np.ndarray, "rows L"]

    @property
    def pairs(self) -> Pairs:
        return source_pairs(self.vectors, PLAIN)

    def cost(
        self, reached: Float[Tensor, "rows 4 3"], has: Bool[Tensor, " 4"]
    ) -> Float[Tensor, " rows"]:
        """L2 over all fingers of the source; one that the hand lacks answers with the constant.

        So maps onto other fingers are compared on the same question, and the fingers that say most
        about a posture are worth most.
        """
        answer = torch.where(has[:, None], reached, self.constant)
        return retarget_loss(self.pairs, answer, self.has, PLAIN)


def frozen_postures(space: LatentSpace, seed: int = 7) -> FrozenPostures:
    """Postures of every founding hand of a space, as many of one as of the other.

    Args:
        space: The space.
        seed: Of the uniform ones.
    """
    generator = torch.Generator().manual_seed(seed)
    each = max(2, POSTURES // len(space.hands))
    parts = [_postures_of(codec, space, each, generator) for codec in space.hands.values()]
    vectors, has, codes = zip(*parts, strict=True)
    vectors, has = torch.cat(vectors), torch.cat(has)
    weight = (source_pairs(vectors, PLAIN).weight * has)[..., None]
    constant = (weight * vectors).sum(dim=0) / weight.sum(dim=0).clamp(min=1e-9)
    return FrozenPostures(vectors, has, constant, np.concatenate(codes))


def _postures_of(
    codec: LatentCodec, space: LatentSpace, count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, np.ndarray]:
    model = TipModel(codec.kinematics)
    uniform = sampling.uniform(model, count - count // 2, generator)
    kept = space.closings.get(codec.hand)
    if kept is None:
        closed = sampling.closing(model, count // 2, generator)
    else:
        closed = torch.from_numpy(kept[: count // 2].astype(np.float32))
    qpos = postures_to_qpos(codec, torch.cat([uniform, closed]))
    deltas = model.deltas(torch.from_numpy(qpos).float())
    return deltas, model.has[1:].expand(count, -1), codec.encode(qpos)


@one_thread()
def best_costs(
    frozen: FrozenPostures, hands: Sequence[HandKinematics], seed: int = 7
) -> list[float]:
    """What each of some hands costs at best: the mean over the frozen postures of its optimum's cost.

    Args:
        frozen: The postures.
        hands: One hand under different maps, so all of as many joints.
        seed: Of the starts, the same for all.
    """
    generator = torch.Generator().manual_seed(seed)
    joints = len(hands[0].joints)
    start = 1.8 * torch.rand(STARTS - 1, len(frozen.vectors), joints, generator=generator) - 0.9
    start = torch.cat([torch.zeros(1, *start.shape[1:]), start]).flatten(0, 1)
    groups = [hands[i : i + TOGETHER] for i in range(0, len(hands), TOGETHER)]
    found = workers().map(lambda group: _optima(frozen, group, start), groups)
    return [cost for group in found for cost in group]


def _optima(
    frozen: FrozenPostures, hands: Sequence[HandKinematics], start: Float[Tensor, "rows D"]
) -> list[float]:
    models = [TipModel(hand) for hand in hands]
    stack = TipStack(models)
    wanted = frozen.vectors.repeat(STARTS, 1, 1)
    both = torch.stack([frozen.has.repeat(STARTS, 1) & model.has[1:] for model in models])
    found = oracles(
        wanted.expand(len(models), -1, -1, -1),
        stack,
        start.expand(len(models), -1, -1),
        both,
        steps=STEPS,
        rate=RATE,
    )
    reached = stack.stacked(found)
    return [
        float(
            torch.stack(
                [frozen.cost(part, model.has[1:]) for part in rows.split(len(frozen.vectors))]
            )
            .amin(dim=0)
            .mean()
        )
        for rows, model in zip(reached, models, strict=True)
    ]


def codec_cost(frozen: FrozenPostures, codec: LatentCodec) -> float:
    """The same cost, of what a codec answers to the frozen postures' codes."""
    model = TipModel(codec.kinematics)
    qpos = torch.from_numpy(codec.decode(frozen.codes)).float()
    return float(frozen.cost(model.deltas(qpos), model.has[1:]).mean())
