"""`xlvla look`: through one camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.hardware import StationFile, station_of
from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import columns, note, say, say_json


def look(
    camera: Annotated[
        str, typer.Argument(help="Its address, as in /dev/video0; with --station also its name.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the last picture, as a PNG.")
    ] = None,
    duration: Annotated[
        float, typer.Option(min=0.0, max=3600.0, metavar="S", help="How long to look.")
    ] = 2.0,
    station: StationFile = None,
    as_json: AsJson = False,
) -> None:
    """Look through a camera: size, rate, age of its pictures.

    \b
    Examples:
      xlvla look /dev/video0 --out front.png
      xlvla look "v4l2:/dev/video2?width=1280&height=720&fps=30&format=mjpeg"
      xlvla look front --station lab.toml
    """
    from xlvla_sdk.drivers.looking import camera_address
    from xlvla_sdk.drivers.watching import watch
    from xlvla_sdk.policy import WallClock
    from xlvla_sdk.registry import registry

    clock = WallClock()
    address = camera_address(station_of(station).cameras.get(camera, camera))
    with registry().camera(address, clock.now) as opened:
        seen = watch(opened, duration, clock.now, clock.sleep_until)
    height, width = seen.last.image.shape[:2]
    if out is not None:
        from xlvla_sdk.drivers.pictures import save_png

        save_png(out, seen.last.image)
        note(f"{out}: {width} x {height}")
    if as_json:
        say_json({"width": width, "height": height, "rate_hz": seen.rate_hz, "age_s": seen.age_s})
        return
    lines = [
        ("size", f"{width} x {height}"),
        ("rate", f"{seen.rate_hz:.1f} pictures a second"),
        ("age", f"{1e3 * seen.age_s:.0f} ms when it is seen"),
    ]
    say(columns(lines))
