"""`xlvla run`: a policy moves a body."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.bodies import (
    Array,
    From,
    FromStation,
    LayoutName,
    Mirror,
)
from xlvla_sdk.cli.hardware import (
    AddressOf,
    MaxCurrent,
    MaxTemperature,
    Places,
    SdkPython,
    Speed,
    StationFile,
    Yes,
    agree,
    drivers_of,
    station_of,
    thresholds_of,
)
from xlvla_sdk.cli.options import AsJson, Replan, Space
from xlvla_sdk.cli.output import columns, note, say, say_json
from xlvla_sdk.cli.policies import PolicyWords, moving_policy, policy_uri
from xlvla_sdk.cli.seeing import CameraOf, cameras_of, prompt_text, timely
from xlvla_sdk.cli.simulation import RenderTo, SceneName, Showing, View, shown, simulation_of
from xlvla_sdk.errors import DriverError

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Driver
    from xlvla_sdk.layouts import Layout
    from xlvla_sdk.policy import EpisodeLog, EpisodeReport
    from xlvla_sdk.specs import Embodiment


class DriverKind(StrEnum):
    """What moves."""

    SIMULATED = "simulated"
    MUJOCO = "mujoco"
    HARDWARE = "hardware"


def run(
    embodiment: Annotated[str, typer.Argument(help="What moves, as in xhand:right.")],
    policy: Annotated[
        str | None,
        typer.Option(metavar="URI", help="ws://host:port, or replay:FILE without a server."),
    ] = None,
    driver: Annotated[DriverKind, typer.Option(help="In numpy, in MuJoCo, or real.")] = (
        DriverKind.SIMULATED
    ),
    rate: Annotated[float, typer.Option(min=1.0, metavar="HZ", help="Commands a second.")] = 50.0,
    duration: Annotated[
        float | None, typer.Option(min=0.0, metavar="S", help="End after this time.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the motion, as an NPZ recording.")
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="What the policy is told to do.")] = None,
    camera: CameraOf = None,
    give_up: Annotated[
        float,
        typer.Option(min=0.3, metavar="S", help="Stop when nothing new comes for this time."),
    ] = 10.0,
    replan: Replan = None,
    sim_clock: Annotated[
        bool, typer.Option("--sim-clock", help="In simulated time: as fast as it goes.")
    ] = False,
    scene: SceneName = None,
    render: RenderTo = None,
    view: View = False,
    address: AddressOf = None,
    station: StationFile = None,
    sdk_python: SdkPython = None,
    speed: Speed = None,
    max_current: MaxCurrent = None,
    max_temperature: MaxTemperature = None,
    yes: Yes = False,
    recorded: From = None,
    from_station: FromStation = None,
    array: Array = None,
    mirror: Mirror = False,
    layout: LayoutName = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Run a policy on a body, simulated or real.

    Runs until the policy says that the episode is over. A hand without a codec is onboarded
    first. When answers or pictures stay away it holds, and goes on by itself when they come.
    Whatever ends it, every device is stopped, and what was recorded is written. A plain openpi
    server, which does not say what its rows are, is taken only with --layout and --space.

    \b
    Examples:
      xlvla run xhand:right --policy ws://127.0.0.1:8000
      xlvla run ability:left --policy replay:motion.npz --mirror --driver mujoco
      xlvla run inspire:right --policy replay:motion.npz --driver hardware \\
          --address serial:/dev/ttyUSB0 --speed 0.5
      xlvla run inspire:right --policy ws://127.0.0.1:8000 --camera front=/dev/video0 \\
          --prompt "pick up the can"
      xlvla run xhand:right --policy replay:motion.npz --sim-clock --record out.npz --json
      xlvla run xarm7+xhand:right --policy ws://127.0.0.1:8000 --driver mujoco --scene table \\
          --camera front=mujoco:front --sim-clock --render out.mp4
    """
    from xlvla_sdk.cli.status_line import StatusLine
    from xlvla_sdk.policy import (
        EpisodeLog,
        RunSettings,
        SimClock,
        WallClock,
        run_episode,
    )
    from xlvla_sdk.registry import registry

    uri = policy_uri(policy)
    body = registry().embodiment(embodiment)
    clock = SimClock() if sim_clock else WallClock()
    thresholds = thresholds_of(max_current, max_temperature)
    settings = RunSettings(
        rate_hz=rate,
        give_up_s=give_up,
        max_time_s=duration,
        replan_s=replan,
        prompt=prompt_text(prompt),
        speed=speed,
        thresholds=thresholds,
    )
    _require_one(driver, sim_clock, address, sdk_python)
    lab, showing, simulation = station_of(station), Showing(scene, render, view), None
    if driver is DriverKind.MUJOCO:
        simulation = simulation_of(body, lab, scene, clock.now)
        drivers: list[Driver] = [*simulation.drivers]
    else:
        showing.require_mujoco()
        drivers = _drivers(driver, body, Places(address, station, sdk_python), clock.now)
    words = PolicyWords(uri, layout, space, recorded, from_station, array, mirror)
    chosen, rows = moving_policy(words, body, lab, patient=sim_clock)
    simulated = None if simulation is None else simulation.camera
    cameras = timely(cameras_of(camera, lab, clock.now, simulated), sim_clock)
    agree(drivers, speed, yes)
    with (
        chosen,
        shown(simulation, showing),
        _recorded(EpisodeLog(), record, rows) as log,
        StatusLine() as status,
    ):
        report = run_episode(
            drivers, rows, chosen, clock, settings, cameras=cameras, log=log, monitor=status
        )
    _report(report, as_json)


