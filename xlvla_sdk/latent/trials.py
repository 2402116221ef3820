"""Codecs and oracle-c on the same few postures: what a codec loses, and what no codec could gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.measures import (
    SETS,
    Measures,
    TestSets,
    able_to_touch,
    mean_measures,
    pair_measures,
    postures_to_qpos,
)
from xlvla_sdk.latent.oracle import oracle

ORACLE_ROWS = 160
"""How many postures of a test set the oracle is run on: each costs every one of its steps."""
ORACLE_STEPS = 200
"""Adam steps of the oracle here: its loss is within 1 % of what its own 300 reach."""


@dataclass(frozen=True)
class Trial:
    """Some postures of one hand, as another hand's codec and as oracle-c bring them there.

    Attributes:
        source: The hand the postures are of.
        target: The hand that is to do the same.
        set: `RT` or `CP`.
        model: The target.
        both: Pairs of fingers both hands have.
        able: Fingers the target can bring to its thumb.
        wanted: The source's thumb-to-finger vectors [m].
        start: What the target's codec answers, normalised joints.
        reached: Its vectors [m].
        best: Those of oracle-c, begun at that answer [m].
    """

    source: str
    target: str
    set: str
    model: TipModel
    both: Bool[Tensor, " 4"]
    able: Bool[Tensor, " 4"]
    wanted: Float[Tensor, "rows 4 3"]
    start: Float[Tensor, "rows D"]
    reached: Float[Tensor, "rows 4 3"]
    best: Float[Tensor, "rows 4 3"]

    def measured(self, vectors: Float[Tensor, "rows 4 3"]) -> Measures:
        """The measures of one of both, `reached` or `best`."""
        return pair_measures(self.wanted, vectors, self.both, self.able, self.set == "CP")


def run_trials(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    pairs: list[tuple[str, str]],
) -> tuple[Trial, ...]:
    """A trial of each ordered pair (source, target) on each set.

    The oracle takes all sources and both sets of a target at once: its time is in its steps.
    """
    trials: list[Trial] = []
    for target in dict.fromkeys(t for _, t in pairs):
        sources = [source for source, t in pairs if t == target]
        trials += _trials_of(codecs, models, sets, sources, target)
    return tuple(trials)


def means_of(trials: tuple[Trial, ...]) -> tuple[dict[str, Measures], dict[str, Measures]]:
    """The codecs' and oracle-c's measures of each set, means over pairs."""
    ours = {s: mean_measures([t.measured(t.reached) for t in trials if t.set == s]) for s in SETS}
    best = {s: mean_measures([t.measured(t.best) for t in trials if t.set == s]) for s in SETS}
    return ours, best


def _trials_of(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    sources: list[str],
    target: str,
) -> list[Trial]:
    model = models[target]
    able = able_to_touch(model, sets.postures["CP"][target])
    asked = [(source, name) for source in sources for name in SETS]
    answers = [
        _answer(codecs, models, source, target, sets.postures[name][source][:ORACLE_ROWS])
        for source, name in asked
    ]
    wanted, start = (torch.cat(parts) for parts in zip(*answers, strict=True))
    rows = [len(answer[0]) for answer in answers]
    masks = [models[source].has[1:] & model.has[1:] for source, _ in asked]
    both = torch.cat([mask.expand(n, -1) for mask, n in zip(masks, rows, strict=True)])
    found = oracle(wanted, model, start, both, contact=True, steps=ORACLE_STEPS)
    reached, best = (model.deltas(model.unnormalize(joints)) for joints in (start, found))
    parts = [tensor.split(rows) for tensor in (wanted, start, reached, best)]
    return [
        Trial(source, target, name, model, mask, able, *of)
        for (source, name), mask, *of in zip(asked, masks, *parts, strict=True)
    ]


def _answer(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    source: str,
    target: str,
    rows: Tensor,
) -> tuple[Tensor, Tensor]:
    """The source's vectors of some of its postures, and the target's normalised answer."""
    qpos = postures_to_qpos(codecs[source], rows)
    answer = torch.from_numpy(codecs[target].decode(codecs[source].encode(qpos))).float()
    wanted = models[source].deltas(torch.from_numpy(qpos).float())
    return wanted, models[target].normalize(answer)
