"""Optimisation alone finds what the geometry allows, with no codec to begin from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.codecs import slow_wave
from tests.small_hand import small_hand
from xlvla_sdk.codec.optimising import best_start, optimise, optimise_each
from xlvla_sdk.codec.refining import LARGEST_STEP, refine_each
from xlvla_sdk.codec.retarget import PlainHand, retarget_by_optimisation
from xlvla_sdk.errors import LimitViolation, SpecError
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics


@pytest.fixture
def claws(tmp_path: Path) -> tuple[HandKinematics, HandKinematics]:
    hands = claw_hand(tmp_path), claw_hand(tmp_path, "long", length=0.06)
    return shared_kinematics(hands[0]), shared_kinematics(hands[1])


def postures(hand: HandKinematics, rows: int) -> np.ndarray:
    return np.random.default_rng(4).uniform(*hand.limits, size=(rows, len(hand.joints)))


def deltas(hand: HandKinematics, qpos: np.ndarray) -> np.ndarray:
    tips = hand.tips(qpos)
    return tips[:, :1] - tips[:, 1:]


def test_a_hand_finds_its_own_fingertips_again(claws: tuple[HandKinematics, HandKinematics]):
    hand, _ = claws
    qpos = postures(hand, 30)
    found = optimise_each(hand, qpos, hand)
    off = np.linalg.norm(deltas(hand, found) - deltas(hand, qpos), axis=-1)
    assert np.median(off) < 1e-4
    assert (off.max(axis=1) < 1e-3).mean() > 0.9


def test_it_ends_no_worse_than_any_of_its_starts(claws: tuple[HandKinematics, HandKinematics]):
    source, target = claws
    qpos = postures(source, 12)
    _, loss = refine_each(source, qpos, target, optimise_each(source, qpos, target), steps=0)
    _, at_start = refine_each(source, qpos, target, best_start(source, qpos, target), steps=0)
    middle = np.tile(0.5 * (target.lower + target.upper), (12, 1))
    _, from_middle = refine_each(source, qpos, target, middle, steps=20)
    assert (loss <= at_start + 1e-12).all()
    assert (at_start <= from_middle + 1e-12).all()


def test_rows_by_themselves_do_not_depend_on_their_neighbours(
    claws: tuple[HandKinematics, HandKinematics],
):
    source, target = claws
    qpos = postures(source, 6)
    whole = optimise_each(source, qpos, target, steps=15)
    for row in range(6):
        one = optimise_each(source, qpos[row : row + 1], target, steps=15)
        np.testing.assert_allclose(one[0], whole[row], atol=1e-5)


def test_a_recording_is_followed_without_leaps(tmp_path: Path):
    source, target = claw_hand(tmp_path), claw_hand(tmp_path, "long", length=0.06)
    recording = slow_wave(source, seconds=2.0)
    one, other = (PlainHand(spec.id, shared_kinematics(spec)) for spec in (source, target))
    moved, report = retarget_by_optimisation(recording, one, other)
    assert report.rows == len(recording)
    assert moved.joint_names == target.joints
    target.check_limits(moved.qpos, tolerance=0.0)
    assert np.abs(np.diff(moved.qpos, axis=0)).max() <= LARGEST_STEP + 1e-12
    again = optimise(one.kinematics, recording.qpos, other.kinematics)
    assert np.array_equal(again, moved.qpos)


def test_a_source_outside_its_limits_is_refused(tmp_path: Path):
    hand = small_hand(tmp_path)
    recording = slow_wave(hand, seconds=0.5)
    recording.qpos[3, 0] = hand.limits.lower[0] - 0.1
    plain = PlainHand(hand.id, shared_kinematics(hand))
    with pytest.raises(LimitViolation, match="Nothing was written"):
        retarget_by_optimisation(recording, plain, plain)


def test_hands_without_a_shared_finger_are_refused(tmp_path: Path):
    small = small_hand(tmp_path)
    other = small.model_copy(update={"tip_links": {"thumb": "thumb_tip", "ring": "index_tip"}})
    one, two = shared_kinematics(small), shared_kinematics(other)
    with pytest.raises(SpecError, match=r"share no finger beside the thumb.*in tip_links"):
        optimise(one, postures(one, 2), two)
