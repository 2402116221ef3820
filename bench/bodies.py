"""Whole robots: how well others follow a recorded one, and how long a chunk takes to decode.

    python -m bench.bodies --recording teleop.npz --from xarm7+inspire:right

On a machine with other work, times hold the other work's, too; CPU time stands beside them.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy loads its linear algebra

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Annotated

import numpy as np
import typer

from bench.results import machine, table, today, write_section
from xlvla_sdk import find_codec
from xlvla_sdk.layouts import XL1, transfer
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry

TARGETS = ("xarm7+xhand:right", "xarm7+paxini:right", "xarm7+ability:right", "g1+inspire:right")
CHUNKS = ("xarm7+inspire:both", "xarm7+xhand:both", "g1+inspire:both")
HEADER = ("target", "hands", "rows followed", "pinch point [mm]", "palm [deg]")
HEADER += ("arm's fastest joint [rad/s]", "of its limit", "largest step of the arm [rad]")


def layout_of(text: str) -> XL1:
    """Layout xl-1 of a body, where its plugins say it stands."""
    body = registry().embodiment(text)
    return XL1(body, {hand.id: find_codec(hand) for hand in body.hands})


def off(source: XL1, target: XL1, recording: Recording, moved: Recording) -> tuple[float, float]:
    """The largest distance between pinch points [mm] and angle between palms [deg], over `qpos`."""
    qpos = recording.select(source.embodiment.joints).qpos
    wanted = source.encode(np.clip(qpos, *source.embodiment.limits))
    got = target.encode(moved.select(target.embodiment.joints).qpos)
    (one,), (other,) = source.sides, target.sides
    wanted, got = wanted[:, one.arm_row], got[:, other.arm_row]
    distance = np.linalg.norm(wanted[:, :3] - got[:, :3], axis=1)
    turns = (rotation(rows) for rows in (wanted, got))
    cosine = 0.5 * (np.einsum("nij,nij->n", *turns) - 1.0)
    return 1e3 * float(distance.max()), float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max())


def rotation(columns: np.ndarray) -> np.ndarray:
    x, y = columns[:, 3:6], columns[:, 6:9]
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def followed(recording: Recording, source: XL1, name: str, refine: bool) -> list[str]:
    """One line of the table."""
    target = layout_of(name)
    moved, report = transfer(recording, source, target, refine=refine)
    position, rotation_off = off(source, target, recording, moved)
    arm = report.fastest[0]
    steps = np.abs(np.diff(moved.qpos[:, : len(target.embodiment.parts[0].joints)], axis=0))
    return [
        name,
        "refined" if refine else "latent",
        f"{report.part:.1%}",
        f"{position:.3f}",
        f"{rotation_off:.3f}",
        f"{arm.speed:.2f}",
        f"{arm.speed / arm.limit:.0%}",
        f"{steps.max():.4f}",
    ]


def write_transfer(recording: Recording, name: str, targets: Sequence[str]) -> None:
    source = layout_of(name)
    lines = [
        followed(recording, source, target, refine)
        for target in targets
        for refine in (False, True)
    ]
    notes = [
        "Rows of `qpos` and `action` within 5 mm and 3 degrees; largest errors and speeds over `qpos`, "
        "every row. No shift; every robot stands where its plugin says.",
        "A jump would be a joint faster than its velocity limit from a row to the next.",
        f"{today()}, space {source.space}, {Path(recording.source).name}.",
    ]
    write_section("bodies", f"From {name}", table(HEADER, lines), notes)


def write_times(repeats: int) -> None:
    lines = []
    for name in CHUNKS:
        layout = layout_of(name)
        rows, start = _chunk(layout)
        wall, cpu = np.array([_timed(layout, rows, start) for _ in range(repeats)]).T * 1e3
        shape = f"{rows.shape[0]} x {rows.shape[1]}"
        times = (wall.min(), np.median(wall), cpu.min(), np.median(cpu))
        lines.append([name, shape, *(f"{ms:.1f}" for ms in times)])
    header = (
        "body",
        "chunk",
        "shortest [ms]",
        "median [ms]",
        "CPU, shortest [ms]",
        "CPU, median [ms]",
    )
    load = os.getloadavg()[0]
    notes = [
        f"Goal: 25 ms. {today()}, {machine()}, one thread, load {load:.1f}, {repeats} repeats."
    ]
    write_section("bodies", "Decoding a chunk", table(header, lines), notes)


def _chunk(layout: XL1) -> tuple[np.ndarray, np.ndarray]:
    """64 rows of 50 ms in which every arm joint goes 0.4 rad and every hand closes, and the start."""
    rng, ends = np.random.default_rng(7), []
    for closed in (0.2, 0.8):
        parts = []
        for part in layout.embodiment.parts:
            lower, upper = part.limits
            if part in layout.embodiment.hands:
                parts.append(lower + closed * (upper - lower))
            else:
                parts.append(part.posture("ready") + rng.uniform(-0.2, 0.2, len(lower)))
        ends.append(np.concatenate(parts))
    along = np.linspace(0.0, 1.0, 64)[:, None]
    return layout.encode(ends[0] + along * (ends[1] - ends[0])), ends[0]


def _timed(layout: XL1, rows: np.ndarray, start: np.ndarray) -> tuple[float, float]:
    begun, used = perf_counter(), process_time()
    layout.decode(rows, start)
    return perf_counter() - begun, process_time() - used


def main(
    recording: Annotated[Path, typer.Option(help="An NPZ recording.")],
    source: Annotated[str, typer.Option("--from", help="Whose it is.")] = "xarm7+inspire:right",
    repeats: Annotated[int, typer.Option(min=1, help="Of every chunk.")] = 30,
) -> None:
    """Retargets a recording to other robots and measures it; times the decoding of chunks."""
    write_transfer(Recording.load(recording), source, TARGETS)
    write_times(repeats)


if __name__ == "__main__":
    typer.run(main)