@contextmanager
def _recorded(log: EpisodeLog, path: Path | None, layout: Layout) -> Iterator[EpisodeLog]:
    """Writes what was noted, also when the run ends in an error or a signal."""
    try:
        yield log
    finally:
        if path is not None and log.targets:
            log.save(path, layout)
            note(f"{path}: {len(log.targets)} rows")


def _require_one(kind: DriverKind, sim_clock: bool, *places: object) -> None:
    if kind is DriverKind.HARDWARE and sim_clock:
        raise DriverError("--sim-clock is for simulations; real devices keep their own time.")
    if kind is not DriverKind.HARDWARE and any(places):
        raise DriverError("--address and --sdk-python are for real devices. Add --driver hardware.")


def _drivers(
    kind: DriverKind, body: Embodiment, places: Places, now: Callable[[], float]
) -> list[Driver]:
    if kind is DriverKind.HARDWARE:
        return drivers_of(body, places)
    from xlvla_sdk.drivers import SimulatedDriver

    return [SimulatedDriver(part, now=now) for part in body.parts]


def _report(report: EpisodeReport, as_json: bool) -> None:
    facts = report.to_json()
    if as_json:
        say_json(facts)
        return
    ages = report.chunk_ages_s
    lines = [
        ("embodiment", facts["embodiment"]),
        ("duration", f"{facts['duration_s']:.2f} s"),
        ("final", "yes" if report.final else "no"),
        ("rows", f"{report.rows_played} played, {report.rows_dropped} dropped"),
        ("answers", f"{len(ages)}, the oldest {1e3 * max(ages, default=0.0):.0f} ms"),
        ("asked again", report.failures),
        ("holds", f"{report.holds}, ran dry {report.ran_dry}"),
        ("limits touched", f"{report.limits_touched}, clipped {report.clipped}"),
        ("read outside", report.outside),
        (
            "period off",
            f"{1e3 * report.period_p99_error_s:.1f} ms in 99 %, "
            f"{1e3 * report.worst_period_error_s:.1f} ms at worst",
        ),
    ]
    if report.out_of_reach:
        off = f"{1e3 * report.position_off:.0f} mm, {degrees(report.rotation_off):.0f} deg"
        lines.append(("out of reach", f"{report.out_of_reach} commands, at most {off}"))
    if report.frame_age_s > 0.0:
        lines.append(("oldest picture", f"{1e3 * report.frame_age_s:.0f} ms"))
    say(columns(lines))
