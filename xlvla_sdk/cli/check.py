"""`xlvla check`: a device's description and codec, one fact a line."""

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
    from xlvla_sdk.checks import CheckResult
    from xlvla_sdk.codec import LatentCodec


def check(
    device: Annotated[str | None, typer.Argument(help="As `xlvla devices` lists it.")] = None,
    urdf: Urdf = None,
    side: UrdfSide = None,
    tip: Tip = None,
    name: Name = None,
    wrist: Wrist = None,
    velocity: Velocity = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Check a device's description and codec.

    Exit status 1 says that a check failed. Nothing is trained, and no device is opened.

    \b
    Examples:
      xlvla check xhand:right
      xlvla check --urdf allegro.urdf --side right \\
          --tip thumb=link_15.0_tip --tip index=link_3.0_tip --velocity 6.0
    """
    from xlvla_sdk.checks import check_device, check_file
    from xlvla_sdk.registry import registry

    def locate(spec: HandSpec) -> tuple[LatentCodec, str] | None:
        return locator(space)(spec)

    if (device is None) == (urdf is None):
        raise SpecError("name one device, as in `xlvla check xhand:right`, or give --urdf.")
    if urdf is not None:
        results = check_file(
            urdf, lambda: described_hand(urdf, side, tip, name, wrist, velocity), locate
        )
    else:
        results = check_device(registry().device(str(device)).spec, locate)
    _report(results, as_json)
    if not all(result.ok for result in results):
        raise typer.Exit(1)


def _report(results: Sequence[CheckResult], as_json: bool) -> None:
    failed = sum(not result.ok for result in results)
    if as_json:
        say_json({"failed": failed, "checks": [result.to_json() for result in results]})
        return
    rows: list[tuple[str, str, str]] = []
    for result in results:
        rows.append((result.name, "ok" if result.ok else "FAIL", result.text))
        if result.mend:
            rows.append(("", "", result.mend))
    say(columns(rows))
    say(f"{len(results)} checks, {failed} failed")
