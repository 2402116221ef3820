"""One hand's joints move another hand: thumb and fingers stand alike, in rows that hold the other's joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float

from bench.policy_alone import moved_by, retargeted, success
from bench.policy_cells import Judged, Pool
from bench.policy_retargeted import Retargeted
from tests.registered import embodiment
from xlvla_sdk.kinematics import HandKinematics, hand_kinematics
from xlvla_sdk.layouts import Raw1
from xlvla_sdk.learning.training import Recipe


@pytest.fixture
def rows() -> Retargeted:
    """XHand's joints, which move the Ability Hand."""
    return retargeted("push-cans", "ability", "xhand")


@pytest.fixture
def closing(rows: Retargeted) -> Float[np.ndarray, "rows D"]:
    """The Ability Hand on its way from open to a pinch, in which it stays, as does the arm [rad]."""
    hand = rows.embodiment.hands[0]
    way = np.linspace(hand.posture("open"), hand.posture("pinch"), 40)
    way = np.concatenate([way, np.repeat(way[-1:], 10, axis=0)])
    qpos = np.zeros((len(way), len(rows.embodiment.joints)))
    qpos[:, rows.sides[0].hand_qpos] = way
    return qpos


def apart(hand: HandKinematics, qpos: np.ndarray) -> Float[np.ndarray, "rows P"]:
    """From the thumb to each finger [m]."""
    return np.linalg.norm(hand.deltas(qpos), axis=-1)


def test_rows_hold_the_other_hands_joints(rows: Retargeted, closing: Float[np.ndarray, "rows D"]):
    xhand = embodiment("xarm7+xhand:right")
    shown = Raw1(xhand).decode_hands(rows.encode(closing))[0]
    assert shown is not None
    own = closing[:, rows.sides[0].hand_qpos]
    mine, theirs = (hand_kinematics(one.hands[0]) for one in (rows.embodiment, xhand))
    assert np.abs(apart(theirs, shown) - apart(mine, own)).max() < 3e-3
    assert np.ptp(apart(mine, own)[:, 0]) > 0.1


def test_a_chunk_comes_back_as_it_went(rows: Retargeted, closing: Float[np.ndarray, "rows D"]):
    there = rows.encode(closing)
    back = rows.decode_hands(there)[0]
    assert back is not None
    assert back == pytest.approx(closing[:, rows.sides[0].hand_qpos], abs=0.06)
    row_by_row = retargeted("push-cans", "ability", "xhand")
    assert np.stack([row_by_row.encode(one) for one in closing]) == pytest.approx(there, abs=1e-9)


def test_what_a_policy_says_beyond_its_hands_limits_is_taken_to_be_at_them(rows: Retargeted):
    row = rows.encode(np.zeros(len(rows.embodiment.joints)))
    found = []
    for said in (1.0, 1.5):
        row[:12] = said
        found.append(retargeted("push-cans", "ability", "xhand").decode_hands(row[None])[0])
    np.testing.assert_array_equal(*found)


def test_the_hand_that_was_learned_from_needs_no_retargeting():
    assert type(moved_by("raw-1", "xhand", "push-cans", "xhand")) is Raw1
    assert type(moved_by("raw-1", "xhand", "push-cans", "ability")) is Retargeted


def test_the_others_are_counted_without_the_hand_that_was_learned_from(tmp_path: Path):
    pool = Pool(("xhand", "ability"), ("push-cans",), 3, Recipe(steps=10), 32, tmp_path)
    found = [
        Judged("push-cans", hand, layout, seed, hand == "xhand" or layout == "xl-1", "")
        for hand in pool.hands
        for layout in ("xl-1", "raw-1")
        for seed in range(4)
    ]
    last = success(pool, "xhand", found).splitlines()[-1]
    assert "| all | the others | 4 of 4," in last
    assert "| 0 of 4," in last
