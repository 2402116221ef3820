"""run_episode: a policy moves a body; the loop never waits for the policy."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from xlvla_sdk.drivers import Driver
from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.errors import DriverError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.policy.body import Body
from xlvla_sdk.policy.clock import Clock
from xlvla_sdk.policy.frames import Frames
from xlvla_sdk.policy.inquiry import Inquiry
from xlvla_sdk.policy.log import EpisodeLog
from xlvla_sdk.policy.observing import Observer
from xlvla_sdk.policy.onlooker import Onlooker
from xlvla_sdk.policy.pace import Pace
from xlvla_sdk.policy.plan import Plan
from xlvla_sdk.policy.playback import Playback
from xlvla_sdk.policy.policy import Policy
from xlvla_sdk.policy.reaching import Reaching
from xlvla_sdk.policy.report import EpisodeReport
from xlvla_sdk.policy.settings import DEFAULTS, RunSettings
from xlvla_sdk.policy.status import Monitor, Status

logger = logging.getLogger(__name__)


def run_episode(
    drivers: Sequence[Driver],
    layout: Layout,
    policy: Policy,
    clock: Clock,
    settings: RunSettings = DEFAULTS,
    *,
    cameras: Mapping[str, Camera] | None = None,
    log: EpisodeLog | None = None,
    monitor: Monitor | None = None,
    onlooker: Onlooker | None = None,
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
        cameras: By the names that the policy knows them by; opened and closed here.
        log: Where the motion is noted, for those who want it after an error, too.
        monitor: Is told the status every period.
        onlooker: Sees what the loop sees, and may end the episode.

    Raises:
        PolicyError: Other rows than the layout's, a camera missing that it sees by, no answer in
            time, or an answer that cannot be played.
        LimitViolation: A command that `SafeDriver` refuses.
        DriverError: A device or a camera that is not there or does not answer.
    """
    policy.metadata.require(layout, policy.name)
    policy.metadata.require_cameras(cameras or {}, policy.name)
    body = Body(layout.embodiment, drivers, clock.now, settings.speed, settings.thresholds)
    frames = Frames(cameras or {}, clock, settings.oldest_frame_s)
    with clock.attending(), frames, body:
        log = log or EpisodeLog()
        episode = _Episode(body, layout, policy, clock, settings, frames, log, onlooker)
        return episode.run(monitor)


