"""How shared a space is: whether hands mean the same by the same code, and what codes lie between.

Definitions and reasons: docs/concepts/latent.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.interpolation import Interpolation, measure_interpolation
from xlvla_sdk.latent.measures import SETS, TestSets, postures_to_qpos
from xlvla_sdk.latent.prior import Prior, measure_prior
from xlvla_sdk.latent.same_geometry import ROWS, SAME_LOSS, SameGeometry, same_geometry
from xlvla_sdk.latent.separation import CHANCE, energy_gap, paired_distance, probe_accuracy
from xlvla_sdk.latent.threads import one_thread

ENOUGH_ROWS = 64
"""Two hands with fewer matched rows in a set are not compared in it: a probe needs some to learn from."""


@dataclass(frozen=True)
class SetSharing:
    """How alike hands' codes are in one set: means over pairs of hands, None where none compares.

    Attributes:
        rows: Matched rows, over all pairs.
        asked: Rows that were tried.
        pairs: Pairs of hands with rows enough to compare.
        gap_matched: Energy gap between the codes of matched postures; 0 alike, 1 apart.
        gap_centred: What is left of it once each hand's own mean is taken from its codes.
        gap_unmatched: The same as gap_matched between the hands' own test postures.
        distance: Mean distance of matched codes over that of codes of different rows.
        read: The same of what the two decoders make of the codes: thumb-to-finger vectors.
        probe_matched: Held-out accuracy of a linear probe that tells the two hands apart.
        probe_unmatched: The same on the hands' own test postures.
    """

    rows: int
    asked: int
    pairs: int
    gap_matched: float | None
    gap_centred: float | None
    gap_unmatched: float | None
    distance: float | None
    read: float | None
    probe_matched: float | None
    probe_unmatched: float | None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "chance": CHANCE}


@dataclass(frozen=True)
class Sharing:
    """How shared a space is.

    Attributes:
        sets: `RT` and `CP`.
        prior: Where codes lie, and what is decoded from there.
        interpolation: Between two pinches.
    """

    sets: Mapping[str, SetSharing]
    prior: Prior
    interpolation: Interpolation

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "same_loss": SAME_LOSS,
            "sets": {name: found.to_json() for name, found in self.sets.items()},
            "prior": self.prior.to_json(),
            "interpolation": self.interpolation.to_json(),
        }

    def line(self) -> str:
        """The two numbers that say most, on one line."""
        parts = [
            f"{name} gap {found.gap_matched:.3f} matched, {found.gap_unmatched:.3f} unmatched, "
            f"probe {found.probe_matched:.2f} (chance {CHANCE:.2f})"
            for name, found in self.sets.items()
            if found.pairs
        ]
        return "; ".join(parts) or "no two hands have matched postures enough to compare"


@one_thread()
def measure_sharing(
    codecs: Mapping[str, LatentCodec],
    sets: TestSets,
    pairs: list[tuple[str, str]],
    seed: int = 7,
    rows: int = ROWS,
) -> Sharing:
    """Measures how shared a space is.

    Args:
        codecs: By hand id, of one space.
        sets: Test postures of these hands, as `xlvla_sdk.latent.measures.make_test_sets` draws them.
        pairs: Ordered pairs (source, target) of distinct hands that share a finger beside the thumb.
        seed: Of the codes drawn from the prior.
        rows: How many postures of each set are matched, a pair.
    """
    models = {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}
    matches = same_geometry(codecs, models, sets, pairs, rows)
    found = {
        name: _of_set(codecs, models, sets, [m for m in matches if m.set == name]) for name in SETS
    }
    return Sharing(
        found,
        measure_prior(codecs, sets, seed),
        measure_interpolation(codecs, models, sets, pairs),
    )


def _of_set(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    matches: list[SameGeometry],
) -> SetSharing:
    """Means over unordered pairs: of both directions, so that neither hand is always the found one."""
    columns: list[tuple[float, ...]] = []
    for pair in combinations(codecs, 2):
        matched = _both_ways(matches, *pair)
        rows = len(matched[0])
        if rows < ENOUGH_ROWS:
            continue
        one, other = (
            _own(codecs[hand], sets.postures[matches[0].set][hand], rows) for hand in pair
        )
        columns.append(
            (
                energy_gap(*matched),
                energy_gap(*(codes - codes.mean(axis=0) for codes in matched)),
                energy_gap(one, other),
                paired_distance(*matched),
                _read_apart([codecs[h] for h in pair], [models[h] for h in pair], *matched),
                probe_accuracy(*matched),
                probe_accuracy(one, other),
            )
        )
    means = np.mean(columns, axis=0).tolist() if columns else [None] * 7
    kept = sum(len(m.source_codes) for m in matches)
    return SetSharing(kept, sum(m.asked for m in matches), len(columns), *means)


def _both_ways(matches: list[SameGeometry], one: str, other: str) -> tuple[np.ndarray, np.ndarray]:
    """Matched codes of two hands, those found on the one below those found on the other."""
    there = [m for m in matches if (m.source, m.target) == (one, other)]
    back = [m for m in matches if (m.source, m.target) == (other, one)]
    if not there + back:
        return np.empty((0, 1)), np.empty((0, 1))
    ones = [m.source_codes for m in there] + [m.target_codes for m in back]
    others = [m.target_codes for m in there] + [m.source_codes for m in back]
    return np.concatenate(ones), np.concatenate(others)


def _read_apart(
    codecs: list[LatentCodec], models: list[TipModel], one: np.ndarray, other: np.ndarray
) -> float:
    """`paired_distance` of the vectors that both hands decode, mean over the two decoders."""
    both = (models[0].has & models[1].has)[1:]
    apart = []
    for codec, model in zip(codecs, models, strict=True):
        vectors = [
            model.deltas(torch.from_numpy(codec.decode(codes)).float())[:, both].flatten(1).numpy()
            for codes in (one, other)
        ]
        apart.append(paired_distance(*vectors))
    return float(np.mean(apart))


def _own(codec: LatentCodec, postures: Tensor, rows: int) -> np.ndarray:
    """Codes of a hand's own test postures, as many as there are matched ones."""
    return codec.encode(postures_to_qpos(codec, postures[:rows]))
