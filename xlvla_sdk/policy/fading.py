"""Fading: one motion takes over from another without a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.policy.playback import Playback

PEAK = 1.875
"""The steepest slope of `weight`, at its middle."""

SHARPEST = 5.7735
"""The largest second derivative of `weight`, 10 / sqrt(3)."""
ACCELERATION = 7.0
"""What a fade may add to a joint's motion [rad/s2, m/s2]: less than the 30 that a hand's own motion
between ordinary postures has (docs/results/runner.md, inside chunks), so that borders do not show;
less than the 20 that an xArm's own software allows its joints."""


def lasting(shortest_s: float, apart: float) -> float:
    """How long a fade takes between chunks that are so far apart [rad, m]; 0 when it is 0 [s]."""
    return max(shortest_s, (SHARPEST * apart / ACCELERATION) ** 0.5) if shortest_s > 0.0 else 0.0


def weight(part: float) -> float:
    """How much of the new there is: from 0 to 1, its velocity and acceleration 0 at both ends.

    Args:
        part: How much of the fade has passed, cut to [0, 1].

    Source:
        Flash and Hogan, The coordination of arm movements, J. Neurosci. 5, 1985: least jerk.
    """
    part = min(max(part, 0.0), 1.0)
    return part**3 * (10.0 - 15.0 * part + 6.0 * part**2)


@dataclass(frozen=True)
class CrossFade:
    """Rows on their way from an old motion to a new chunk; never beyond either of them.

    Attributes:
        old: What was played; where it ends it stands at its last row, as the body then does.
        new: What is played from now on.
        begin_s: When the fade begins [s].
        duration_s: How long it takes [s].
    """

    old: Playback | CrossFade
    new: Playback
    begin_s: float
    duration_s: float

    @staticmethod
    def into(
        new: Playback, old: Playback | CrossFade, now: float, duration_s: float
    ) -> Playback | CrossFade:
        """The motion that goes over into `new` from now on."""
        return CrossFade(old.settled(now), new, now, duration_s) if duration_s > 0.0 else new

    def settled(self, now: float) -> Playback | CrossFade:
        """The same motion without the parts that have faded out."""
        return self.new if now >= self.begin_s + self.duration_s else self

    def row(self, now: float) -> Float[np.ndarray, " A"]:
        """The row of this moment."""
        new, part = self.new.row(now), weight((now - self.begin_s) / self.duration_s)
        return new if part == 1.0 else (1.0 - part) * self.old.row(now) + part * new


@dataclass(frozen=True)
class Departure:
    """Postures on their way from one that stands still to a motion.

    Where a body holds there is no row to fade from: a hand's code does not decode to exactly the
    posture it was measured in. So this fade is one of joints.

    Attributes:
        posture: Where the body stands [rad, m].
        begin_s: When it leaves [s].
        duration_s: How long that takes [s].
    """

    posture: Float[np.ndarray, " D"]
    begin_s: float
    duration_s: float

    @staticmethod
    def towards(
        target: Float[np.ndarray, " D"],
        posture: Float[np.ndarray, " D"],
        speed: Float[np.ndarray, " D"],
        now: float,
        shortest_s: float,
    ) -> Departure:
        """A departure that a body of this speed [rad/s, m/s] can follow.

        Half of the speed is left for the motion it joins.
        """
        away = np.abs(target - posture)
        needed_s = 2.0 * PEAK * float((away / speed).max(initial=0.0))
        gentle_s = lasting(shortest_s, float(away.max(initial=0.0)))
        return Departure(posture, now, max(gentle_s, needed_s))

    def over(self, now: float) -> bool:
        """Whether the motion is joined."""
        return now >= self.begin_s + self.duration_s

    def posture_at(self, now: float, target: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
        """Where the body is to be at this moment, `target` being where the motion is."""
        part = 1.0 if self.duration_s <= 0.0 else weight((now - self.begin_s) / self.duration_s)
        return target if part == 1.0 else self.posture + part * (target - self.posture)
