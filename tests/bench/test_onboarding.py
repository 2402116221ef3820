"""The comparison with training together: whom it compares, and what it says of the numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.together import (
    CASES,
    FOUR,
    GOALS,
    HEADER,
    Result,
    compare_with_together,
    conclusions,
    measures_with,
    recipe_hash,
    result_rows,
)
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.latent.presets import DEFAULT

SIDE = {name: dict.fromkeys(GOALS, 2.0) for name in ("RT", "CP")}
EVEN = Result("leap", SIDE, SIDE, 12.0, 9.0, "good.")


def test_every_hand_joins_a_space_it_is_not_in():
    for case in CASES:
        assert case.hand not in case.joins
        assert set(case.together) == {*case.joins, case.hand}
    assert [case.hand for case in CASES] == [*FOUR, "allegro", "leap"]


def test_a_hand_that_loses_nothing_holds_every_goal():
    assert all(": holds (at worst 1.00, leap)" in line for line in conclusions([EVEN]))


@pytest.mark.parametrize(("key", "line"), [("retarget_loss", 2), ("recon_deg", 3)])
def test_the_worst_hand_is_named_where_a_goal_is_missed(key: str, line: int):
    worse = replace(EVEN, hand="allegro", joined={**SIDE, "CP": {**SIDE["CP"], key: 2.4}})
    lines = conclusions([EVEN, worse])
    assert [i for i, text in enumerate(lines) if "does NOT hold" in text] == [line]
    assert "at worst 1.20, allegro" in lines[line]


def test_a_row_has_both_sides_and_their_ratio():
    row = result_rows(replace(EVEN, joined={**SIDE, "RT": dict.fromkeys(GOALS, 3.0)}))[0]
    assert row[:3] == ("leap", " ".join(FOUR), "RT")
    assert row[3:] == ("3.000", "2.000", "3.000", "2.000", "1.50", "1.50")
    assert len(row) == len(HEADER)


def test_another_recipe_or_seed_is_kept_apart():
    kept = {
        recipe_hash(DEFAULT, 7),
        recipe_hash(DEFAULT, 8),
        recipe_hash(replace(DEFAULT, steps=5), 7),
    }
    assert len(kept) == 3
    assert recipe_hash(replace(DEFAULT), 7) in kept


@pytest.mark.slow
def test_a_hand_is_measured_over_the_pairs_with_it(tiny_space: LatentSpace):
    claw, small = (measures_with(hand, tiny_space.hands) for hand in ("claw:right", "small:right"))
    assert set(claw) == {"RT", "CP"}
    assert all(set(of) == set(GOALS) for of in claw.values())
    # Two hands have the same pairs, and each its own reconstruction.
    assert claw["RT"]["retarget_loss"] == small["RT"]["retarget_loss"]
    assert claw["RT"]["recon_deg"] != small["RT"]["recon_deg"]


def test_a_hand_without_a_case_is_refused(tmp_path: Path):
    def join(*_: object) -> None:
        raise AssertionError("nothing is to be trained")

    with pytest.raises(SystemExit):
        compare_with_together(tmp_path, ["shadow"], None, 7, tmp_path, join)  # pyright: ignore[reportArgumentType]
