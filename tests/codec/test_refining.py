"""Refining: the Jacobian is the tips' derivative, and postures end where geometry's best is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.registered import hands
from tests.small_hand import small_hand
from xlvla_sdk.codec.refining import LARGEST_STEP, refine
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec


def _postures(hand: HandKinematics, rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(*hand.limits, size=(rows, len(hand.joints)))


def _deltas(hand: HandKinematics, qpos: np.ndarray) -> np.ndarray:
    tips = hand.tips(qpos)
    return tips[:, :1] - tips[:, 1:]


@pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)
def test_jacobian_is_the_derivative_of_the_tips(spec: HandSpec):
    hand = shared_kinematics(spec)
    qpos, small = _postures(hand, 4), 1e-6
    jacobian = hand.tips_jacobian(qpos)
    for joint in range(len(hand.joints)):
        step = np.zeros(len(hand.joints))
        step[joint] = small
        difference = (hand.tips(qpos + step) - hand.tips(qpos - step)) / (2 * small)
        np.testing.assert_allclose(jacobian[..., joint], difference, atol=1e-8)


def test_a_posture_of_the_same_hand_is_found_again():
    hand = shared_kinematics(registry().hand("ability:right"))
    wanted = np.repeat(_postures(hand, 1), 3, axis=0)
    start = wanted + 0.1 * np.sign(0.5 * (hand.lower + hand.upper) - wanted)
    found = refine(hand, wanted, hand, start)
    np.testing.assert_allclose(_deltas(hand, found), _deltas(hand, wanted), atol=1e-6)


def test_refined_postures_stay_within_limits_and_never_leap(tmp_path: Path):
    source, target = (shared_kinematics(h) for h in (small_hand(tmp_path), claw_hand(tmp_path)))
    postures = _postures(source, 20)
    start = _postures(target, 20, seed=1)
    found = refine(source, postures, target, start)
    assert (found >= target.lower).all()
    assert (found <= target.upper).all()
    assert np.abs(np.diff(found, axis=0)).max() <= LARGEST_STEP + 1e-12


def test_a_row_alone_is_never_worse_than_where_it_began():
    source = shared_kinematics(registry().hand("inspire:right"))
    target = shared_kinematics(registry().hand("xhand:right"))
    start = _postures(target, 1, seed=2)
    wanted = _postures(source, 1)
    found = refine(source, wanted, target, start)

    def error(qpos: np.ndarray) -> float:
        own, other = _deltas(source, wanted), _deltas(target, qpos)
        return float(np.abs(np.linalg.norm(own, axis=-1) - np.linalg.norm(other, axis=-1)).mean())

    assert error(found) < 0.2 * error(start)
