"""Codecs and oracle-c on the same few postures: what a codec loses, and what no codec could gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent.measures import (
    SETS,
    Measures,
    TestSets,
    able_to_touch,
    mean_measures,
    pair_measures,
    postures_to_qpos,
)
from xlvla_sdk.latent.oracle import oracles
from xlvla_sdk.latent.threads import workers

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
        found: Its postures, normalised joints.
        postures: The source's postures, normalised joints.
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
    found: Float[Tensor, "rows D"]
    postures: Float[Tensor, "rows E"]

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

    The oracle takes all sources and both sets of a target at once, and targets of as many sources
    too: its time is in its steps.
    """
    targets = dict.fromkeys(target for _, target in pairs)
    asked = {
        target: _asked(codecs, models, sets, [s for s, t in pairs if t == target], target)
        for target in targets
    }
    together: dict[int, list[str]] = {}
    for target, question in asked.items():
        together.setdefault(len(question.wanted), []).append(target)
    found: dict[str, list[Trial]] = {}
    for group in workers().map(
        lambda names: _tried([asked[name] for name in names]), together.values()
    ):
        found |= group
    return tuple(chain.from_iterable(found[target] for target in targets))


def means_of(trials: tuple[Trial, ...]) -> tuple[dict[str, Measures], dict[str, Measures]]:
    """The codecs' and oracle-c's measures of each set, means over pairs."""
    ours = {s: mean_measures([t.measured(t.reached) for t in trials if t.set == s]) for s in SETS}
    best = {s: mean_measures([t.measured(t.best) for t in trials if t.set == s]) for s in SETS}
    return ours, best


@dataclass(frozen=True)
class _Asked:
    """All that is asked of a target: the postures of every source and set, one after the other."""

    target: str
    model: TipModel
    able: Bool[Tensor, " 4"]
    sources: list[tuple[str, str]]
    masks: list[Bool[Tensor, " 4"]]
    postures: list[Tensor]
    wanted: Float[Tensor, "rows 4 3"]
    start: Float[Tensor, "rows D"]

    @property
    def rows(self) -> list[int]:
        """How many postures of each source and set."""
        return [len(postures) for postures in self.postures]

    @property
    def both(self) -> Bool[Tensor, "rows 4"]:
        """Pairs of fingers that source and target have."""
        return torch.cat(
            [mask.expand(n, -1) for mask, n in zip(self.masks, self.rows, strict=True)]
        )


def _asked(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    sources: list[str],
    target: str,
) -> _Asked:
    model = models[target]
    asked = [(source, name) for source in sources for name in SETS]
    postures = [sets.postures[name][source][:ORACLE_ROWS] for source, name in asked]
    answers = [
        _answer(codecs, models, source, target, rows)
        for (source, _), rows in zip(asked, postures, strict=True)
    ]
    wanted, start = (torch.cat(parts) for parts in zip(*answers, strict=True))
    return _Asked(
        target,
        model,
        able_to_touch(model, sets.postures["CP"][target]),
        asked,
        [models[source].has[1:] & model.has[1:] for source, _ in asked],
        postures,
        wanted,
        start,
    )


def _tried(questions: list[_Asked]) -> dict[str, list[Trial]]:
    """The trials of some targets with as many rows each."""
    stack = TipStack([question.model for question in questions])
    found = oracles(
        torch.stack([question.wanted for question in questions]),
        stack,
        torch.stack([pad(q.start, (0, stack.joints - q.start.shape[1])) for q in questions]),
        torch.stack([question.both for question in questions]),
        contact=True,
        steps=ORACLE_STEPS,
    )
    return {
        question.target: _trials(question, rows[:, : question.model.joints])
        for question, rows in zip(questions, found, strict=True)
    }


def _trials(asked: _Asked, found: Float[Tensor, "rows D"]) -> list[Trial]:
    model = asked.model
    reached, best = (model.deltas(model.unnormalize(joints)) for joints in (asked.start, found))
    parts = [
        *(t.split(asked.rows) for t in (asked.wanted, asked.start, reached, best, found)),
        asked.postures,
    ]
    return [
        Trial(source, asked.target, name, model, mask, asked.able, *of)
        for (source, name), mask, *of in zip(asked.sources, asked.masks, *parts, strict=True)
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
