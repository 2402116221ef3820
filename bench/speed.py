"""How fast a space is trained: ours, a plain trainer, the paper's code, and the arithmetic alone.

    python -m bench.latent speed
    python -m bench.latent speed --paper-python PYTHON --paper-checkout FOLDER

All take turns in one run, preset `paper` on the four hands published numbers were taken on. A
sample is one posture of one hand: batch times hands of them in a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, Protocol

import torch
import typer

from bench.arithmetic import Floor, flops, products
from bench.paper_code import paper_code
from bench.paper_hands import SHARED, founding_hands
from bench.plain_trainer import PlainTrainer, plain_hand
from bench.results import machine, table, today, write_section
from bench.step_profile import parts
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.latent.presets import PAPER, Preset
from xlvla_sdk.latent.pretraining import founding_hand, space_loss
from xlvla_sdk.latent.training import run, seeded
from xlvla_sdk.specs import HandSpec

GOAL = 8.0
"""How many times the plain trainer's samples a second ours has to take."""
OURS, PLAIN, PAPERS, FLOOR = "ours", "plain", "the paper's code", "matrix products alone"
HEADER = ("what", "threads an operation", "ms a step", "least", "samples a second", "times plain")


class Contestant(Protocol):
    """What takes steps against the clock."""

    def seconds(self, steps: int, threads: int) -> float:
        """How long some steps take on some threads [s]."""
        ...


@dataclass(frozen=True)
class Timing:
    """A contestant's step on some threads: median and least of the repeats [s]."""

    what: str
    threads: int
    median: float
    least: float


class Ours:
    """The steps of `pretrain`, its optimiser, schedule and checks included."""

    def __init__(self, specs: list[HandSpec], preset: Preset, generator: torch.Generator) -> None:
        self.preset, self.generator = preset, generator
        self.hands = [founding_hand(s.id, shared_kinematics(s), preset, generator) for s in specs]
        self.weights = [p for hand in self.hands for p in hand.networks.parameters()]

    def step(self, steps: int = 1) -> None:
        recipe = replace(self.preset, steps=steps)
        run(lambda _: space_loss(self.hands, recipe, self.generator), self.weights, recipe, None)

    def seconds(self, steps: int, threads: int) -> float:
        torch.set_num_threads(threads)
        began = perf_counter()
        self.step(steps)
        return perf_counter() - began


class Plain:
    """The plain trainer's steps."""

    def __init__(self, specs: list[HandSpec], preset: Preset, generator: torch.Generator) -> None:
        hands = [plain_hand(spec, preset, generator) for spec in specs]
        self.trainer = PlainTrainer(hands, preset, generator)

    def seconds(self, steps: int, threads: int) -> float:
        torch.set_num_threads(threads)
        began = perf_counter()
        for _ in range(steps):
            self.trainer.step()
        return perf_counter() - began


def speed(
    paper_python: Annotated[
        Path | None, typer.Option(help="An interpreter with torch and urdf_parser_py.")
    ] = None,
    paper_checkout: Annotated[
        Path | None, typer.Option(help="A checkout of EmptyBlueBox/DexLatent.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Turns each contestant takes.")] = 7,
    steps: Annotated[int, typer.Option(min=1, help="Steps in a turn.")] = 6,
    threads: Annotated[
        list[int] | None, typer.Option(help="Threads, 1 when left out; more take an idle machine.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Postures of each hand in a step.")] = 1024,
    shared: Annotated[Path, typer.Option(help="Where the URDF data lies.")] = SHARED,
) -> None:
    """Times training steps, ours, a plain trainer's and the paper's code's, and says where ours go."""
    preset = replace(PAPER, batch=batch)
    specs = founding_hands(shared)
    wanted = products([len(spec.joints) for spec in specs], preset)
    counts = threads or [1]
    with seeded(7) as generator:
        ours = Ours(specs, preset, generator)
        contestants: dict[str, Contestant] = {
            OURS: ours,
            PLAIN: Plain(specs, preset, generator),
            FLOOR: Floor(wanted),
        }
        with _paper(paper_python, paper_checkout, batch, contestants):
            timings = take_turns(contestants, counts, steps, repeats)
        torch.set_num_threads(1)
        where = parts(lambda: ours.step(steps), 1)
    notes = [*verdict(timings), _floor_note(timings, flops(wanted), where)]
    if PAPERS not in contestants:
        notes.append("The paper's code was NOT timed: give --paper-python and --paper-checkout.")
    notes.append(
        f"Preset `paper`, {batch} postures of each of {len(specs)} hands a step; median of {repeats} "
        f"alternating turns of {steps} steps. Ours works on the hands' shares of a loss side by "
        "side, in a thread a core, whatever the threads of an operation."
    )
    notes.append(f"{today()}, {machine()}, torch {torch.__version__}.")
    write_section("latent", "Speed", table(HEADER, _rows(timings, batch * len(specs))), notes)


