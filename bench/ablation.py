"""The paper's ablation on our definitions: what each part of the recipe is there for.

    python -m bench.latent ablation --seeds 7,8

Preset `paper`, and the same without L1, without L2, without its direction term, and with a latent
of 128, trained on the four hands published numbers were taken on and measured on both test sets.
The paper's own table was taken on other postures in its own setup: its conclusions are compared,
not its digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Annotated

import torch
import typer

from bench.paper_hands import SHARED, founding_hands
from bench.results import machine, table, today, write_section
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.latent.evaluation import Evaluation, evaluate
from xlvla_sdk.latent.presets import PAPER, Preset
from xlvla_sdk.latent.pretraining import pretrain
from xlvla_sdk.onboarding.progress import training_bar

KEYS = ("recon_deg", "dir_deg", "dist_mm")
HEADER = ("recipe", "seed", "set", *KEYS, "the paper's recon", "its dir", "its dist")

WHOLE = "preset paper"
NO_L1, NO_L2 = "without L1", "without L2"
NO_DIRECTION, WIDE = "without direction", "latent 128"
RECIPES: Mapping[str, Preset] = {
    WHOLE: PAPER,
    NO_L1: replace(PAPER, weights=replace(PAPER.weights, reconstruction=0.0)),
    NO_L2: replace(PAPER, weights=replace(PAPER.weights, distance=0.0, direction=0.0)),
    NO_DIRECTION: replace(PAPER, weights=replace(PAPER.weights, direction=0.0)),
    WIDE: replace(PAPER, latent=128),
}
# arXiv 2603.10158, ablation table: reconstruction, pinch-template direction [deg], random distance [mm].
PUBLISHED: Mapping[str, tuple[float, float, float]] = {
    WHOLE: (5.476, 11.857, 6.295),
    NO_L1: (61.672, 11.741, 6.375),
    NO_L2: (3.781, 62.733, 62.809),
    NO_DIRECTION: (4.966, 46.217, 5.518),
    WIDE: (5.324, 8.736, 6.215),
}

Means = Mapping[str, Mapping[str, float]]
"""Of each recipe, the mean of each measure over seeds and both sets."""


def ablation(
    seeds: Annotated[str, typer.Option(help="Seeds, between commas.")] = "7",
    steps: Annotated[int | None, typer.Option(help="Fewer steps, to try the bench.")] = None,
    shared: Annotated[Path, typer.Option(help="Where the URDF data lies.")] = SHARED,
) -> None:
    """Trains the paper's recipe and four that lack a part, and checks what the paper concludes."""
    hands = {spec.id: shared_kinematics(spec) for spec in founding_hands(shared)}
    numbers = [int(seed) for seed in seeds.split(",")]
    began = perf_counter()
    found = {
        (what, seed): _measured(hands, what, recipe, seed, steps)
        for seed in numbers
        for what, recipe in RECIPES.items()
    }
    rows = [
        row for what in RECIPES for seed in numbers for row in _rows(what, seed, found[what, seed])
    ]
    hashes = {evaluation.test_hash[:12] for evaluation in found.values()}
    notes = [
        *conclusions(means(found)),
        f"{steps or PAPER.steps} steps of {PAPER.batch}, seeds {seeds}, "
        f"test postures {', '.join(sorted(hashes))}, {perf_counter() - began:.0f} s in all.",
        f"{today()}, {machine()}, torch {torch.__version__}, one thread.",
    ]
    write_section("latent", "Ablation", table(HEADER, rows), notes)


def _measured(
    hands: Mapping[str, HandKinematics], what: str, recipe: Preset, seed: int, steps: int | None
) -> Evaluation:
    recipe = recipe if steps is None else replace(recipe, steps=steps)
    with training_bar(f"{what}, seed {seed}") as told:
        return evaluate(pretrain(hands, recipe, seed, "ablation", told).hands)


def _rows(what: str, seed: int, evaluation: Evaluation) -> list[tuple[str, ...]]:
    published = [f"{value:.3f}" for value in PUBLISHED[what]]
    return [
        (what, str(seed), name, *(f"{getattr(measures, key):.3f}" for key in KEYS), *published)
        for name, measures in evaluation.sets.items()
    ]


def means(found: Mapping[tuple[str, int], Evaluation]) -> Means:
    """Each recipe's measures, over seeds and both sets."""
    return {
        what: {
            key: mean(
                getattr(measures, key)
                for (recipe, _), evaluation in found.items()
                if recipe == what
                for measures in evaluation.sets.values()
            )
            for key in KEYS
        }
        for what in RECIPES
    }


def conclusions(measured: Means) -> list[str]:
    """What the paper concludes, each with our numbers and whether it holds.

    A part is lost when its measure more than doubles; a width makes no difference when no measure
    gets worse by more than a fifth.
    """
    lost = 2.0
    wide = max(_times(measured, WIDE, key) for key in KEYS)
    return [
        _said("No L1, no reconstruction", _change(measured, NO_L1, "recon_deg"), lost),
        _said("No L2, no alignment of directions", _change(measured, NO_L2, "dir_deg"), lost),
        _said("No L2, no alignment of distances", _change(measured, NO_L2, "dist_mm"), lost),
        _said(
            "No direction term, directions lost", _change(measured, NO_DIRECTION, "dir_deg"), lost
        ),
        f"Latent 128 is about the same: {_holds(wide <= 1.2)} (at worst {wide:.2f} times).",
    ]


def _times(measured: Means, what: str, key: str) -> float:
    return measured[what][key] / measured[WHOLE][key]


def _change(measured: Means, what: str, key: str) -> tuple[str, float, float]:
    return key, measured[WHOLE][key], measured[what][key]


def _said(claim: str, change: tuple[str, float, float], least: float) -> str:
    key, whole, without = change
    return (
        f"{claim}: {_holds(without > least * whole)} "
        f"({key} {whole:.2f} with it, {without:.2f} without)."
    )


def _holds(whether: bool) -> str:
    return "holds" if whether else "does NOT hold"
