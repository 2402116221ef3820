"""`xlvla move`: a device to one posture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from xlvla_sdk.cli.hardware import (
    AddressOf,
    DeviceName,
    MaxCurrent,
    MaxTemperature,
    Places,
    SdkPython,
    Speed,
    StationFile,
    Yes,
    agree,
    driver_of,
    thresholds_of,
)
from xlvla_sdk.cli.output import columns, note, say
from xlvla_sdk.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlvla_sdk.specs import ArmSpec, HandSpec

RATE_HZ = 50.0
SHORT = 0.1
"""A joint that ends this far from its target did not get there [rad, m]."""


def move(
    device: DeviceName,
    address: AddressOf = None,
    joint: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=RAD", help="A joint, or a part of a name that fits one; several times."
        ),
    ] = None,
    posture: Annotated[
        str | None, typer.Option(metavar="NAME", help="open, fist or pinch, as the hand has them.")
    ] = None,
    speed: Speed = None,
    max_current: MaxCurrent = None,
    max_temperature: MaxTemperature = None,
    station: StationFile = None,
    sdk_python: SdkPython = None,
    yes: Yes = False,
) -> None:
    """Move a device to a posture.

    It starts where it is, moves at a part of its velocity limits, and holds where it arrives.
    Joints that are not named stay. Asks first. Exit status 1 says that a joint did not get there.

    \b
    Examples:
      xlvla move inspire:right --posture open --address serial:/dev/ttyUSB0
      xlvla move ability:left --joint index=0.5 --joint thumb_q1=-0.2 --station lab.toml --yes
    """
    from xlvla_sdk.drivers import SafeDriver
    from xlvla_sdk.drivers.moving import move_to, targets_of
    from xlvla_sdk.policy import WallClock
    from xlvla_sdk.policy.pace import Pace

    driver = driver_of(device, Places(address, station, sdk_python))
    spec, clock = driver.spec, WallClock()
    if (posture is None) == (not joint):
        raise SpecError("say where to: --joint NAME=RAD, several times, or --posture NAME.")
    targets = targets_of(spec, joint or (), driver.commanded)
    fixed = None if posture is None else spec.posture(posture)
    safe = SafeDriver(driver, clock.now, speed, thresholds_of(max_current, max_temperature))
    agree([driver], speed, yes)
    with safe:
        target = safe.inside(safe.read().qpos) if fixed is None else fixed
        for name, angle in targets.items():
            target[spec.joints.index(name)] = angle
        reached = move_to(safe, target, Pace(clock, 1.0 / RATE_HZ).next).qpos
    _report(spec, target, reached, driver.commanded)


def _report(
    spec: HandSpec | ArmSpec, target: np.ndarray, reached: np.ndarray, commanded: Sequence[str]
) -> None:
    rows: list[tuple[object, ...]] = [("JOINT", "TARGET", "MEASURED", "OFF")]
    short = []
    for name, *numbers in zip(spec.joints, target, reached, reached - target, strict=True):
        wanted, measured, off = (f"{number:.3f}" for number in numbers)
        follows = name not in commanded
        rows.append((name, "follows" if follows else wanted, measured, "" if follows else off))
        if not follows and abs(numbers[-1]) > SHORT:
            short.append(name)
    say(columns(rows, right=(1, 2, 3)))
    if short:
        note(f"{spec.id}: {', '.join(short)} did not get there. Is something in the way?")
        raise typer.Exit(1)