@contextmanager
def _paper(
    python: Path | None, checkout: Path | None, batch: int, contestants: dict[str, Contestant]
) -> Iterator[None]:
    """Adds the paper's code to the contestants while inside, if it was given."""
    if python is None or checkout is None:
        print("NOT timing the paper's code: give both --paper-python and --paper-checkout.")
        yield
        return
    with paper_code(python.absolute(), checkout.resolve(), batch) as running:
        contestants[PAPERS] = running
        yield


def take_turns(
    contestants: Mapping[str, Contestant], threads: list[int], steps: int, repeats: int
) -> list[Timing]:
    """Every contestant's timings, one turn after the other; a first round warms up and is dropped."""
    taken: dict[tuple[str, int], list[float]] = {}
    for turn in range(repeats + 1):
        for what, contestant in contestants.items():
            for count in threads:
                seconds = contestant.seconds(steps if turn else 1, count) / steps
                if turn:
                    taken.setdefault((what, count), []).append(seconds)
    return [
        Timing(what, count, median(seconds), min(seconds))
        for (what, count), seconds in taken.items()
    ]


def _best(timings: list[Timing], what: str) -> Timing:
    return min((t for t in timings if t.what == what), key=lambda t: t.median)


def _rows(timings: list[Timing], samples: int) -> list[tuple[str, ...]]:
    plain = _best(timings, PLAIN).median
    return [
        (
            t.what,
            str(t.threads),
            f"{t.median * 1000:.1f}",
            f"{t.least * 1000:.1f}",
            f"{samples / t.median:,.0f}" if t.what != FLOOR else "–",
            f"{plain / t.median:.2f}" if t.what != FLOOR else "–",
        )
        for t in sorted(timings, key=lambda t: (t.median, t.what))
    ]


def verdict(timings: list[Timing]) -> list[str]:
    """Ours, on the one thread that pretraining takes, against the best of the others."""
    ours = min((t for t in timings if t.what == OURS), key=lambda t: t.threads)
    said = []
    for other in (PLAIN, PAPERS):
        if any(t.what == other for t in timings):
            best = _best(timings, other)
            said.append(
                f"Ours on {ours.threads} thread takes {best.median / ours.median:.2f} times the samples "
                f"a second of {other} on its best count of threads, {best.threads}."
            )
    ratio = _best(timings, PLAIN).median / ours.median
    reached = "reached" if ratio >= GOAL else "NOT reached"
    return [*said, f"The goal, {GOAL:.0f} times the plain trainer: {reached}."]


def _floor_note(timings: list[Timing], operations: int, where: dict[str, float]) -> str:
    ours = min((t for t in timings if t.what == OURS), key=lambda t: t.threads)
    floor = next(t for t in timings if t.what == FLOOR and t.threads == ours.threads)
    groups = ", ".join(f"{group} {part:.0%}" for group, part in where.items())
    return (
        f"A step of ours is {operations / 1e9:.2f} GFLOP of matrix products, which alone take "
        f"{floor.median * 1000:.1f} ms ({operations / floor.median / 1e9:.0f} GFLOP/s), so it takes "
        f"{ours.median / floor.median:.2f} times its arithmetic. By the profiler: {groups}."
    )
