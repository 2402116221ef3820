"""The report on a space and the hands in it: measures on both sets, and what geometry allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import length
from xlvla_sdk.latent.measures import (
    SETS,
    Measures,
    TestSets,
    able_to_touch,
    make_test_sets,
    mean_measures,
    measure,
    pair_measures,
    postures_to_qpos,
)
from xlvla_sdk.latent.oracle import oracle

ORACLE_ROWS = 160
"""How many postures of a test set the oracle is run on: each costs 300 optimiser steps."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Evaluation:
    """Measures of codecs against one another.

    Attributes:
        sets: `RT` and `CP`, on all test postures.
        oracle: The same on the oracle's postures, by oracle-c; None where it was not asked for.
        ratios: The codecs' retarget_loss over oracle-c's, on the oracle's postures.
        test_hash: Hash of the test postures.
        pairs: The ordered pairs averaged over.
    """

    sets: Mapping[str, Measures]
    oracle: Mapping[str, Measures] | None
    ratios: Mapping[str, float] | None
    test_hash: str
    pairs: tuple[Pair, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        oracle = self.oracle and {k: m.to_json() for k, m in self.oracle.items()}
        return {
            "sets": {name: measures.to_json() for name, measures in self.sets.items()},
            "oracle_c": oracle,
            "ratio_to_oracle_c": self.ratios and dict(self.ratios),
            "test_sha256": self.test_hash,
            "pairs": [list(pair) for pair in self.pairs],
        }


def evaluate(
    codecs: Mapping[str, LatentCodec],
    pairs: list[Pair] | None = None,
    with_oracle: bool = False,
    seed: int = 7,
    count: int = 512,
) -> Evaluation:
    """Measures codecs of one space.

    Args:
        codecs: By hand id; their order is that of the test sets.
        pairs: Ordered pairs to average over; all when left out. Hands that share no finger beside
            the thumb cannot be compared: their pairs are left out.
        with_oracle: Whether oracle-c is run beside, which takes some seconds a pair.
        seed: Of the test sets.
        count: Postures of each hand in each set.

    Raises:
        XlvlaError: When no two of the hands can be compared.
    """
    models = {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}
    wanted = pairs or [(s, t) for s in codecs for t in codecs if s != t]
    pairs = [(s, t) for s, t in wanted if bool((models[s].has & models[t].has)[1:].any())]
    if not pairs:
        raise XlvlaError(
            f"there is nothing to compare: of {', '.join(codecs) or 'no hands'} no two share a finger "
            "beside the thumb. Name other hands."
        )
    sets = make_test_sets(models, seed, count)
    found = {name: measure(codecs, models, sets, name, pairs) for name in SETS}
    best, ratios = None, None
    if with_oracle:
        both = {name: _against_oracle(codecs, models, sets, name, pairs) for name in SETS}
        best = {name: oracle for name, (_, oracle) in both.items()}
        ratios = {name: m.retarget_loss / o.retarget_loss for name, (m, o) in both.items()}
    return Evaluation(found, best, ratios, sets.hash, tuple(pairs))


def closing_reach(model: TipModel, closed: Tensor) -> dict[str, float]:
    """How near each finger comes to the thumb on CP: the 10 % quantile [mm]."""
    distance = length(model.deltas(model.unnormalize(closed))).quantile(0.1, dim=0)
    names = ("index", "middle", "ring", "pinky")
    return {
        name: float(distance[i] * 1000) for i, name in enumerate(names) if bool(model.has[i + 1])
    }


def _against_oracle(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    which: str,
    pairs: list[Pair],
) -> tuple[Measures, Measures]:
    """The codecs and oracle-c on the same few postures."""
    ours: list[Measures] = []
    best: list[Measures] = []
    for target in dict.fromkeys(t for _, t in pairs):
        able = able_to_touch(models[target], sets.postures["CP"][target])
        for source in [s for s, t in pairs if t == target]:
            rows = sets.postures[which][source][:ORACLE_ROWS]
            reached, wanted, start = _answer(codecs, models, source, target, rows)
            both = models[source].has[1:] & models[target].has[1:]
            found = oracle(wanted, models[target], start, both, contact=True)
            deltas = models[target].deltas(models[target].unnormalize(found))
            contacts = which == "CP"
            ours.append(pair_measures(wanted, reached, both, able, contacts))
            best.append(pair_measures(wanted, deltas, both, able, contacts))
    return mean_measures(ours), mean_measures(best)


def _answer(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    source: str,
    target: str,
    rows: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    qpos = postures_to_qpos(codecs[source], rows)
    answer = torch.from_numpy(codecs[target].decode(codecs[source].encode(qpos))).float()
    model = models[target]
    wanted = models[source].deltas(torch.from_numpy(qpos).float())
    return model.deltas(answer), wanted, model.normalize(answer)
