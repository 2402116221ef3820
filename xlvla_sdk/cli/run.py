"""`xlvla run`: a policy moves a body."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.bodies import REPLAY, Array, From, LayoutName, Mirror, body_layout, replay
from xlvla_sdk.cli.options import AsJson, Space
from xlvla_sdk.cli.output import columns, note, say, say_json
from xlvla_sdk.errors import PolicyError

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Driver
    from xlvla_sdk.layouts import Layout
    from xlvla_sdk.policy import EpisodeReport, Policy
    from xlvla_sdk.specs import ArmSpec, Embodiment, HandSpec


class DriverKind(StrEnum):
    """What moves."""

    SIMULATED = "simulated"
    MUJOCO = "mujoco"


def run(
    embodiment: Annotated[str, typer.Argument(help="What moves, as in xhand:right.")],
    policy: Annotated[
        str | None,
        typer.Option(metavar="URI", help="ws://host:port, or replay:FILE without a server."),
    ] = None,
    driver: Annotated[DriverKind, typer.Option(help="In numpy, or in MuJoCo.")] = (
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
    sim_clock: Annotated[
        bool, typer.Option("--sim-clock", help="In simulated time: as fast as it goes.")
    ] = False,
    recorded: From = None,
    array: Array = None,
    mirror: Mirror = False,
    layout: LayoutName = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Run a policy on a simulated body.

    Runs until the policy says that the episode is over. A hand without a codec is onboarded
    first. A plain openpi server, which does not say what its rows are, is taken only with
    --layout and --space.

    \b
    Examples:
      xlvla run xhand:right --policy ws://127.0.0.1:8000
      xlvla run ability:left --policy replay:motion.npz --mirror --driver mujoco
      xlvla run xhand:right --policy replay:motion.npz --sim-clock --record out.npz --json
    """
    from xlvla_sdk.policy import RunSettings, SimClock, WallClock, run_episode
    from xlvla_sdk.registry import registry

    uri = _uri(policy)
    body = registry().embodiment(embodiment)
    clock = SimClock() if sim_clock else WallClock()
    settings = RunSettings(rate_hz=rate, max_time_s=duration, prompt=prompt)
    drivers = [_driver(driver, part, clock.now) for part in body.parts]
    if uri.startswith(REPLAY):
        chosen: Policy = replay(uri, recorded, array, mirror, layout, space)
        rows = body_layout(body, layout, space)
    else:
        chosen, rows = _remote(uri, body, layout, space)
    with chosen:
        report = run_episode(drivers, rows, chosen, clock, settings)
    if record is not None:
        report.recording().save(record)
        note(f"{record}: {len(report.time_s)} rows")
    _report(report, as_json)


def _driver(kind: DriverKind, part: HandSpec | ArmSpec, now: Callable[[], float]) -> Driver:
    if kind is DriverKind.MUJOCO:
        from xlvla_sdk.sim import MujocoDriver

        return MujocoDriver(part, now=now)
    from xlvla_sdk.drivers import SimulatedDriver

    return SimulatedDriver(part, now=now)


def _uri(policy: str | None) -> str:
    if policy is None:
        raise PolicyError(
            "no policy is given. Write --policy ws://host:port for a server, or --policy "
            "replay:FILE for a recording."
        )
    if not policy.startswith(("ws://", "wss://", REPLAY)):
        raise PolicyError(f"'{policy}' is no policy. Write ws://host:port, or replay:FILE.")
    return policy


def _remote(
    uri: str, body: Embodiment, layout: str | None, space: str | None
) -> tuple[Policy, Layout]:
    from xlvla_sdk.policy import Metadata, OpenPIClient, RemotePolicy

    client = OpenPIClient(uri)
    client.get_server_metadata()  # a dead server is said before a hand is trained for it
    rows = body_layout(body, layout, space)
    named = layout is not None and (space is not None or rows.space is None)
    return RemotePolicy(client, Metadata.of(rows) if named else None), rows


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
        ("holds", report.holds),
        ("limits touched", f"{report.limits_touched}, clipped {report.clipped}"),
        ("worst period", f"{1e3 * report.worst_period_error_s:.1f} ms off"),
    ]
    say(columns(lines))
