"""The ablation leaves out one part at a time, and its conclusions follow from what is measured."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from bench.ablation import NO_DIRECTION, NO_L1, NO_L2, PUBLISHED, RECIPES, WHOLE, WIDE, conclusions
from xlvla_sdk.latent.presets import PAPER

KEYS: tuple[str, ...] = ("recon_deg", "dir_deg", "dist_mm")
MEASURED: dict[str, dict[str, float]] = {
    what: dict(zip(KEYS, values, strict=True)) for what, values in PUBLISHED.items()
}


def changed(what: str) -> dict[str, tuple[Any, Any]]:
    """What a recipe changes of the paper's, by name."""
    whole, recipe = (
        {**asdict(preset), **asdict(preset.weights)} for preset in (PAPER, RECIPES[what])
    )
    return {
        key: (whole[key], recipe[key])
        for key in whole
        if key != "weights" and whole[key] != recipe[key]
    }


def test_each_recipe_lacks_what_it_is_called_for():
    assert changed(WHOLE) == {}
    assert changed(NO_L1) == {"reconstruction": (1.0, 0.0)}
    assert changed(NO_L2) == {"distance": (2000.0, 0.0), "direction": (5.0, 0.0)}
    assert changed(NO_DIRECTION) == {"direction": (5.0, 0.0)}
    assert changed(WIDE) == {"latent": (32, 128)}


def test_the_papers_own_numbers_bear_its_conclusions_out():
    assert all(": holds (" in line for line in conclusions(MEASURED))


@pytest.mark.parametrize(
    ("what", "key", "line"),
    [
        (NO_L1, "recon_deg", 0),
        (NO_L2, "dir_deg", 1),
        (NO_L2, "dist_mm", 2),
        (NO_DIRECTION, "dir_deg", 3),
    ],
)
def test_a_part_that_makes_no_difference_is_said(what: str, key: str, line: int):
    same = {**MEASURED, what: {**MEASURED[what], key: MEASURED[WHOLE][key]}}
    lines = conclusions(same)
    assert [i for i, text in enumerate(lines) if "does NOT hold" in text] == [line]
    assert f"{key} {MEASURED[WHOLE][key]:.2f} with it" in lines[line]


def test_a_wider_latent_that_is_worse_is_said():
    worse = {**MEASURED, WIDE: {**MEASURED[WIDE], "dist_mm": 1.3 * MEASURED[WHOLE]["dist_mm"]}}
    assert (
        conclusions(worse)[-1]
        == "Latent 128 is about the same: does NOT hold (at worst 1.30 times)."
    )
