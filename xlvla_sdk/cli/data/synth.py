"""`xlvla data synth`: scripted demonstrations of a simulated task, without pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.data.bodies import StationFile, Whose
from xlvla_sdk.cli.data.sharing import Processes, To, Version, cores
from xlvla_sdk.cli.hardware import station_of
from xlvla_sdk.cli.output import note, say

if TYPE_CHECKING:
    from xlvla_sdk.synthesis import Synthesized


def synth(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Must not be there yet.")],
    task: Annotated[str, typer.Option(metavar="NAME", help="`xlvla tasks` lists them.")],
    embodiment: Whose,
    episodes: Annotated[int, typer.Option(min=1, help="How many are kept.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Of the first; each has the next one.")] = 0,
    noise: Annotated[
        float,
        typer.Option(min=0.0, metavar="M", help="How far waypoints stray [m]; 0.01 varies."),
    ] = 0.0,
    disturbance: Annotated[
        float,
        typer.Option(
            min=0.0,
            metavar="RAD",
            help="How far arms are pushed off their way [rad]; 0.01 shows it.",
        ),
    ] = 0.0,
    keep_failures: Annotated[
        bool, typer.Option("--keep-failures", help="Keep every episode, done or not.")
    ] = False,
    processes: Processes = None,
    station: StationFile = None,
    to: To = Version.V30,
) -> None:
    """Demonstrate a simulated task by a script, and keep what its judge calls done.

    Rows are raw joints at 20 Hz, measured and commanded, and the simulation's whole state, from which
    `render` draws pictures. The same command gives the same rows, however many processes
    there are. When it is interrupted, the same command goes on. Needs `pip install
    xlvla-sdk[data,sim]`.

    \b
    Examples:
      xlvla data synth pushes/ --task push-cans --embodiment xarm7+xhand:right --episodes 50
      xlvla data synth shaken/ --task push-cans --embodiment xarm7+xhand:right --disturbance 0.01
      xlvla data synth boxes/ --task place-box --embodiment g1+inspire:both --noise 0.01 --seed 1000
    """
    from xlvla_sdk.synthesis import SynthPlan, synthesize

    lab = station_of(station)
    plan = SynthPlan(task, embodiment, episodes, seed, noise, disturbance, keep_failures, lab)
    told = _told if sys.stderr.isatty() else None
    done = synthesize(
        plan, out, version=str(to), processes=min(cores(processes), episodes), told=told
    )
    _say(done, out, to)


def _told(successes: int, tried: int, wanted: int) -> None:
    end = "\n" if successes == wanted else "\r"
    sys.stderr.write(f"synth: {successes} of {tried} episodes were done, {wanted} are wanted{end}")
    sys.stderr.flush()


def _say(done: Synthesized, out: Path, to: Version) -> None:
    for failure, times in done.failures.items():
        note(f"failed, {times} times: {failure}")
    say(f"success  {done.successes} of {done.attempts}, {100 * done.rate:.0f} %")
    say(
        f"{out}: {to}, {done.kept} episodes, {done.rows} rows at 20 Hz, {done.seconds / 60:.1f} min"
    )
