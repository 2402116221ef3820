"""How well and how fast inverse kinematics works: ours, and the well-kept libraries on the same poses.

    python -m bench.ik
    python -m bench.ik --recording teleop.npz

One core. Solvers take turns, a block of poses each, so that another process slows all of them. On a machine with other
work times are longer than an idle one's; their ratios hold.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy loads its linear algebra

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import numpy as np
import typer

from bench.ik_solvers import Ours, Solver, errors, solvers
from bench.results import machine, table, today, write_section
from xlvla_sdk.kinematics import ArmKinematics, arm_kinematics
from xlvla_sdk.kinematics.ik import Reached, solve, solve_anywhere, solve_rows
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import load_registry
from xlvla_sdk.specs import ArmSpec

ARMS = ("xarm7", "g1:right", "g1:left")
ASIDE = 0.2
"""Seeds lie this far [rad] from a posture of the pose, in every joint."""
NEAR = 0.02
"""The same of a row that a runner asks for, from the measured arm."""
BLOCKS = 6
HORIZON = 64
RATE_HZ = 20.0


def posed(arm: ArmKinematics, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Poses of random postures within the limits, and seeds aside of these postures."""
    rng = np.random.default_rng(0)
    qpos = rng.uniform(*arm.limits, (count, len(arm.joints)))
    return arm.fk(qpos), np.clip(qpos + rng.choice([-ASIDE, ASIDE], qpos.shape), *arm.limits)


def timed(call: Callable[[], np.ndarray | Reached]) -> tuple[np.ndarray | Reached, float]:
    began = perf_counter()
    answer = call()
    return answer, perf_counter() - began


def quality(arm: ArmKinematics, T: np.ndarray, qpos: np.ndarray) -> list[str]:
    """The share reached, then percentiles of the errors."""
    far, turn = errors(arm, T, qpos)
    share = 100 * np.mean((far <= 1.0) & (turn <= 0.5))
    percentiles = [np.percentile(each, at) for each in (far, turn) for at in (50, 99)]
    return [f"{share:.2f}", *(f"{value:.3f}" for value in percentiles)]


QUALITY = ("reached [%]", "50 % [mm]", "99 % [mm]", "50 % [deg]", "99 % [deg]")


def where() -> str:
    return f"{today()}, {machine()}, one thread, load {os.getloadavg()[0]:.1f}."


def accuracy(specs: Sequence[ArmSpec], poses: int, restarts: int) -> None:
    """Ours, many poses: one try from aside, and from mid-range with restarts."""
    rows = []
    for spec in specs:
        arm = arm_kinematics(spec)
        T, seed = posed(arm, poses)
        middle = 0.5 * (arm.lower + arm.upper)
        ways: list[tuple[str, Callable[[], Reached]]] = [
            ("0.2 rad aside, one try", lambda arm=arm, T=T, seed=seed: solve(arm, T, seed)),
            ("mid-range, one try", lambda arm=arm, T=T, seed=middle: solve(arm, T, seed)),
            (
                f"mid-range, {restarts} restarts",
                lambda arm=arm, T=T: solve_anywhere(arm, T, restarts, seed=0),
            ),
        ]
        for name, call in ways:
            answer, seconds = timed(call)
            assert isinstance(answer, Reached)
            milliseconds = f"{1e3 * seconds / poses:.3f}"
            rows.append([spec.id, name, *quality(arm, T, answer.qpos), milliseconds])
    notes = [
        f"{poses} random postures an arm; their poses are sought together, all in one call.",
        "Goal from aside: a 99th percentile of 1 mm and 0.5 degrees.",
        where(),
    ]
    header = ("arm", "from", *QUALITY, "a pose [ms]")
    write_section("ik", "Accuracy", table(header, rows), notes)


