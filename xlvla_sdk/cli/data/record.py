"""`xlvla data record`: demonstrations of a body become a dataset."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.bodies import Array, From, FromStation, LayoutName
from xlvla_sdk.cli.data.sharing import To, Version
from xlvla_sdk.cli.hardware import (
    AddressOf,
    MaxCurrent,
    MaxTemperature,
    Places,
    SdkPython,
    Speed,
    StationFile,
    Yes,
    thresholds_of,
)
from xlvla_sdk.cli.options import Space
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.cli.policies import PolicyWords
from xlvla_sdk.cli.run import DriverKind
from xlvla_sdk.cli.seeing import CameraOf, prompt_text
from xlvla_sdk.cli.simulation import SceneName


class SourceKind(StrEnum):
    """What moves the body."""

    POLICY = "policy"
    HAND_GUIDED = "hand-guided"


def record(
    embodiment: Annotated[str, typer.Argument(help="What is recorded, as in xhand:right.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The dataset; must not be there yet.")],
    source: Annotated[
        SourceKind, typer.Option(help="A policy moves the body, or your hand does.")
    ] = SourceKind.POLICY,
    prompt: Annotated[str, typer.Option(help="What is done, in words.")] = "",
    policy: Annotated[
        str | None,
        typer.Option(metavar="URI", help="ws://host:port, or replay:FILE without a server."),
    ] = None,
    driver: Annotated[DriverKind, typer.Option(help="In numpy, in MuJoCo, or real.")] = (
        DriverKind.SIMULATED
    ),
    camera: CameraOf = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=8, metavar="PIXELS", help="Bring pictures to this size. Left out: the cameras' own."
        ),
    ] = None,
    episodes: Annotated[
        int | None, typer.Option(min=1, help="How many. Left out: 1, or until q is pressed.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, metavar="S", help="End an episode after this time.")
    ] = None,
    rate: Annotated[float, typer.Option(min=1.0, metavar="HZ", help="Rows a second.")] = 20.0,
    release: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DEVICE",
            help="Hand-guided: release this device before each episode, as `xlvla release` does.",
        ),
    ] = None,
    no_keys: Annotated[
        bool, typer.Option("--no-keys", help="Ask no keys: record and keep, also on a terminal.")
    ] = False,
    sim_clock: Annotated[
        bool, typer.Option("--sim-clock", help="In simulated time: as fast as it goes.")
    ] = False,
    scene: SceneName = None,
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
    layout: LayoutName = None,
    space: Space = None,
    to: To = Version.V30,
) -> None:
    """Record demonstrations: measured and commanded joints, pictures, what was done.

    On a terminal s starts an episode, k keeps it, d discards it, q quits. Elsewhere, and with
    --no-keys, episodes begin by themselves and are kept. A policy runs as with `xlvla run`. By
    hand nothing is commanded: the next measured posture is the action. A picture older than 0.2 s
    spoils its episode. Whatever ends it, every device is stopped, and the episodes kept are
    written; after a kill, record to the same place again.

    \b
    Examples:
      xlvla data record inspire:right demos/ --policy ws://127.0.0.1:8000 --driver hardware \\
          --address serial:/dev/ttyUSB0 --camera front=/dev/video0 --size 224 \\
          --prompt "pick up the can"
      xlvla data record xhand:right demos/ --source hand-guided --driver hardware \\
          --address serial:/dev/ttyUSB0 --release xhand:right --prompt "wave"
      xlvla data record xhand:right demos/ --policy replay:motion.npz --sim-clock --episodes 3
    """
    from xlvla_sdk.cli import recording as words
    from xlvla_sdk.policy import RunSettings, SimClock, WallClock
    from xlvla_sdk.recording import RecordSettings, Spool
    from xlvla_sdk.recording import record as recorded_into
    from xlvla_sdk.registry import registry

    guided, body = source is SourceKind.HAND_GUIDED, registry().embodiment(embodiment)
    words.require_source(guided, policy, release)
    keys = words.has_keys(no_keys or sim_clock, seconds, guided)
    places, clock = Places(address, station, sdk_python), SimClock() if sim_clock else WallClock()
    stage = words.stage(body, clock, driver, places, camera, scene, rate)
    spool = Spool(out, body, stage.station, rate)
    settings = RunSettings(
        max_time_s=seconds,
        prompt=prompt_text(prompt),
        speed=speed,
        thresholds=thresholds_of(max_current, max_temperature),
    )
    if not prompt:
        note("No --prompt: a policy that is told what to do will not learn from these what it was.")
    with ExitStack() as until:
        if guided:
            moving = words.by_hand(stage, release or (), settings, yes)
        else:
            said = PolicyWords(policy, layout, space, recorded, from_station, array)
            moving = words.by_policy(stage, said, settings, yes, until)
        done = recorded_into(
            moving,
            words.operator(keys, clock, episodes, until),
            spool,
            RecordSettings(prompt, tuple(stage.cameras), size, str(to)),
            monitor=words.status_line,
            told=note,
        )
    if done.kept:
        say(f"{out}: {to}, {done.kept} episodes, {done.rows} rows at {rate:g} Hz")
    else:
        note("No episode was kept; nothing was written.")
