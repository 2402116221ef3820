"""What the drivers sustain and survive, against emulated devices on real wires.

    python -m bench.drivers                      # all of it, 90 minutes on an idle machine
    python -m bench.drivers --quick              # 6 minutes, to see that it runs
    python -m bench.drivers --only ability --part rates --seconds 10

Each part writes its own section of the page and leaves the others; of some devices alone (`--only`)
their rows. One device after the other, one wire after the other: nothing is measured while
something else is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from bench import driver_faults, driver_rates, driver_stops
from bench.driver_devices import WALKED, Walked, chosen
from bench.results import machine, merged, rows_of, table, today, write_section

PAGE = "drivers"


class Part(StrEnum):
    """A section of the page."""

    RATES = "rates"
    FAULTS = "faults"
    STOPS = "stops"


def main(
    only: Annotated[
        list[str] | None, typer.Option(help="Devices or wires whose name holds this.")
    ] = None,
    part: Annotated[list[Part] | None, typer.Option(help="Sections; all when left out.")] = None,
    seconds: Annotated[float, typer.Option(min=1.0, help="Of each paced rate.")] = 30.0,
    cycles: Annotated[int, typer.Option(min=10, help="Exchanges at each kind of fault.")] = 10_000,
    stops: Annotated[int, typer.Option(min=2, help="Signals of each kind of end.")] = 20,
    quick: Annotated[
        bool, typer.Option("--quick", help="3 s, 300 exchanges, 2 signals: to try it.")
    ] = False,
    write: Annotated[bool, typer.Option(help="Whether the page is written.")] = True,
) -> None:
    """Measures, and writes docs/results/drivers.md."""
    if quick:
        seconds, cycles, stops = 3.0, 300, 2
    walked, parts = chosen(only), part or list(Part)
    if Part.RATES in parts:
        rates(walked, seconds, write)
    if Part.FAULTS in parts:
        faults(walked, cycles, write)
    if Part.STOPS in parts:
        stop_frames(walked, stops, write)


def rates(walked: Sequence[Walked], seconds: float, write: bool) -> None:
    """The table of sustained rates."""
    found = [driver_rates.measure(one, seconds) for one in _each(walked, "rates")]
    notes = [
        "A cycle is one command and one reading, the emulated device in another process with its "
        f"wire's time on; {seconds:g} s paced at the goal, {seconds / driver_rates.FREE_PART:g} s "
        "as fast as it goes. Error of the period: how far from the goal's the time between two "
        "ends of cycles was.",
        "Of the line: the part of its time that the goal's bytes take, ten bits a byte; of a line "
        "with two directions the busier one. The maker's packages (`sdk`) are emulated ones.",
        _violations(sum(rate.violations for rate in found)),
        _where(walked),
    ]
    rows = _rows("Rates", walked, [rate.row() for rate in found], 1)
    _section("Rates", table(driver_rates.HEADER, rows), notes, write)


def faults(walked: Sequence[Walked], exchanges: int, write: bool) -> None:
    """The table of faults."""
    found = [
        driver_faults.survive(one, kind, exchanges)
        for one in _each(walked, "faults")
        for kind in one.kinds
    ]
    rows = _rows("Faults", walked, [outcome.row() for outcome in found], 2)
    column = driver_faults.HEADER.index
    silent = sum(int(row[column("silent")]) for row in rows)
    late = [row for row in rows if _late(row)]
    notes = [
        f"At least {exchanges} answers each, {driver_faults.PART:.0%} of them spoilt. Exchanges: "
        "answers that the emulated device made. Recovered and refused: as the driver counts "
        "(questions answered all the same, whole answers to something else). Errors: calls that "
        "ended in a DriverError; then the driver was stopped, closed and opened again, on the same bad "
        "line.",
        f"Silent: readings that were not where the joints stood while they were read: {silent} in "
        "all. Every reading was compared.",
        _violations(sum(outcome.violations for outcome in found)),
        "Longest call: a command or a reading, and what its questions' deadlines allow; "
        + (f"{len(late)} were longer." if late else "none was longer.")
        + " Opening, and the first command after it, take their own time (an xArm up to 5 s a try "
        "to be enabled) and stand apart.",
        "On a TCP connection no damaged, missing or additional bytes arrive, so those kinds "
        "(corrupted, truncated, noise) are not played there: Modbus TCP and the xArm's protocol "
        "have no checksum of their own.",
        _where(walked),
    ]
    _section("Faults", table(driver_faults.HEADER, rows), notes, write)


def stop_frames(walked: Sequence[Walked], times: int, write: bool) -> None:
    """The table of stop frames."""
    found = [
        driver_stops.stops(one, way, times)
        for one in _each(walked, "stops")
        for way in driver_stops.ways(one)
    ]
    late = [stop for stop in found if max(stop.taken_s) > driver_stops.GOAL_S]
    notes = [
        f"From the signal to the moment when the emulated device has the whole frame, its wire's "
        f"time included; {times} times each, SIGINT and SIGTERM in turn, in the middle of a motion. "
        "`hanging`: a policy server that does not answer any more; the device stands by then, and the "
        "time is that of the last frame of its stop.",
        f"The goal of {1e3 * driver_stops.GOAL_S:g} ms: "
        + ("reached by all." if not late else f"NOT reached by {', '.join(map(str, late))}."),
        "Afterwards no joint was told to go further, and the program ended with 130 or 143.",
        _where(walked),
    ]
    rows = _rows("Stop frames", walked, [stop.row() for stop in found], 2)
    _section("Stop frames", table(driver_stops.HEADER, rows), notes, write)


def _each(walked: Sequence[Walked], what: str) -> Iterator[Walked]:
    for one in walked:
        print(f"{what}: {one}")
        yield one


def _violations(count: int) -> str:
    if count:
        return f"**{count} commands outside the limits were on the wire.**"
    return "No command outside the limits was on the wire."


def _late(row: Sequence[str]) -> bool:
    longest, allowed = (
        float(row[driver_faults.HEADER.index(name)]) for name in ("longest call [ms]", "allowed")
    )
    return longest > allowed + 1e3 * driver_faults.BUSY_S


def _rows(
    title: str, walked: Sequence[Walked], new: Sequence[Sequence[str]], keys: int
) -> Sequence[Sequence[str]]:
    """The section's rows: of devices that were left out those that the page has."""
    return new if len(walked) == len(WALKED) else merged(rows_of(PAGE, title), new, keys)


def _where(walked: Sequence[Walked]) -> str:
    where = f"{today()}, {machine()}, load {os.getloadavg()[0]:.1f}."
    if len(walked) == len(WALKED):
        return where
    return f"{', '.join(map(str, walked))}: {where} The other rows, before."


def _section(title: str, rows: str, notes: list[str], write: bool) -> None:
    if write:
        write_section(PAGE, title, rows, notes)
        return
    print("\n".join([f"## {title}", "", rows, "", *(f"- {note}" for note in notes)]))


if __name__ == "__main__":
    typer.run(main)
