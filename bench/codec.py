"""How long a codec takes at run time, on one core: encode, decode, a block, a recording, loading.

    python -m bench.codec
    python -m bench.codec --recording teleop.npz --from inspire:right

The hands of the shipped space, and made-up networks as wide as any that may come. On a machine with
other work the tail is the other work's.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy loads its linear algebra

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter_ns
from typing import Annotated

import numpy as np
import typer

from bench.results import machine, table, today, write_section
from xlvla_sdk.codec import LatentCodec, load_space, save_codec
from xlvla_sdk.codec.codec import DELTAS
from xlvla_sdk.codec.mlp import Activation, Layer, Mlp
from xlvla_sdk.codec.retarget import retarget
from xlvla_sdk.messages import Recording

BLOCK = 64
"""Rows of the latent block that a policy answers with."""
EDGES = (0, 20, 30, 40, 50, 60, 80, 100, 120, 160, 240, 400, 800, np.inf)
"""Of the histogram's bins [us]."""
BAR = 50
"""How long the histogram's longest bar is."""
GOALS = (
    "Goals: one row in a median of 120 us and a 99th percentile of 400 us, a block in 500 us; the "
    "recording onto four hands in 50 ms; a codec loaded in 30 ms, without torch."
)
HEADER = ("codec", "encode [us]", "99 %", "decode [us]", "99 %", "encode 64 [us]", "decode 64 [us]")


