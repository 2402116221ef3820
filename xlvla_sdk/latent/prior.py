"""The prior: where the codes of all hands lie, and what is decoded from codes drawn there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.latent.measures import TestSets, postures_to_qpos

SAMPLES = 1000
AT_LIMIT = 0.01
"""A joint nearer to a limit than this part of its range stands at it."""


@dataclass(frozen=True)
class Decoded:
    """What one hand makes of codes drawn from the prior.

    Attributes:
        outside: How many of its postures have a joint outside its limits, or not a number.
        at_limits: Part of all joints that stand within 1 % of their range from a limit; 0.02 of
            joints that are uniform.
        tips_mm: How far its fingertips spread: root mean square distance from their mean [mm].
        tips_rt_mm: The same over its postures of RT [mm].
    """

    outside: int
    at_limits: float
    tips_mm: float
    tips_rt_mm: float

    @property
    def ratio(self) -> float:
        """Spread of the tips over that of RT."""
        return self.tips_mm / self.tips_rt_mm

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "tips_ratio": self.ratio}


@dataclass(frozen=True)
class Prior:
    """The codes of all hands and both sets, pooled, and decoded samples of them.

    Attributes:
        mean, std: Of each number of the latent.
        dimensions: How many directions the codes spread over: the participation ratio of their
            covariance, `(sum of eigenvalues)^2 / sum of their squares`.
        samples: How many codes were drawn.
        hands: What each hand decoded from them.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    dimensions: float
    samples: int
    hands: Mapping[str, Decoded]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "mean": list(self.mean),
            "std": list(self.std),
            "dimensions": self.dimensions,
            "samples": self.samples,
            "hands": {hand: decoded.to_json() for hand, decoded in self.hands.items()},
        }


def measure_prior(
    codecs: Mapping[str, LatentCodec], sets: TestSets, seed: int = 7, samples: int = SAMPLES
) -> Prior:
    """Pools the test postures' codes, draws from a Gaussian with their means and stds, decodes.

    Args:
        codecs: By hand id, of one space.
        sets: Test postures of these hands, as many of each.
        seed: Of the drawn codes.
        samples: How many.
    """
    codes = np.concatenate(
        [
            codecs[hand].encode(postures_to_qpos(codecs[hand], rows)).astype(float)
            for by_hand in sets.postures.values()
            for hand, rows in by_hand.items()
        ]
    )
    mean, std = codes.mean(axis=0), codes.std(axis=0)
    drawn = mean + std * np.random.default_rng(seed).standard_normal((samples, len(mean)))
    hands = {
        hand: _decoded(codec, drawn, postures_to_qpos(codec, sets.postures["RT"][hand]))
        for hand, codec in codecs.items()
    }
    return Prior(tuple(mean.tolist()), tuple(std.tolist()), _dimensions(codes), samples, hands)


def tips_spread(codec: LatentCodec, qpos: Float[np.ndarray, "rows D"]) -> float:
    """Root mean square distance of the fingertips from their mean places [m]."""
    tips = codec.kinematics.tips(qpos)
    return float(np.sqrt(((tips - tips.mean(axis=0)) ** 2).sum(axis=-1).mean()))


def _decoded(codec: LatentCodec, codes: np.ndarray, uniform: np.ndarray) -> Decoded:
    lower, upper = codec.limits
    qpos = codec.decode(codes)
    inside = (qpos >= lower) & (qpos <= upper)  # false for NaN too
    near = np.minimum(qpos - lower, upper - qpos) < AT_LIMIT * (upper - lower)
    return Decoded(
        int((~inside).any(axis=1).sum()),
        float(near.mean()),
        1000.0 * tips_spread(codec, qpos),
        1000.0 * tips_spread(codec, uniform),
    )


def _dimensions(codes: np.ndarray) -> float:
    eigenvalues = np.linalg.eigvalsh(np.cov(codes.T))
    total = float(eigenvalues.sum())
    return total**2 / float((eigenvalues**2).sum()) if total > 0.0 else 0.0