def compared(specs: Sequence[ArmSpec], poses: int, restarts: int) -> None:
    """Every solver on the same poses, taking turns."""
    rows, anywhere = [], []
    with TemporaryDirectory() as folder:
        for spec in specs:
            arm, rivals = arm_kinematics(spec), list(solvers(spec, Path(folder)))
            T, seed = posed(arm, poses)
            for solver in rivals:
                solver.solve(T[:1], seed[:1])  # warms up
            found, seconds = taking_turns(rivals, T, seed)
            for solver in rivals:
                milliseconds = f"{1e3 * seconds[solver.name] / poses:.2f}"
                rows.append(
                    [spec.id, solver.name, *quality(arm, T, found[solver.name]), milliseconds]
                )
            for solver in rivals:
                few = T[: max(1, poses // 5)]
                (qpos, tries), taken = restarted(arm, solver, few, restarts)
                far, turn = errors(arm, few, qpos)
                share = f"{100 * np.mean((far <= 1.0) & (turn <= 0.5)):.1f}"
                row = [spec.id, solver.name, share, f"{tries:.2f}", f"{1e3 * taken / len(few):.2f}"]
                anywhere.append(row)
    notes = [f"{poses} poses an arm, seeds 0.2 rad aside in every joint, one try.", where()]
    header = ("arm", "solver", *QUALITY, "a pose [ms]")
    write_section("ik", "Solvers compared", table(header, rows), notes)
    notes = [f"{poses // 5} poses an arm, mid-range, then up to {restarts} random seeds.", where()]
    header = ("arm", "solver", "reached [%]", "tries", "a pose [ms]")
    write_section("ik", "Solvers compared, from anywhere", table(header, anywhere), notes)


def taking_turns(
    rivals: Sequence[Solver], T: np.ndarray, seed: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Every solver's postures, and its seconds."""
    found: dict[str, list[np.ndarray]] = {solver.name: [] for solver in rivals}
    seconds = dict.fromkeys(found, 0.0)
    for rows in np.array_split(np.arange(len(T)), BLOCKS):
        for solver in rivals:
            answer, taken = timed(
                lambda solver=solver, rows=rows: solver.solve(T[rows], seed[rows])
            )
            assert isinstance(answer, np.ndarray)
            found[solver.name].append(answer)
            seconds[solver.name] += taken
    return {name: np.concatenate(parts) for name, parts in found.items()}, seconds


def restarted(
    arm: ArmKinematics, solver: Solver, T: np.ndarray, restarts: int
) -> tuple[tuple[np.ndarray, float], float]:
    """Postures from mid-range, then from the same random seeds for every solver; tries a pose."""
    rng, began = np.random.default_rng(1), perf_counter()
    qpos = np.tile(0.5 * (arm.lower + arm.upper), (len(T), 1))
    open_, tries, seeds = np.arange(len(T)), 0, qpos.copy()
    for _ in range(restarts + 1):
        tries += len(open_)
        qpos[open_] = solver.solve(T[open_], seeds[open_])
        far, turn = errors(arm, T[open_], qpos[open_])
        open_ = open_[(far > 1.0) | (turn > 0.5)]
        if not len(open_):
            break
        seeds = rng.uniform(*arm.limits, qpos.shape)
    return (qpos, tries / len(T)), perf_counter() - began


def one_row(specs: Sequence[ArmSpec], poses: int) -> None:
    """A row as a runner asks for it, a hundredth of a second's motion away."""
    rows = []
    with TemporaryDirectory() as folder:
        for spec in specs:
            arm = arm_kinematics(spec)
            qpos = np.random.default_rng(2).uniform(*arm.limits, (poses, len(arm.joints)))
            T, seed = arm.fk(qpos), qpos + np.random.default_rng(3).uniform(-NEAR, NEAR, qpos.shape)
            seed = np.clip(seed, *arm.limits)
            for solver in solvers(spec, Path(folder)):
                if isinstance(solver, Ours) and solver.at_once:
                    continue
                taken = [
                    timed(lambda s=solver, pair=pair: s.solve(*pair))[1]
                    for pair in zip(T[:, None], seed[:, None], strict=True)
                ]
                least, middle, most = 1e3 * np.percentile(taken, [5, 50, 95])
                row = [spec.id, solver.name, f"{least:.2f}", f"{middle:.2f}", f"{most:.2f}"]
                rows.append(row)
    notes = [f"{poses} poses, seeds up to {NEAR} rad aside. Goal: about 1 ms.", where()]
    header = ("arm", "solver", "5 % [ms]", "50 % [ms]", "95 % [ms]")
    write_section("ik", "One row", table(header, rows), notes)


def path_of(spec: ArmSpec, recording: Path | None) -> tuple[str, np.ndarray]:
    """Postures of the arm, RATE_HZ a second: the recording's, or a made-up motion's."""
    if recording is None:
        ready, t = spec.posture("ready"), np.arange(4 * HORIZON) / RATE_HZ
        swing = 0.3 * np.sin(t[:, None] * np.array([0.9, 1.1, 0.7, 1.3, 0.8, 1.2, 1.0]))
        return "a made-up motion", np.clip(ready + swing, *spec.limits)
    recorded = Recording.load(recording)
    rows = np.arange(0, recorded.time_s[-1], 1.0 / RATE_HZ)
    at = np.searchsorted(recorded.time_s, rows).clip(max=len(recorded) - 1)
    return recording.name, recorded.select(spec.joints).qpos[at]


def chunks(spec: ArmSpec, recording: Path | None, repeats: int) -> None:
    """Chunks of a motion, from where the arm was: ours at once, others row after row."""
    arm, (what, path) = arm_kinematics(spec), path_of(spec, recording)
    begins = np.linspace(0, len(path) - HORIZON, repeats).astype(int)
    with TemporaryDirectory() as folder:
        rivals = [s for s in solvers(spec, Path(folder)) if not (isinstance(s, Ours) and s.at_once)]
        taken: dict[str, list[float]] = {
            "xlvla_sdk, rows at once": [],
            **{s.name: [] for s in rivals},
        }
        worst: dict[str, list[float]] = {name: [] for name in taken}
        apart: list[float] = []
        for begin in begins:
            T, start = arm.fk(path[begin : begin + HORIZON]), path[begin]
            once, seconds = timed(lambda T=T, start=start: solve_rows(arm, T, start))
            assert isinstance(once, Reached)
            answers = {"xlvla_sdk, rows at once": (once.qpos, seconds)}
            for solver in rivals:
                began = perf_counter()
                answers[solver.name] = row_after_row(solver, T, start), perf_counter() - began
            for name, (qpos, seconds) in answers.items():
                taken[name].append(1e3 * seconds)
                worst[name].append(float(errors(arm, T, qpos)[0].max()))
            apart.append(float(np.abs(answers[rivals[0].name][0] - once.qpos).max()))
    rows = [
        [
            name,
            f"{min(taken[name]):.1f}",
            f"{np.median(taken[name]):.1f}",
            f"{max(worst[name]):.4f}",
        ]
        for name in taken
    ]
    notes = [
        f"{repeats} chunks of {HORIZON} rows at {RATE_HZ:g} Hz of {what}, {spec.id}.",
        f"Our rows at once and one after the other differ by at most {1e3 * max(apart):.4f} mrad.",
        "Goal for two arms: about 15 ms.",
        where(),
    ]
    header = ("solver", "least [ms]", "median [ms]", "largest error [mm]")
    write_section("ik", "A chunk", table(header, rows), notes)


def row_after_row(solver: Solver, T: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Postures of a chunk, each sought from the one before it."""
    rows, before = [], start
    for pose in T:
        before = solver.solve(pose[None], before[None])[0]
        rows.append(before)
    return np.array(rows)


def main(
    recording: Annotated[Path | None, typer.Option(help="An NPZ recording of an xarm7.")] = None,
    poses: Annotated[int, typer.Option(min=100, help="For ours.")] = 10_000,
    shared: Annotated[int, typer.Option(min=50, help="For all solvers.")] = 250,
    restarts: Annotated[int, typer.Option(min=0)] = 20,
    repeats: Annotated[int, typer.Option(min=1, help="Chunks.")] = 8,
) -> None:
    """Measures ours, then all that are installed, then chunks."""
    devices = load_registry().devices
    specs = [spec for name in ARMS if isinstance(spec := devices[name].spec, ArmSpec)]
    accuracy(specs, poses, restarts)
    compared(specs[:2], shared, restarts)
    one_row(specs[:1], shared)
    chunks(specs[0], recording, repeats)


if __name__ == "__main__":
    typer.run(main)
