"""Codes of two hands for the same geometry: the target's posture is found, not decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import retarget_loss, source_pairs
from xlvla_sdk.latent.measures import PLAIN, SETS, TestSets, postures_to_qpos
from xlvla_sdk.latent.oracle import oracle

ROWS = 160
"""How many postures of a test set are matched: each costs 300 optimiser steps."""
SAME_LOSS = 0.05
"""Two postures are the same geometry up to this L2: 5 mm, or 8 degrees, of every finger at contact."""


@dataclass(frozen=True)
class SameGeometry:
    """What an ordered pair of hands says of the same geometry, row by row.

    Attributes:
        source, target: The hands.
        set: `RT` or `CP`, of the source.
        source_codes: Codes of the source's postures.
        target_codes: Codes, by the target's own encoder, of its postures with the same geometry.
        asked: Of how many postures these are the ones that the target can match.
    """

    source: str
    target: str
    set: str
    source_codes: Float[np.ndarray, "rows L"]
    target_codes: Float[np.ndarray, "rows L"]
    asked: int


@dataclass(frozen=True)
class _Question:
    """A set of a source: its codes, its vectors [m], and where the target begins to look."""

    source: str
    set: str
    codes: np.ndarray
    wanted: Tensor
    start: Tensor
    both: Tensor


def same_geometry(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    pairs: list[tuple[str, str]],
    rows: int = ROWS,
) -> list[SameGeometry]:
    """Matches postures of both sets, for every ordered pair.

    From the codec's answer on, the oracle looks for the target's optimum of the paper's L2; rows
    whose optimum costs more than `SAME_LOSS` are other geometry and are dropped.

    Args:
        codecs: By hand id, of one space.
        models: The same hands.
        sets: Their test postures.
        pairs: Ordered pairs (source, target).
        rows: How many postures of each set, from the first.
    """
    found: list[SameGeometry] = []
    for target in dict.fromkeys(t for _, t in pairs):
        asked = [
            _question(codecs, models, sets.postures[name][source][:rows], source, target, name)
            for source, t in pairs
            if t == target
            for name in SETS
        ]
        found += _answered(codecs[target], models[target], target, asked)
    return found


def _question(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    postures: Tensor,
    source: str,
    target: str,
    name: str,
) -> _Question:
    qpos = postures_to_qpos(codecs[source], postures)
    codes = codecs[source].encode(qpos)
    answer = torch.from_numpy(codecs[target].decode(codes)).float()
    return _Question(
        source,
        name,
        codes,
        models[source].deltas(torch.from_numpy(qpos).float()),
        models[target].normalize(answer),
        (models[source].has & models[target].has)[1:].expand(len(qpos), -1),
    )


def _answered(
    codec: LatentCodec, model: TipModel, target: str, asked: list[_Question]
) -> list[SameGeometry]:
    """The oracle on all questions to a target at once: its time is in its steps."""
    wanted = torch.cat([question.wanted for question in asked])
    both = torch.cat([question.both for question in asked])
    best = oracle(wanted, model, torch.cat([question.start for question in asked]), both)
    reached = model.deltas(model.unnormalize(best))
    loss = retarget_loss(source_pairs(wanted, PLAIN), reached, both, PLAIN)
    codes = codec.encode(postures_to_qpos(codec, best))
    found, first = [], 0
    for question in asked:
        here = slice(first, first + len(question.codes))
        kept = (loss[here] <= SAME_LOSS).numpy()
        mine, theirs = question.codes[kept], codes[here][kept]
        found.append(SameGeometry(question.source, target, question.set, mine, theirs, len(kept)))
        first = here.stop
    return found
