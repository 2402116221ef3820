"""The run on pictures: its cells stand beside those of the same episodes that were played by places."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from bench.policy_cells import SPENT, Judged
from bench.policy_image import Pictures, judged_by_state, notes, state_pool, success
from bench.policy_options import pool_of
from xlvla_sdk.learning.variant_image import ImageVariant


def pictures(folder: Path, size: int = 96) -> Pictures:
    pool = pool_of("xhand,ability", "push-cans", 50, 10, 32, 32, 7, folder)
    return Pictures(pool, ImageVariant(("front", "right_wrist"), size))


def outcomes(done: int, hand: str = "xhand", seeds: int = 4) -> list[Judged]:
    return [
        Judged("push-cans", hand, "xl-1", seed, seed < done, "not done in 30 s")
        for seed in range(seeds)
    ]


def test_cells_are_counted_by_what_the_policy_saw_by(tmp_path: Path):
    pool = pictures(tmp_path).pool
    found = outcomes(1) + outcomes(3, "ability")
    lines = success(pool, [found, outcomes(2), outcomes(3), outcomes(0), outcomes(4)]).splitlines()
    assert [cell.split(",")[0] for cell in lines[2].split(" | ")[2:]] == [
        "1 of 4",
        "2 of 4",
        "3 of 4",
        "0 of 4",
        "4 of 4",
    ]
    assert lines[3].split(" | ")[2].startswith("3 of 4")
    assert lines[3].strip("| ").endswith("–")  # never played by places
    assert lines[4].split(" | ")[2].startswith("4 of 8")


def test_another_size_or_camera_is_another_policy_of_the_same_pictures(tmp_path: Path):
    small, large = pictures(tmp_path, 64), pictures(tmp_path)
    assert small.folder != large.folder
    assert small.drawn == large.drawn
    assert small.folder.is_relative_to(tmp_path / "image")
    assert small.tokens not in (small.folder, large.tokens)


def test_episodes_by_places_are_those_that_were_kept(tmp_path: Path):
    state, pool = state_pool(pictures(tmp_path).pool), pictures(tmp_path).pool
    one = outcomes(1)[0]
    path = state.folder("xl-1") / "judged" / "push-cans-xhand-0.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(asdict(one)))
    assert list(judged_by_state(state, pool, range(4))) == [one]


def test_notes_say_what_it_cost_and_how_to_repeat_it(tmp_path: Path):
    shown = pictures(tmp_path)
    said = notes(shown, state_pool(pictures(tmp_path).pool), "0:4", "0:2")
    assert "unknown minutes of one core" in said[0]
    shown.folder.mkdir(parents=True)
    (shown.folder / SPENT).write_text("750.0")
    said = "\n".join(notes(shown, state_pool(pictures(tmp_path).pool), "0:4", "0:2"))
    assert "12.5 min of one core" in said
    assert "no GPU was at hand" in said
    assert "image --cameras front,right_wrist --size 96 --hands xhand,ability" in said
    assert "--seeds 0:4 --learned 0:2`" in said
