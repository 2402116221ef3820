"""`xlvla retarget` of whole robots: their options, and what is said of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlvla_sdk.cli.output import note, say, say_json
from xlvla_sdk.errors import DataError

if TYPE_CHECKING:
    from xlvla_sdk.layouts import TransferReport
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.specs import Embodiment

    Done = tuple[str, Path, tuple[Recording, TransferReport]]


def _shift(text: str) -> tuple[float, float, float]:
    try:
        x, y, z = map(float, text.split(","))
    except ValueError as error:
        raise DataError(
            f"--shift '{text}' is not three numbers. Write it as 0.1,0,-0.05."
        ) from error
    return x, y, z


Shift = Annotated[
    str | None,
    typer.Option(
        metavar="X,Y,Z",
        help="Move every pinch point by this, task frame [m]; 0,0,0 takes what comes.",
    ),
]
Stand = Annotated[
    Path | None,
    typer.Option("--station", metavar="FILE", help="Where the robot stands that shall move; TOML."),
]


@dataclass(frozen=True)
class Stations:
    """Where the recorded robot stood, and where the one stands that shall move."""

    source: Path | None
    target: Path | None


def is_robot(body: Embodiment) -> bool:
    """Whether a body is more than one hand."""
    return len(body.parts) != 1 or not body.hands


def retarget_robots(
    recording: Recording,
    bodies: list[Embodiment],
    stations: Stations,
    shift: str | None,
    clip: bool,
    refine: bool,
    layout: str | None,
    space: str | None,
) -> list[tuple[Recording, TransferReport]]:
    """The recording of the first body, as each of the others would have made it."""
    from xlvla_sdk.cli.bodies import body_layout
    from xlvla_sdk.cli.hardware import station_of
    from xlvla_sdk.layouts import transfer

    by = None if shift is None else _shift(shift)
    recording.columns(bodies[0].joints)  # before a codec is trained for nothing
    source = body_layout(bodies[0], layout, space, station_of(stations.source))
    stand = station_of(stations.target)
    targets = [body_layout(body, layout, space, stand) for body in bodies[1:]]
    return [
        transfer(recording, source, target, clip=clip, refine=refine, shift=by)
        for target in targets
    ]


def report_robots(source: str, done: list[Done], as_json: bool) -> None:
    """Says what became of the recording."""
    for joint in done[0][2][1].plain.clipped:
        note(str(joint))
    if as_json:
        say_json([_facts(source, *one) for one in done])
        return
    for name, path, (result, report) in done:
        plain = report.plain
        kept = (
            f"; kept as they are: {', '.join(plain.passed_through)}" if plain.passed_through else ""
        )
        moved = "" if report.shift == (0.0, 0.0, 0.0) else f", moved by {report.shift} m"
        say(
            f"{path}: {len(result)} rows at {plain.rate_hz:.2f} Hz, {source} to {name}{moved}{kept}"
        )
        for line in _lines(report):
            say(f"    {line}")


def _lines(report: TransferReport) -> list[str]:
    arms = [
        f"{side.arm}: follows {side.part:.1%} of the rows, there at most "
        f"{1e3 * side.position_error:.2f} mm and {degrees(side.rotation_error):.2f} degrees off"
        + ("" if side.part == 1.0 else f"; the furthest row is {1e3 * side.furthest:.0f} mm off")
        for side in report.sides
    ]
    joints = [
        f"{each.device}: at most {each.speed:.2f} rad/s ({each.joint}), "
        f"{each.speed / each.limit:.0%} of its limit"
        + (f"; {each.rows} rows go beyond theirs" if each.rows else "")
        for each in report.fastest
    ]
    return arms + joints


def _facts(
    source: str, name: str, path: Path, done: tuple[Recording, TransferReport]
) -> dict[str, Any]:
    result, report = done
    return {
        "from": source,
        "to": name,
        "out": str(path),
        "rows": report.plain.rows,
        "rate_hz": report.plain.rate_hz,
        "columns": list(result.joint_names),
        "kept": list(report.plain.passed_through),
        "clipped": [asdict(joint) for joint in report.plain.clipped],
        "shift": list(report.shift),
        "arms": [asdict(side) for side in report.sides],
        "fastest": [asdict(each) for each in report.fastest],
    }
