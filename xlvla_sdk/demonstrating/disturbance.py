"""Disturbance: arms are pushed off their way while rows note where they should be."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.waypoint import DT
from xlvla_sdk.specs import ArmSpec, Embodiment

TIME_S = 0.5
"""How long a push lasts, about [s]: longer than a joint needs to follow it, shorter than a motion."""
APART = 3
"""Sets what is drawn here apart from what is drawn for noise, places and words."""


class Disturbance:
    """What is added to the commands of an episode: smooth, of zero mean, for the arms' joints alone.

    A demonstrator that is never off its way shows nobody the way back. With it, bodies are measured
    off their way and the noted targets lead back to it, for whoever learns from them.

    Args:
        embodiment: Whose commands.
        size: Standard deviation of what is added to each joint of an arm [rad]; 0.02 moves a pinch
            point by 1 to 2 cm.
        seed: Of the episode.

    Source:
        Laskey et al., DART: Noise Injection for Robust Imitation Learning, CoRL 2017. The process is
        white noise behind two equal low-pass filters of first order.
    """

    def __init__(self, embodiment: Embodiment, size: float, seed: int) -> None:
        arms = [isinstance(part, ArmSpec) for part in embodiment.parts for _ in part.joints]
        self._keep = float(np.exp(-DT / TIME_S))
        self._size = np.where(arms, size / np.sqrt(_variance(self._keep)), 0.0)
        self._random = np.random.default_rng([seed, APART])
        self._lower, self._upper = embodiment.limits
        self._push = np.zeros(len(arms))
        self._offset = np.zeros(len(arms))

    def onto(self, target: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
        """What is commanded for a target, within the limits [rad, m]; the next push with each call.

        Args:
            target: Where every joint is to be [rad, m].
        """
        keep, drawn = self._keep, self._random.standard_normal(len(self._push))
        self._push = keep * self._push + np.sqrt(1.0 - keep**2) * drawn
        self._offset = keep * self._offset + (1.0 - keep) * self._push
        return np.clip(target + self._size * self._offset, self._lower, self._upper)


def _variance(keep: float) -> float:
    """Of the second filter's output in the long run, where the first one's is 1."""
    return (1.0 + keep**2) / (1.0 + keep) ** 2
