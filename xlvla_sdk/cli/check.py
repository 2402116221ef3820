"""`xlvla check`: a device's description, package and codec, one fact a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.options import (
    AsJson,
    Name,
    Space,
    Tip,
    Urdf,
    UrdfSide,
    Velocity,
    Wrist,
    described_hand,
    locator,
)
from xlvla_sdk.cli.output import columns, say, say_json
from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import HandSpec

if TYPE_CHECKING:
    from xlvla_sdk.checks import Check, CheckResult
    from xlvla_sdk.checks.device import Locate
    from xlvla_sdk.codec import LatentCodec


def check(
    device: Annotated[str | None, typer.Argument(help="As `xlvla devices` lists it.")] = None,
    urdf: Urdf = None,
    side: UrdfSide = None,
    tip: Tip = None,
    name: Name = None,
    wrist: Wrist = None,
    velocity: Velocity = None,
    wire: Annotated[
        bool,
        typer.Option(
            "--wire", help="Also drive the device's emulators, on every wire: half a minute each."
        ),
    ] = False,
    quality: Annotated[
        bool, typer.Option("--quality", help="Also measure the hand's codec: some seconds.")
    ] = False,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Check a device's description, package and codec.

    Exit status 1 says that a check failed; how to mend it stands under it. Nothing is trained, and
    no real device is opened. The kit for plugin authors (`xlvla_sdk.testing.HandKit`) makes the
    same checks under pytest.

    \b
    Examples:
      xlvla check xhand:right
      xlvla check xhand:right --wire --quality
      xlvla check --urdf allegro.urdf --side right \\
          --tip thumb=link_15.0_tip --tip index=link_3.0_tip --velocity 6.0
    """
    from xlvla_sdk.checks import check_file

    def locate(spec: HandSpec) -> tuple[LatentCodec, str] | None:
        return locator(space)(spec)

    if (device is None) == (urdf is None):
        raise SpecError("name one device, as in `xlvla check xhand:right`, or give --urdf.")
    if device is not None and device.endswith(".urdf"):
        raise SpecError(
            f"'{device}' is a file, and a device is wanted. Give it as --urdf {device}."
        )
    if urdf is not None:
        results = check_file(
            urdf, lambda: described_hand(urdf, side, tip, name, wrist, velocity), locate
        )
    else:
        results = [check.make() for check in _planned(str(device), locate, wire, quality, space)]
    _report(results, as_json)
    if not all(result.ok for result in results):
        raise typer.Exit(1)


def _planned(
    device: str, locate: Locate, wire: bool, quality: bool, space: str | None
) -> list[Check]:
    """The checks that are wanted of a registered device."""
    from xlvla_sdk.checks import declared_by, plan
    from xlvla_sdk.registry import registry

    found, fellows = registry().device(device), registry().devices
    declared = declared_by(found.package)
    checks = plan(found, fellows, declared, locate)
    if wire:
        from xlvla_sdk.testing.wire_checks import wire_checks

        checks += wire_checks(found, fellows, declared)
    if quality:
        from xlvla_sdk.testing.quality import codec_checks

        checks += codec_checks(found, declared, space)
    return checks


def _report(results: Sequence[CheckResult], as_json: bool) -> None:
    failed = sum(not result.ok for result in results)
    if as_json:
        say_json({"failed": failed, "checks": [result.to_json() for result in results]})
        return
    rows: list[tuple[str, str, str]] = []
    for result in results:
        rows.append((result.name, _state(result), result.text))
        if beneath := result.mend or result.exempt:
            rows.append(("", "", beneath))
    say(columns(rows))
    say(f"{len(results)} checks, {failed} failed")


def _state(result: CheckResult) -> str:
    return "exempt" if result.exempt else "ok" if result.ok else "FAIL"
