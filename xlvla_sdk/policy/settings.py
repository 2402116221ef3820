"""RunSettings: how an episode is run."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_sdk.drivers.thresholds import Thresholds
from xlvla_sdk.errors import SpecError


@dataclass(frozen=True)
class RunSettings:
    """How an episode is run.

    Attributes:
        rate_hz: Commands per second; rows are interpolated to it.
        fade_s: How long a new chunk takes over from the old one, at least [s]; longer where they
            are so far apart that it would show (`fading.ACCELERATION`). Two chunks that differ by a
            tenth of a radian are crossed at 0.75 rad/s, well below what hands move at; a longer
            fade would answer the world later. 0 goes over at once.
        margin_s: How much earlier than the measured answer time calls for the next chunk is asked [s].
        replan_s: How old a chunk is when the next one takes over, counted from the question [s]: less, and
            a body follows the world more closely, and the policy is asked more often. Left out, chunks
            are played to their end.
        watchdog_s: Nothing new to play for longer than this: the body holds [s].
        give_up_s: Nothing new for longer than this: it is stopped [s]. Until then a server that
            is gone may come back.
        first_answer_s: The same before the first row is played: a policy may compile first [s].
        oldest_frame_s: A camera's picture older than this: the body holds [s].
        max_time_s: When to end although the policy would go on [s].
        prompt: What the policy is told to do.
        speed: Part of the velocity limits; left out, 0.3 on real devices and 1 on simulated ones.
        thresholds: Of current and temperature, beside the drivers' own.
    """

    rate_hz: float = 50.0
    fade_s: float = 0.25
    margin_s: float = 0.1
    replan_s: float | None = None
    watchdog_s: float = 0.3
    give_up_s: float = 10.0
    first_answer_s: float = 10.0
    oldest_frame_s: float = 0.2
    max_time_s: float | None = None
    prompt: str | None = None
    speed: float | None = None
    thresholds: Thresholds | None = None

    def __post_init__(self) -> None:
        if self.replan_s is not None and not self.replan_s >= self.fade_s:
            raise SpecError(
                f"replan_s is {self.replan_s:g} s, less than a chunk takes to take over (fade_s, "
                f"{self.fade_s:g} s): none would ever be played alone. Give more, or a shorter fade."
            )


DEFAULTS = RunSettings()
