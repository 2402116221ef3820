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
from xlvla_sdk.latent.sharing import Sharing, measure_sharing
from xlvla_sdk.latent.threads import one_thread

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
        sharing: How shared the space is; None where it was not asked for.
    """

    sets: Mapping[str, Measures]
    oracle: Mapping[str, Measures] | None
    ratios: Mapping[str, float] | None
    test_hash: str
    pairs: tuple[Pair, ...]
    sharing: Sharing | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data; `sharing` only where it was asked for."""
        oracle = self.oracle and {k: m.to_json() for k, m in self.oracle.items()}
        return {
            "sets": {name: measures.to_json() for name, measures in self.sets.items()},
            "oracle_c": oracle,
            "ratio_to_oracle_c": self.ratios and dict(self.ratios),
            "test_sha256": self.test_hash,
            "pairs": [list(pair) for pair in self.pairs],
            **({"sharing": self.sharing.to_json()} if self.sharing else {}),
        }


@one_thread()
def evaluate(
    codecs: Mapping[str, LatentCodec],
    pairs: list[Pair] | None = None,
    with_oracle: bool = False,
    seed: int = 7,
    count: int = 512,
    with_sharing: bool = False,
) -> Evaluation:
    """Measures codecs of one space.

    Args:
        codecs: By hand id; their order is that of the test sets.
        pairs: Ordered pairs to average over; all when left out. Hands that share no finger beside
            the thumb cannot be compared: their pairs are left out.
        with_oracle: Whether oracle-c is run beside, which takes some seconds a pair.
        seed: Of the test sets.
        count: Postures of each hand in each set.
        with_sharing: Whether it is measured how shared the space is, some seconds for four hands.

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
        ours, best = _against_oracle(codecs, models, sets, pairs)
        ratios = {name: ours[name].retarget_loss / best[name].retarget_loss for name in SETS}
    sharing = measure_sharing(codecs, sets, pairs, seed) if with_sharing else None
    return Evaluation(found, best, ratios, sets.hash, tuple(pairs), sharing)


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
    pairs: list[Pair],
) -> tuple[dict[str, Measures], dict[str, Measures]]:
    """The codecs and oracle-c on the same few postures of each set.

    The oracle takes all sources and both sets of a target at once: its time is in its steps.
    """
    ours: dict[str, list[Measures]] = {name: [] for name in SETS}
    best: dict[str, list[Measures]] = {name: [] for name in SETS}
    for target in dict.fromkeys(t for _, t in pairs):
        model = models[target]
        able = able_to_touch(model, sets.postures["CP"][target])
        asked = [(source, name) for source, t in pairs if t == target for name in SETS]
        answers = [
            _answer(codecs, models, source, target, sets.postures[name][source][:ORACLE_ROWS])
            for source, name in asked
        ]
        masks = [models[source].has[1:] & model.has[1:] for source, _ in asked]
        reached, wanted, start = (torch.cat(parts) for parts in zip(*answers, strict=True))
        rows = [len(answer[0]) for answer in answers]
        both = torch.cat([mask.expand(n, -1) for mask, n in zip(masks, rows, strict=True)])
        found = model.deltas(model.unnormalize(oracle(wanted, model, start, both, contact=True)))
        parts = (wanted.split(rows), reached.split(rows), found.split(rows))
        for (_, name), mask, want, reach, find in zip(asked, masks, *parts, strict=True):
            ours[name].append(pair_measures(want, reach, mask, able, name == "CP"))
            best[name].append(pair_measures(want, find, mask, able, name == "CP"))
    means = [{name: mean_measures(rows) for name, rows in found.items()} for found in (ours, best)]
    return means[0], means[1]


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
