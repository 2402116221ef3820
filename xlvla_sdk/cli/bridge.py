"""`xlvla bridge`: a body for programs without xlvla_sdk."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.bodies import LayoutName, body_layout
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
from xlvla_sdk.cli.options import Space
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.cli.run import DriverKind
from xlvla_sdk.cli.seeing import CameraOf, cameras_of
from xlvla_sdk.cli.simulation import RenderTo, SceneName, Showing, View, shown, simulation_of
from xlvla_sdk.errors import DriverError

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Driver
    from xlvla_sdk.integrations.bridge import Columns
    from xlvla_sdk.specs import Embodiment, Station


class Features(StrEnum):
    """What clients read and send."""

    JOINTS = "joints"
    LATENT = "latent"


def bridge(
    embodiment: Annotated[str, typer.Argument(help="What moves, as in xhand:right.")],
    driver: Annotated[DriverKind, typer.Option(help="In numpy, in MuJoCo, or real.")] = (
        DriverKind.SIMULATED
    ),
    features: Annotated[
        Features, typer.Option(help="Clients read and send joints [rad, m], or rows of --layout.")
    ] = Features.JOINTS,
    rate: Annotated[
        float, typer.Option(min=1.0, metavar="HZ", help="Readings and commands a second.")
    ] = 50.0,
    watchdog: Annotated[
        float, typer.Option(min=0.05, metavar="S", help="Hold when the client is silent so long.")
    ] = 0.5,
    host: Annotated[
        str, typer.Option(help="The address to listen on; whoever reaches it moves the body.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8100,
    camera: CameraOf = None,
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
    layout: LayoutName = None,
    space: Space = None,
) -> None:
    """Let other programs read and move a body, LeRobot's tools among them.

    Says on stdout where it listens, and serves one client at a time until Ctrl-C or SIGTERM. Every
    command is checked. When the client is silent, refused or gone the body holds; whatever ends
    the bridge, every device is stopped.

    \b
    Examples:
      xlvla bridge xhand:right
      xlvla bridge xhand:right --driver mujoco --features latent --port 0 \\
          --camera front=mujoco:front
      xlvla bridge inspire:right --driver hardware --address serial:/dev/ttyUSB0 \\
          --camera front=/dev/video0
    """
    from xlvla_sdk.integrations.bridge import BridgeSettings, serve_body
    from xlvla_sdk.policy import WallClock
    from xlvla_sdk.registry import registry

    body, clock, lab = registry().embodiment(embodiment), WallClock(), station_of(station)
    settings = BridgeSettings(
        rate_hz=rate,
        watchdog_s=watchdog,
        speed=speed,
        thresholds=thresholds_of(max_current, max_temperature),
    )
    showing, simulation = Showing(scene, render, view), None
    if driver is not DriverKind.HARDWARE and (address or sdk_python):
        raise DriverError("--address and --sdk-python are for real devices. Add --driver hardware.")
    if driver is DriverKind.MUJOCO:
        simulation = simulation_of(body, lab, scene, clock.now)
        drivers: list[Driver] = [*simulation.drivers]
    else:
        showing.require_mujoco()
        drivers = _drivers(driver, body, Places(address, station, sdk_python), clock.now)
    columns = _columns(features, body, layout, space, lab)
    cameras = cameras_of(camera, lab, clock.now, None if simulation is None else simulation.camera)
    agree(drivers, speed, yes)
    note(f"{body.name}: {len(columns.names)} numbers, {features}; holds after {watchdog:g} s")
    with shown(simulation, showing):
        serve_body(
            drivers,
            columns,
            clock,
            settings,
            cameras=cameras,
            host=host,
            port=port,
            listening=say,
        )


def _drivers(
    kind: DriverKind, body: Embodiment, places: Places, now: Callable[[], float]
) -> list[Driver]:
    from xlvla_sdk.drivers import SimulatedDriver

    if kind is DriverKind.HARDWARE:
        return drivers_of(body, places)
    return [SimulatedDriver(part, now=now) for part in body.parts]


def _columns(
    features: Features, body: Embodiment, layout: str | None, space: str | None, station: Station
) -> Columns:
    from xlvla_sdk.integrations.bridge import JointColumns, RowColumns

    if features is Features.LATENT:
        return RowColumns(body_layout(body, layout, space, station))
    if layout or space:
        raise DriverError("--layout and --space are for --features latent; joints have neither.")
    return JointColumns(body)
