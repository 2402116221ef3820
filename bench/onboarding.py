"""How good a hand is that joins a space, and how long it takes.

    python -m bench.latent onboard
    python -m bench.latent onboard --together --keep FOLDER

Allegro and LEAP are onboarded to the shipped space. With --together every hand is also compared
with what training all hands at once gives it (bench/together.py): a pretraining for each of seven
sets of hands. Spaces and measures are kept in FOLDER: a bench that was interrupted goes on, and
two processes with the same FOLDER share the work.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Annotated

import torch
import typer

from bench.measured import HEADER, measured_rows
from bench.paper_hands import SHARED, new_hands
from bench.results import machine, table, today, write_section
from bench.together import compare_with_together
from xlvla_sdk.codec import LatentSpace, load_space
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.kinematics.reference import check_against_reference
from xlvla_sdk.latent.evaluation import evaluate
from xlvla_sdk.latent.fitting import FIT
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.onboarding import OnboardReport, onboard
from xlvla_sdk.specs import HandSpec

GOAL_S = 15.0
"""How long onboarding may take on two idle cores, imports not counted [s]."""


def new(
    together: Annotated[
        bool, typer.Option("--together", help="Beside training all hands at once; takes long.")
    ] = False,
    keep: Annotated[
        Path, typer.Option(help="With --together: where spaces and measures are kept.")
    ] = Path("together"),
    only: Annotated[str | None, typer.Option(help="These hands, between commas.")] = None,
    steps: Annotated[int | None, typer.Option(help="Fewer steps, to try the bench.")] = None,
    seed: int = 7,
    shared: Annotated[Path, typer.Option(help="Where the URDF data lies.")] = SHARED,
) -> None:
    """Onboards Allegro and LEAP to the shipped space, or all hands beside training together."""
    hands = None if only is None else only.split(",")
    if together:
        compare_with_together(keep, hands, steps, seed, shared, joined)
        return
    specs = [spec for spec in new_hands(shared) if hands is None or spec.name in hands]
    _new_hands(specs, load_space(), steps, seed)


def _new_hands(specs: list[HandSpec], shipped: LatentSpace, steps: int | None, seed: int) -> None:
    rows = measured_rows("founding four", evaluate(shipped.hands))
    notes = []
    for spec in specs:
        report, seconds = joined(spec, shipped, steps, seed)
        rows += measured_rows(spec.id, report.measured)
        notes.append(
            f"`{spec.id}` in {shipped.id}: onboarded in {seconds:.1f} s (goal {GOAL_S:.0f} s on two "
            f"idle cores), {report.seconds:.1f} s of it training, seed {seed}; "
            f"{report.verdict.reason}"
        )
    rows.sort(key=lambda row: row[0], reverse=True)
    where = f"{today()}, {machine()}, torch {torch.__version__}."
    write_section("latent", "New hands", table(HEADER, rows), [*notes, where])


def joined(
    spec: HandSpec, space: LatentSpace, steps: int | None, seed: int
) -> tuple[OnboardReport, float]:
    """Onboards a hand as `xlvla onboard` does, bar and all, and how long that took [s].

    What is imported on the way is imported before.
    """
    check_against_reference(spec, hand_kinematics(spec))  # imports what it checks against
    preset: Preset | None = None if steps is None else replace(FIT, steps=steps)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "codec.safetensors"
        began = perf_counter()
        report = onboard(spec, space, preset=preset, seed=seed, accept=True, out=out)
        return report, perf_counter() - began
