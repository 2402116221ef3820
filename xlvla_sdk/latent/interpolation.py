"""Between two pinches with the same finger: whether the straight way through the latent pinches too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import CONTACT, length
from xlvla_sdk.latent.measures import TestSets, able_to_touch, postures_to_qpos
from xlvla_sdk.specs import FINGERS

STEPS = 9
"""Codes on a way, both ends among them."""
WAYS = 32
"""How many ways are walked for a hand and finger, at most."""


@dataclass(frozen=True)
class Way:
    """The way that opened furthest.

    Attributes:
        source: Whose pinches are its ends.
        target: Who decoded it.
        finger: Which finger pinches.
        gap_mm: The largest gap between the ends [mm].
        end_mm: The larger gap of the two ends themselves, on the same hand [mm].
    """

    source: str
    target: str
    finger: str
    gap_mm: float
    end_mm: float


@dataclass(frozen=True)
class Gaps:
    """Thumb-to-finger gaps along many ways [mm].

    Attributes:
        ways: How many.
        end_median_mm: At the ends.
        median_mm: Between them.
        within_10mm: Part of the postures between the ends that are within 10 mm.
        worst: The way whose largest gap is the largest.
    """

    ways: int
    end_median_mm: float
    median_mm: float
    within_10mm: float
    worst: Way

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Interpolation:
    """Ways between pinches of one hand, decoded by itself and by others; None where there are none.

    Attributes:
        same: On the hand whose pinches they are.
        others: On the other hands that can touch with that finger.
        joints: On the same hand, straight through its joints instead of the latent: to compare.
    """

    same: Gaps | None
    others: Gaps | None
    joints: Gaps | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {key: gaps and gaps.to_json() for key, gaps in vars(self).items()}


@dataclass(frozen=True)
class _Walked:
    source: str
    target: str
    finger: str
    gaps: np.ndarray  # (ways, STEPS) [m]


def measure_interpolation(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    pairs: list[tuple[str, str]],
) -> Interpolation:
    """Walks between CP postures that touch with the same finger, in nine steps.

    Args:
        codecs: By hand id, of one space.
        models: The same hands.
        sets: Their test postures.
        pairs: Ordered pairs (source, target) of distinct hands to walk.
    """
    able = {hand: able_to_touch(model, sets.postures["CP"][hand]) for hand, model in models.items()}
    same, others, joints = [], [], []
    for source, codec in codecs.items():
        qpos = postures_to_qpos(codec, sets.postures["CP"][source])
        for slot, finger in enumerate(FINGERS[1:]):
            ends = _touching(models[source], qpos, slot) if able[source][slot] else qpos[:0]
            if len(ends) < 2:
                continue
            codes = _straight(codec.encode(ends))
            targets = [t for s, t in pairs if s == source and able[t][slot]]
            ways = {t: _walk(codecs[t], models[t], slot, codes) for t in (source, *targets)}
            same.append(_Walked(source, source, finger, ways.pop(source)))
            others += [_Walked(source, target, finger, gaps) for target, gaps in ways.items()]
            plain = _gaps(models[source], slot, _straight(ends))
            joints.append(_Walked(source, source, finger, plain))
    return Interpolation(_summary(same), _summary(others), _summary(joints))


def _touching(model: TipModel, qpos: np.ndarray, slot: int) -> np.ndarray:
    """Postures whose thumb touches this finger, at most one more than there are ways to walk."""
    distance = length(model.deltas(torch.from_numpy(qpos).float()))[:, slot].numpy()
    return qpos[distance < CONTACT][: WAYS + 1]


def _straight(ends: Float[np.ndarray, "ends N"]) -> Float[np.ndarray, "ways steps N"]:
    """The straight ways from each row to the next."""
    part = np.linspace(0.0, 1.0, STEPS)[:, None]
    return ends[:-1, None] * (1.0 - part) + ends[1:, None] * part


def _walk(codec: LatentCodec, model: TipModel, slot: int, codes: np.ndarray) -> np.ndarray:
    return _gaps(model, slot, codec.decode(codes))


def _gaps(model: TipModel, slot: int, qpos: np.ndarray) -> np.ndarray:
    rows = torch.from_numpy(qpos.reshape(-1, qpos.shape[-1])).float()
    return length(model.deltas(rows))[:, slot].numpy().reshape(qpos.shape[:-1])


def _summary(walked: list[_Walked]) -> Gaps | None:
    if not walked:
        return None
    gaps = 1000.0 * np.concatenate([walk.gaps for walk in walked]).astype(float)
    between = gaps[:, 1:-1]
    worst = max(walked, key=lambda walk: walk.gaps[:, 1:-1].max())
    way = 1000.0 * worst.gaps[worst.gaps[:, 1:-1].max(axis=1).argmax()].astype(float)
    return Gaps(
        ways=len(gaps),
        end_median_mm=float(np.median(gaps[:, [0, -1]])),
        median_mm=float(np.median(between)),
        within_10mm=float((between < 2000.0 * CONTACT).mean()),
        worst=Way(
            worst.source,
            worst.target,
            worst.finger,
            float(way[1:-1].max()),
            float(way[[0, -1]].max()),
        ),
    )
