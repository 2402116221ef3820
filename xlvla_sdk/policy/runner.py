"""run_episode: a policy moves a body; the loop never waits for the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlvla_sdk.drivers import Driver
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy.body import Body
from xlvla_sdk.policy.clock import Clock
from xlvla_sdk.policy.inquiry import Inquiry
from xlvla_sdk.policy.pace import Pace
from xlvla_sdk.policy.playback import Playback
from xlvla_sdk.policy.policy import Policy
from xlvla_sdk.policy.report import EpisodeLog, EpisodeReport


@dataclass(frozen=True)
class RunSettings:
    """How an episode is run.

    Attributes:
        rate_hz: Commands per second; rows are interpolated to it.
        watchdog_s: Nothing new to play for longer than this: the body holds [s].
        give_up_s: Nothing new for longer than this: it is stopped [s].
        first_answer_s: The same before the first row is played: a policy may compile first [s].
        max_time_s: When to end although the policy would go on [s].
        prompt: What the policy is told to do.
    """

    rate_hz: float = 50.0
    watchdog_s: float = 0.3
    give_up_s: float = 2.0
    first_answer_s: float = 10.0
    max_time_s: float | None = None
    prompt: str | None = None


DEFAULTS = RunSettings()


def run_episode(
    drivers: Sequence[Driver],
    layout: Layout,
    policy: Policy,
    clock: Clock,
    settings: RunSettings = DEFAULTS,
) -> EpisodeReport:
    """Plays a policy until it says that the episode is over.

    A command goes out every period, whatever the policy does. The body first moves to the first
    row at its velocity limit; then the episode begins. Every way out stops and closes every driver.

    Args:
        drivers: One for each part of the layout's embodiment, in their order; not opened yet.
        layout: The rows' format, with the codecs of this body.
        policy: Who answers. Its metadata are checked before any driver opens.
        clock: Whose time.
        settings: See RunSettings.

    Raises:
        PolicyError: Other rows than the layout's, no answer in time, or an answer that cannot be
            played.
        LimitViolation: A command that `SafeDriver` refuses.
        DriverError: A device that is not there or does not answer.
    """
    policy.metadata.require(layout, policy.name)
    with Body(layout.embodiment, drivers, clock.now) as body:
        return _Episode(body, layout, policy, clock, settings).run()


class _Episode:
    """One run of the loop."""

    def __init__(
        self, body: Body, layout: Layout, policy: Policy, clock: Clock, settings: RunSettings
    ) -> None:
        self.body = body
        self.layout = layout
        self.clock = clock
        self.settings = settings
        self.metadata = policy.metadata
        self.inquiry = Inquiry(policy, layout, clock)
        self.pace = Pace(clock, 1.0 / settings.rate_hz)
        self.log = EpisodeLog()
        self.playing: Playback | None = None
        self.row = -1  # the last row of `playing` that has begun
        self.target = body.hold()  # what is commanded every period
        self.holding = True
        self.waiting_since = clock.now()

    def run(self) -> EpisodeReport:
        self._reach_first_row()
        self.waiting_since = self.clock.now()
        while not self._turn():
            self.pace.next()
        return self._report()

    def _reach_first_row(self) -> None:
        """Asks from where the body stands, and moves to where the answer begins."""
        while (playback := self._answer(self.body.read())) is None:
            self._wait(self.clock.now())
            self.body.approach(self.target)
            self.pace.next()
        self.target = self.layout.decode(playback.chunk.rows[0], self.body.read())
        arrived = False
        while not arrived:
            arrived = self.body.approach(self.target)
            self.pace.next()

    def _turn(self) -> bool:
        """One period; whether it was the last."""
        now, measured = self.clock.now(), self.body.read()
        self.log.measured(now, measured)
        over = self._over(now)
        if not over and self._used_up(now) and (fresh := self._answer(measured)) is not None:
            self._begin(fresh, now)
        if not over and self._used_up(now):
            self._wait(now)
        if self.playing is not None and not self.holding:
            self._play(self.playing, now, measured)
        # Where it holds differs from what it measures now by noise: nothing to count as too fast.
        send = self.body.approach if self.holding else self.body.command
        send(self.target)
        self.log.asked(self.target)
        return over

    def _over(self, now: float) -> bool:
        longest, begun = self.settings.max_time_s, self.log.begin_s
        if longest is not None and begun is not None and now - begun >= longest:
            return True
        return self.playing is not None and self.playing.chunk.final and self._used_up(now)

    def _used_up(self, now: float) -> bool:
        return self.playing is None or self.playing.used_up(now)

    def _answer(self, measured: np.ndarray) -> Playback | None:
        """Asks when no question is under way; the answer when it is there."""
        if self.inquiry.idle:
            self.inquiry.ask(self._observe(measured))
        return self.inquiry.poll()

    def _observe(self, measured: np.ndarray) -> Observation:
        now, begun = self.clock.now(), self.log.begin_s
        return Observation(
            state=self.layout.encode(measured),
            time_s=0.0 if begun is None else now - begun,
            state_history=self._history(now, measured) if self.metadata.history else None,
            prompt=self.settings.prompt,
        )

    def _history(self, now: float, measured: np.ndarray) -> np.ndarray:
        count, dt = self.metadata.history, 1.0 / self.metadata.rate_hz
        if self.log.begin_s is None:
            return self.layout.encode(np.repeat(measured[None], count, axis=0))
        return self.layout.encode(self.log.history(now, count, dt))

    def _begin(self, fresh: Playback, now: float) -> None:
        """Takes up a chunk at the row of now; the rows before it passed while it travelled."""
        if self.log.begin_s is None:
            self.log.begin(fresh.begin_s)
        dropped = fresh.index(now)
        self.log.rows_dropped += dropped
        self.playing, self.row, self.holding = fresh, dropped - 1, False

    def _play(self, playing: Playback, now: float, measured: np.ndarray) -> None:
        self.target = self.layout.decode(playing.row(now), measured)
        self.log.rows_played += playing.index(now) - self.row
        self.row = playing.index(now)

    def _wait(self, now: float) -> None:
        """Nothing new to play: the last target stays, then the body holds, then it is stopped."""
        since = self.waiting_since if self.playing is None else self.playing.end_s
        limit_s = self.settings.first_answer_s if self.playing is None else self.settings.give_up_s
        if now - since > limit_s:
            raise self.inquiry.silence(limit_s)
        if now - since > self.settings.watchdog_s and not self.holding:
            self.target, self.holding = self.body.hold(), True
            self.log.holds += 1

    def _report(self) -> EpisodeReport:
        return EpisodeReport(
            embodiment=self.body.embodiment,
            final=self.playing is not None and self.playing.chunk.final,
            rows_played=self.log.rows_played,
            rows_dropped=self.log.rows_dropped,
            holds=self.log.holds,
            limits_touched=self.body.limits_touched,
            clipped=self.body.clipped,
            worst_period_error_s=self.pace.worst_error_s,
            chunk_ages_s=tuple(self.inquiry.ages_s),
            outdated=self.inquiry.outdated,
            **self.log.motion(len(self.body.embodiment.joints)),
        )
