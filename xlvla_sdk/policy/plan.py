"""Plan: what is played at this moment, from the policy's chunks and where the body stood."""

from __future__ import annotations

from collections import deque

import numpy as np
from jaxtyping import Float

from xlvla_sdk.policy.fading import CrossFade, Departure, lasting
from xlvla_sdk.policy.playback import Playback

REMEMBERED = 8
"""How many chunks' fades are looked at."""


class Plan:
    """The newest chunk, and the way to it from what was played before, or from standstill.

    Args:
        fade_s: How long a chunk takes over at least [s]; 0 is at once.

    Attributes:
        playing: The newest chunk; None when nothing is played.
        rows_played: Rows that were begun.
        rows_dropped: Rows that passed while their answer travelled.
        ran_dry: How often a chunk ended before the next one came.
    """

    def __init__(self, fade_s: float) -> None:
        self.playing: Playback | None = None
        self.rows_played = 0
        self.rows_dropped = 0
        self.ran_dry = 0
        self._shortest_s = fade_s
        self._fades_s: deque[float] = deque([fade_s], maxlen=REMEMBERED)
        self._motion: Playback | CrossFade | None = None
        self._departure: Departure | None = None
        self._row = -1  # the last row of `playing` that has begun

    @property
    def fade_s(self) -> float:
        """How long the next chunk may take to take over, by what the last ones wanted [s]."""
        return max(self._fades_s)

    @property
    def final(self) -> bool:
        """Whether nothing follows the chunk that is played."""
        return self.playing is not None and self.playing.chunk.final

    def used_up(self, now: float) -> bool:
        """Whether there is nothing more to play."""
        return self.playing is None or self.playing.used_up(now)

    def left_s(self, now: float) -> float:
        """How long there still is something to play [s]."""
        return 0.0 if self.playing is None else max(self.playing.end_s - now, 0.0)

    def next_s(self, now: float, replan_s: float | None) -> float:
        """How long until the next chunk has to begin to take over [s]; negative when it is late.

        Args:
            now: The time [s].
            replan_s: How old a chunk is then; None is at its end.
        """
        at_end_s = self.left_s(now) - self.fade_s
        if replan_s is None or self.playing is None:
            return at_end_s
        return min(at_end_s, self.playing.begin_s + replan_s - now)

    def begin(self, fresh: Playback, now: float, apart: float = 0.0) -> None:
        """Goes over to a chunk, at the row of now; the rows before it passed while it travelled.

        Args:
            fresh: The chunk.
            now: The time [s].
            apart: How far its posture is from the one before, the furthest joint [rad, m].
        """
        if self.playing is not None and self.playing.used_up(now):
            self.ran_dry += 1
        if self._motion is None:
            self._motion = fresh
        else:
            fade_s = lasting(self._shortest_s, apart)
            self._fades_s.append(fade_s)
            # Beyond the old one's end half of the motion would stand still at once.
            fade_s = max(self._shortest_s, min(fade_s, self.left_s(now)))
            self._motion = CrossFade.into(fresh, self._motion, now, fade_s)
        dropped = fresh.index(now)
        self.rows_dropped += dropped
        self.playing, self._row = fresh, dropped - 1

    def depart(
        self,
        fresh: Playback,
        now: float,
        posture: Float[np.ndarray, " D"],
        target: Float[np.ndarray, " D"],
        speed: Float[np.ndarray, " D"],
    ) -> None:
        """Begins a chunk from standstill.

        Args:
            fresh: The chunk.
            now: The time [s].
            posture: Where the body stands [rad, m].
            target: Where the chunk is now [rad, m].
            speed: What the body can do [rad/s, m/s].
        """
        self._motion = None
        self._departure = Departure.towards(target, posture, speed, now, self._shortest_s)
        self.begin(fresh, now)

    def row(self, now: float) -> Float[np.ndarray, " A"]:
        """The row of this moment; only while something is played."""
        assert self._motion is not None
        assert self.playing is not None
        self._motion = self._motion.settled(now)
        index = self.playing.index(now)
        self.rows_played += index - self._row
        self._row = index
        return self._motion.row(now)

    def posture(self, now: float, decoded: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
        """Where the body is to be, `decoded` being the row of this moment [rad, m]."""
        if self._departure is None:
            return decoded
        posture = self._departure.posture_at(now, decoded)
        if self._departure.over(now):
            self._departure = None
        return posture

    def drop(self) -> None:
        """Plays nothing more."""
        self.playing = self._motion = self._departure = None