@dataclass(frozen=True)
class Times:
    """One codec's times [us]: of every call with one row, and the median of those with a block."""

    name: str
    encode: np.ndarray
    decode: np.ndarray
    encode_block: float
    decode_block: float

    @staticmethod
    def of(name: str, codec: LatentCodec, calls: int) -> Times:
        """Different postures, one after the other; codes of postures are decoded."""
        rng = np.random.default_rng(7)
        qpos = rng.uniform(*codec.limits, (BLOCK, len(codec.joints)))
        latent = codec.encode(qpos)
        blocks = max(1, calls // 10)
        return Times(
            name,
            microseconds(codec.encode, list(qpos), calls),
            microseconds(codec.decode, list(latent), calls),
            float(np.median(microseconds(codec.encode, [qpos], blocks))),
            float(np.median(microseconds(codec.decode, [latent], blocks))),
        )

    def row(self) -> list[str]:
        one = [
            f"{value:.1f}"
            for times in (self.encode, self.decode)
            for value in (np.median(times), np.percentile(times, 99))
        ]
        return [self.name, *one, f"{self.encode_block:.0f}", f"{self.decode_block:.0f}"]


def microseconds(
    call: Callable[[np.ndarray], object], inputs: list[np.ndarray], calls: int
) -> np.ndarray:
    """How long each call takes [us], after two to warm up."""
    nanoseconds = np.empty(calls + 2)
    for index in range(len(nanoseconds)):
        given = inputs[index % len(inputs)]
        began = perf_counter_ns()
        call(given)
        nanoseconds[index] = perf_counter_ns() - began
    return nanoseconds[2:] / 1e3


def histogram(times: np.ndarray) -> str:
    """How many calls took how long, a line a bin."""
    counts, _ = np.histogram(times, EDGES)
    last = int(counts.nonzero()[0].max())
    lines = []
    for count, (low, high) in list(zip(counts, pairwise(EDGES), strict=True))[: last + 1]:
        between = f"{low:4.0f} to {high:3.0f} us" if np.isfinite(high) else f"{low:4.0f} us and up"
        bar = "#" * int(np.ceil(BAR * count / counts.max()))
        lines.append(f"{between:15} {count:7d} {bar}".rstrip())
    return "\n".join(lines)


def made_up(like: LatentCodec, activation: Activation, deltas: bool = False) -> LatentCodec:
    """A codec of the same hand with two hidden layers of 256, its weights drawn."""
    rng = np.random.default_rng(7)

    def network(*widths: int) -> Mlp:
        def drawn(*shape: int) -> np.ndarray:
            return rng.normal(scale=shape[-1] ** -0.5, size=shape).astype(np.float32)

        *hidden, last = pairwise(widths)
        layers = [Layer(drawn(o, i), drawn(o), 1.0 + drawn(o), drawn(o)) for i, o in hidden]
        return Mlp((*layers, Layer(drawn(*last[::-1]), drawn(last[1]))), activation)

    joints, width = len(like.joints), like.width
    return replace(
        like,
        encoder=network(joints + (DELTAS if deltas else 0), 256, 256, 2 * width),
        decoder=network(width, 256, 256, joints),
        reads="joints+deltas" if deltas else "joints",
    )


def codecs() -> Iterator[tuple[str, LatentCodec]]:
    """The shipped hands' codecs, and made-up ones of the hand that has the most joints."""
    hands = load_space().hands
    yield from hands.items()
    widest = max(hands.values(), key=lambda codec: len(codec.joints))
    yield "256-256, relu", made_up(widest, "relu")
    yield "256-256, silu", made_up(widest, "silu")
    yield "256-256, silu, reads deltas", made_up(widest, "silu", deltas=True)


def interruptions() -> int:
    """How often the system has taken the core from this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def where() -> str:
    return f"{today()}, {machine()}, one thread, load {os.getloadavg()[0]:.1f}."


def single_rows(calls: int) -> None:
    """Measures one row and blocks of every codec."""
    before = interruptions()
    times = [Times.of(name, codec, calls) for name, codec in codecs()]
    shipped = times[: len(load_space().hands)]
    taken = interruptions() - before
    parts = [table(HEADER, [each.row() for each in times])]
    for what in ("encode", "decode"):
        together = np.concatenate([getattr(each, what) for each in shipped])
        parts.append(f"One row, {what}, shipped hands:\n\n```\n{histogram(together)}\n```")
    notes = [
        GOALS,
        f"{calls} calls each; medians. Other processes took the core {taken} times meanwhile: as many "
        "calls waited for them, too.",
        where(),
    ]
    write_section("codec", "One row, and blocks of 64", "\n\n".join(parts), notes)


def recorded(path: Path, source: str, repeats: int) -> None:
    """Measures a recording's way onto every hand of the space, itself among them."""
    recording, hands = Recording.load(path), load_space().hands

    def onto_all(_: np.ndarray) -> None:
        for target in hands.values():
            retarget(recording, hands[source], target)

    def coded(qpos: np.ndarray) -> None:
        for target in hands.values():
            target.decode(hands[source].encode(qpos))

    qpos = np.clip(recording.select(hands[source].joints).qpos, *hands[source].limits)
    rows = [
        [what, str(len(recording)), f"{np.median(microseconds(call, [qpos], repeats)) / 1e3:.1f}"]
        for what, call in (("encode and decode `qpos`", coded), ("`retarget`", onto_all))
    ]
    what = f"A recording of {source} onto {len(hands)} hands"
    notes = [f"By the latent alone, without refining; medians of {repeats}.", where()]
    write_section("codec", what, table(("what", "rows", "ms"), rows), notes)


_LOADING = """
import sys; from time import perf_counter
begun = perf_counter(); from pathlib import Path; from xlvla_sdk.codec import load_codec, load_space
imported = perf_counter(); codec = load_codec(Path(sys.argv[1]))
loaded = perf_counter(); space = load_space()
ready = perf_counter(); codec.decode(codec.encode(codec.limits.lower))
used = perf_counter()
print(imported - begun, loaded - imported, ready - loaded, used - ready)
assert "torch" not in sys.modules, "torch was loaded"
"""


def _loaded(path: Path) -> list[str]:
    # A user's Python keeps compiled modules; an environment that forbids it measures the compiler.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", _LOADING, str(path)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.split()


def loading(repeats: int) -> None:
    """Measures loading, each time in a new process; fails where that loads torch."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "codec.safetensors"
        save_codec(made_up(next(iter(load_space().hands.values())), "silu", deltas=True), path)
        told = [_loaded(path) for _ in range(repeats + 1)][1:]  # the first fills the caches
    whats = ("import xlvla_sdk.codec", "load a codec, 256-256", "load the shipped space")
    whats += ("first encode and decode",)
    taken = [1e3 * median(map(float, seconds)) for seconds in zip(*told, strict=True)]
    rows = [[what, f"{ms:.1f}"] for what, ms in zip(whats, taken, strict=True)]
    notes = [
        f"Medians of {repeats} new processes; none loads torch.",
        where(),
    ]
    write_section("codec", "Loading", table(("what", "ms"), rows), notes)


def main(
    recording: Annotated[Path | None, typer.Option(help="An NPZ recording.")] = None,
    source: Annotated[str, typer.Option("--from", help="The hand recorded.")] = "inspire:right",
    calls: Annotated[int, typer.Option(min=100, help="Calls with one row.")] = 20_000,
    repeats: Annotated[int, typer.Option(min=1, help="Of the recording and loading.")] = 11,
) -> None:
    """Measures one row, blocks, loading and, where one is given, a recording."""
    single_rows(calls)
    if recording is not None:
        recorded(recording, source, repeats)
    loading(repeats)


if __name__ == "__main__":
    typer.run(main)