class _Episode:
    """One run of the loop."""

    def __init__(
        self,
        body: Body,
        layout: Layout,
        policy: Policy,
        clock: Clock,
        settings: RunSettings,
        frames: Frames,
        log: EpisodeLog,
        onlooker: Onlooker | None,
    ) -> None:
        self.body = body
        self.layout = layout
        self.clock = clock
        self.settings = settings
        self.frames = frames
        self.log = log
        self.onlooker = onlooker
        self.observer = Observer(layout, policy.metadata, log, settings.prompt)
        self.inquiry = Inquiry(policy, layout, clock)
        self.reaching = Reaching(layout)
        self.plan = Plan(settings.fade_s)
        self.pace = Pace(clock, 1.0 / settings.rate_hz)
        self.target = body.hold()  # what is commanded every period
        self.standing: str | None = "waits for the first answer"
        self.waiting_since = clock.now()

    def run(self, monitor: Monitor | None) -> EpisodeReport:
        if self._reach_first_row(monitor):
            self.waiting_since = self.clock.now()
            while not self._turn():
                self._end_turn(monitor)
        return self._report()

    def _reach_first_row(self, monitor: Monitor | None) -> bool:
        """Asks from where the body stands, and moves to where the answer begins; whether it got there."""
        while (playback := self._answer(self._where())) is None:
            if self._called_off():
                return False
            self._wait(self.clock.now())
            self.pace.until_due()
            self.body.approach(self.target)
            self._end_turn(monitor)
        self.target = self.layout.decode(playback.chunk.rows[0], self._where())
        self.standing, arrived = "moves to the first row", False
        while not arrived:
            if self._called_off():
                return False
            self.pace.until_due()
            arrived = self.body.approach(self.target)
            self._end_turn(monitor)
        return True

    def _called_off(self) -> bool:
        return self.onlooker is not None and self.onlooker.over()

    def _end_turn(self, monitor: Monitor | None) -> None:
        if monitor is not None:
            monitor(self._status())
        self.pace.next()

    def _turn(self) -> bool:
        """One period; whether it was the last."""
        now, read = self.clock.now(), self.body.read()
        self.log.measured(now, read)
        measured = self.body.inside(read)
        over = self._over(now)
        if not over and self._sees(self.frames.known(), now):
            if (fresh := self._answer(measured)) is not None:
                self._begin(fresh, now, measured)
            if self.plan.used_up(now):
                self._wait(now)
        self._command(now, measured)
        if self.onlooker is not None and self.log.begin_s is not None:
            self.onlooker.saw(now, self.frames)
        return over

    def _where(self) -> np.ndarray:
        """Where the body is measured to be, within its limits."""
        return self.body.inside(self.body.read())

    def _over(self, now: float) -> bool:
        if self._called_off():
            return True
        longest, begun = self.settings.max_time_s, self.log.begin_s
        if longest is not None and begun is not None and now - begun >= longest:
            return True
        return self.plan.final and self.plan.used_up(now)

    def _answer(self, measured: np.ndarray) -> Playback | None:
        """Asks when it is time to and no question is under way; the answer when it is there."""
        now = self.clock.now()
        if self.inquiry.idle and self._due(now):
            frames = self.frames.look()
            if not self._sees(frames, now):
                return None
            self.inquiry.ask(self.observer.observe(now, measured, frames))
        return self.inquiry.poll()

    def _due(self, now: float) -> bool:
        """Whether an answer to a question of now is expected when it has to take over."""
        lead_s = self.inquiry.expected_s + self.settings.margin_s
        return not self.plan.final and self.plan.next_s(now, self.settings.replan_s) <= lead_s

    def _begin(self, fresh: Playback, now: float, measured: np.ndarray) -> None:
        """Goes over to a new chunk."""
        if self.log.begin_s is None:
            self.log.begin(fresh.begin_s)
            self.inquiry.forgiving = True
        there = self.layout.decode(fresh.row(now), measured)
        if self.standing is None and not self.plan.used_up(now):
            self.plan.begin(fresh, now, float(np.abs(there - self.target).max(initial=0.0)))
        else:
            self.plan.depart(fresh, now, self.target, there, self.body.speed)
        self.log.came(fresh, now)
        self.standing = None

    def _command(self, now: float, measured: np.ndarray) -> None:
        """Sends what the plan says; where the body stands, that it stays there."""
        playing = self.plan.playing if self.standing is None else None
        if playing is None:
            self.pace.until_due()
            self.log.sent(self.clock.now(), self.target)
            # Where it holds differs from what it measures now by noise: nothing to count as too fast.
            self.body.approach(self.target)
            return
        due_s = max(now, self.pace.due_s)
        row = self.plan.row(due_s)
        self.target = self.plan.posture(due_s, self.reaching.decode(row, measured))
        at = playing.number, playing.position(due_s)
        self.pace.until_due()
        self.log.sent(self.clock.now(), self.target, row, at)
        self.body.command(self.target)

    @property
    def _patience_s(self) -> float:
        begun = self.log.begin_s is not None
        return self.settings.give_up_s if begun else self.settings.first_answer_s

    def _wait(self, now: float) -> None:
        """Nothing new to play: the last target stays, then the body holds, then it is stopped."""
        playing, limit_s = self.plan.playing, self._patience_s
        since = self.waiting_since if playing is None else playing.end_s
        if now - since > limit_s:
            raise self.inquiry.silence(limit_s)
        if now - since > self.settings.watchdog_s and self.standing is None:
            logger.warning("%s: nothing new to play; it holds.", self.body.embodiment.name)
            self._hold("holds: nothing new to play")

    def _sees(self, frames: Mapping[str, Frame], now: float) -> bool:
        """Whether the pictures are new enough; else it holds and plays on no older plan."""
        words = self.frames.late(frames)
        if words is None:
            return True
        if self.plan.playing is not None or self.standing is None:
            logger.warning("%s: %s; it holds.", self.body.embodiment.name, words)
            self._hold(f"holds: {words}")
            self.plan.drop()
            self.inquiry.forget()
            self.waiting_since = now
        if now - self.waiting_since > self._patience_s:
            raise DriverError(
                f"{words}, and no newer one came in {self._patience_s:g} s; "
                f"{self.body.embodiment.name} was stopped. Look at the camera and its cable."
            )
        return False

    def _hold(self, why: str) -> None:
        self.target, self.standing = self.body.hold(), why
        self.log.holds += 1

    def _status(self) -> Status:
        now, begun, playing = self.clock.now(), self.log.begin_s, self.plan.playing
        ages = self.inquiry.ages_s
        return Status(
            time_s=0.0 if begun is None else now - begun,
            rate_hz=self.log.rate_hz(round(self.settings.rate_hz)),
            chunk_age_s=None if playing is None else now - playing.begin_s,
            answer_s=ages[-1] if ages else None,
            frame_age_s=self.frames.age_s(self.frames.known()),
            limits_touched=self.body.limits_touched,
            standing=self.standing,
        )

    def _report(self) -> EpisodeReport:
        errors_s = self.log.period_errors_s(self.settings.rate_hz)
        p50, p99, worst = (float(np.percentile(errors_s, part)) for part in (50, 99, 100))
        return EpisodeReport(
            embodiment=self.body.embodiment,
            final=self.plan.final,
            rows_played=self.plan.rows_played,
            rows_dropped=self.plan.rows_dropped,
            chunks=len(self.log.chunks),
            ran_dry=self.plan.ran_dry,
            holds=self.log.holds,
            failures=self.inquiry.failures,
            limits_touched=self.body.limits_touched,
            clipped=self.body.clipped,
            outside=self.body.outside,
            out_of_reach=self.reaching.off,
            position_off=self.reaching.position_off,
            rotation_off=self.reaching.rotation_off,
            chunk_ages_s=tuple(self.inquiry.ages_s),
            outdated=self.inquiry.outdated,
            frame_age_s=self.frames.worst_age_s,
            period_p50_error_s=p50,
            period_p99_error_s=p99,
            worst_period_error_s=worst,
            **self.log.motion(len(self.body.embodiment.joints)),
        )
