"""From the words of `xlvla data record` to what moves, what is seen, and who decides."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlvla_sdk.cli.hardware import Places, agree, asked, drivers_of, station_of
from xlvla_sdk.cli.output import note
from xlvla_sdk.cli.policies import PolicyWords, moving_policy
from xlvla_sdk.cli.run import DriverKind
from xlvla_sdk.cli.seeing import cameras_of, timely
from xlvla_sdk.cli.simulation import simulation_of
from xlvla_sdk.errors import DataError, DriverError, PolicyError

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Camera, Driver
    from xlvla_sdk.policy import Clock, RunSettings
    from xlvla_sdk.policy.status import Monitor
    from xlvla_sdk.recording import GuidedSource, Operator, PolicySource
    from xlvla_sdk.specs import Embodiment, Station


@dataclass(frozen=True)
class Stage:
    """Who is recorded, where, and with what.

    Attributes:
        body: Who.
        station: Where it stands.
        clock: Whose time.
        drivers: Its devices, not opened.
        cameras: By name, not opened.
        fps: Rows per second.
    """

    body: Embodiment
    station: Station
    clock: Clock
    drivers: Sequence[Driver]
    cameras: Mapping[str, Camera]
    fps: float


def stage(
    body: Embodiment,
    clock: Clock,
    kind: DriverKind,
    places: Places,
    camera: Sequence[str] | None,
    scene: str | None,
    fps: float,
) -> Stage:
    """A body in numpy, in MuJoCo, or real; DriverError for options that contradict each other."""
    from xlvla_sdk.drivers import SimulatedDriver
    from xlvla_sdk.policy import SimClock

    in_simulated_time, lab = isinstance(clock, SimClock), station_of(places.station)
    if kind is DriverKind.HARDWARE and in_simulated_time:
        raise DriverError("--sim-clock is for simulations; real devices keep their own time.")
    if kind is not DriverKind.HARDWARE and (places.address or places.sdk_python):
        raise DriverError("--address and --sdk-python are for real devices. Add --driver hardware.")
    if kind is not DriverKind.MUJOCO and scene:
        raise DriverError("--scene is for simulations in MuJoCo. Add --driver mujoco.")
    simulated: Callable[[str], Camera] | None = None
    if kind is DriverKind.MUJOCO:
        simulation = simulation_of(body, lab, scene, clock.now)
        drivers, simulated = [*simulation.drivers], simulation.camera
    elif kind is DriverKind.HARDWARE:
        drivers = drivers_of(body, places)
    else:
        drivers = [SimulatedDriver(part, now=clock.now) for part in body.parts]
    seen = timely(cameras_of(camera, lab, clock.now, simulated), in_simulated_time)
    return Stage(body, lab, clock, drivers, seen, fps)


def by_policy(
    stage: Stage, words: PolicyWords, settings: RunSettings, yes: bool, until: ExitStack
) -> PolicySource:
    """A policy that moves the body, open until `until` is left; asks before something real moves.

    Raises:
        PolicyError: No policy, or no server.
        DriverError: Nobody wants it to move.
    """
    from xlvla_sdk.policy import SimClock
    from xlvla_sdk.recording import PolicySource

    patient = isinstance(stage.clock, SimClock)
    chosen, rows = moving_policy(words, stage.body, stage.station, patient=patient)
    until.enter_context(chosen)
    agree([*stage.drivers], settings.speed, yes)
    return PolicySource(
        stage.drivers, rows, chosen, stage.clock, settings, stage.fps, stage.cameras
    )


def by_hand(
    stage: Stage, released: Sequence[str], settings: RunSettings, yes: bool
) -> GuidedSource:
    """A body that somebody moves; asks before a real device is released."""
    from xlvla_sdk.recording import GuidedSource

    source = GuidedSource(
        stage.body,
        stage.drivers,
        stage.clock,
        stage.fps,
        stage.cameras,
        seconds=settings.max_time_s,
        released=released,
        thresholds=settings.thresholds,
    )
    real = [one for one in stage.drivers if not one.simulated and one.spec.id in released]
    which = " and ".join(f"{one.spec.id} at {one.address}" for one in real)
    if real and not yes and not asked(f"{which} will be released and may go limp. Is it held?"):
        raise DriverError(f"{which}: nothing was released.")
    return source


def operator(keys: bool, clock: Clock, episodes: int | None, until: ExitStack) -> Operator:
    """Somebody at the terminal, whose keys are taken until `until` is left; or nobody."""
    from xlvla_sdk.recording import Attended, TerminalKeys, Unattended

    if not keys:
        return Unattended(episodes or 1)
    return Attended(until.enter_context(TerminalKeys()), clock, note, episodes)


def has_keys(no_keys: bool, seconds: float | None, guided: bool) -> bool:
    """Whether an operator presses keys; DataError where nothing would end an episode."""
    keys = not no_keys and sys.stdin.isatty()
    if guided and not keys and seconds is None:
        raise DataError("without keys nothing ends an episode. Say how long it is: --seconds 10.")
    return keys


def require_source(guided: bool, policy: str | None, released: Sequence[str] | None) -> None:
    """Refuses options of the other source."""
    if guided and policy is not None:
        raise PolicyError("--policy moves the body itself. Leave it out with --source hand-guided.")
    if not guided and released:
        raise DriverError("--release is for a body that is moved by hand: --source hand-guided.")


def status_line() -> AbstractContextManager[Monitor]:
    """The line at the foot of the terminal."""
    from xlvla_sdk.cli.status_line import StatusLine

    return StatusLine()
