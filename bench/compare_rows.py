"""The measures of a contestant: what `evaluate` says of codecs, of anything that moves postures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from statistics import median
from time import perf_counter

import numpy as np
import torch

from bench.contestants import Contestant, Rows
from xlvla_sdk.kinematics import HandKinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.measures import (
    SETS,
    Measures,
    TestSets,
    able_to_touch,
    make_test_sets,
    mean_measures,
    pair_measures,
)
from xlvla_sdk.latent.threads import one_thread

COLUMNS = ("recon_deg", "dir_deg", "dist_mm", "retarget_loss", "contact_mm", "contact_5mm")
HEADER = ("set", "method", "postures", *COLUMNS, "ms a row, one by one", "ms a row, all at once")
SLOW_MS = 2.0
"""What takes longer for a row is measured on fewer postures [ms]."""
TIMED = 3
"""Rows of each pair that are timed one by one."""


@dataclass(frozen=True)
class Bench:
    """Hands and test postures.

    Attributes:
        hands: By id.
        models: The same in torch.
        sets: 512 test postures of each, whatever part of them is used.
    """

    hands: Mapping[str, HandKinematics]
    models: Mapping[str, TipModel]
    sets: TestSets

    def qpos(self, which: str, hand: str, count: int) -> Rows:
        """The first test postures of a hand [rad, m]."""
        kinematics = self.hands[hand]
        part = 0.5 * (self.sets.postures[which][hand][:count].double().numpy() + 1.0)
        return kinematics.lower + (kinematics.upper - kinematics.lower) * part

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Ordered pairs of distinct hands."""
        return list(permutations(self.hands, 2))


@one_thread()
def compared(
    contestants: Sequence[Contestant],
    hands: Mapping[str, HandKinematics],
    rows: int = 512,
    few: int = 160,
) -> tuple[list[tuple[str, ...]], str]:
    """A table's rows, set by set, and the test postures' hash.

    Args:
        contestants: What is measured.
        hands: By id; their order is that of the test sets.
        rows: Test postures of each hand in each set, up to 512.
        few: The same where a row alone takes more than 2 ms.
    """
    models = {hand: TipModel(kinematics) for hand, kinematics in hands.items()}
    bench = Bench(hands, models, make_test_sets(models))
    found: dict[str, list[tuple[str, ...]]] = {name: [] for name in SETS}
    for contestant in contestants:
        alone = alone_ms(contestant, bench)
        count = few if alone > SLOW_MS else rows
        for name in SETS:
            measures, at_once = measured(contestant, bench, name, count)
            cells = [_cell(getattr(measures, column)) for column in COLUMNS]
            times = [f"{ms:.3g}" for ms in (alone, at_once)]
            found[name].append((name, contestant.name, str(count), *cells, *times))
    return [row for name in SETS for row in found[name]], bench.sets.hash


def measured(
    contestant: Contestant, bench: Bench, which: str, count: int
) -> tuple[Measures, float]:
    """Means over ordered pairs as in docs/concepts/latent.md, and the time of a row [ms]."""
    models, postures = bench.models, {h: bench.qpos(which, h, count) for h in bench.hands}
    able = {h: able_to_touch(m, bench.sets.postures["CP"][h]) for h, m in models.items()}
    rows, seconds = [], 0.0
    for source, target in bench.pairs:
        began = perf_counter()
        reached = contestant.move(source, target, postures[source])
        seconds += perf_counter() - began
        both = (models[source].has & models[target].has)[1:]
        wanted = _deltas(models[source], postures[source])
        found = _deltas(models[target], reached)
        rows.append(pair_measures(wanted, found, both, able[target], which == "CP"))
    means = mean_measures(rows)
    if contestant.coded:
        means = replace(means, recon_deg=_recon(contestant, postures))
    return means, 1e3 * seconds / (len(bench.pairs) * count)


def alone_ms(contestant: Contestant, bench: Bench) -> float:
    """Median time of a row that comes by itself [ms], over some rows of every pair."""
    times = []
    for source, target in bench.pairs:
        qpos = bench.qpos("CP", source, TIMED + 1)
        for row in range(TIMED + 1):  # the first of a pair prepares what lasts
            began = perf_counter()
            contestant.move(source, target, qpos[row : row + 1])
            times.append((row, 1e3 * (perf_counter() - began)))
    return median(ms for row, ms in times if row > 0)


def _recon(contestant: Contestant, postures: Mapping[str, Rows]) -> float:
    """Root mean square of a posture's error after a hand's own code [deg], mean over hands."""
    errors = [contestant.move(hand, hand, qpos) - qpos for hand, qpos in postures.items()]
    return float(np.mean([np.degrees(np.sqrt(np.mean(error**2))) for error in errors]))


def _deltas(model: TipModel, qpos: Rows) -> torch.Tensor:
    return model.deltas(torch.from_numpy(np.asarray(qpos, dtype=float)).float())


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
