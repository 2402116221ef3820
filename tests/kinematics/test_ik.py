"""A pose's posture: reached from nearby, within limits, nearest to the seed, honest about what is not reached."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.random_arm import rail_arm, random_arm
from tests.registered import arms
from xlvla_sdk.errors import DataError
from xlvla_sdk.kinematics import ArmKinematics, arm_kinematics
from xlvla_sdk.kinematics.ik import Reached, solve, solve_anywhere
from xlvla_sdk.kinematics.ik_steps import LENGTH, pose_error

MILLIMETRE, DEGREE = 1e-3, np.deg2rad(1.0)


@cache
def arm(name: str) -> ArmKinematics:
    return arm_kinematics(next(spec for spec in arms() if spec.id == name))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arms")


def drawn(kinematics: ArmKinematics, seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(*kinematics.limits, (count, len(kinematics.joints)))


def from_aside(kinematics: ArmKinematics, count: int) -> Reached:
    """Poses of random postures, each sought once from 0.2 rad aside in every joint."""
    rng = np.random.default_rng(0)
    qpos = rng.uniform(*kinematics.limits, (count, len(kinematics.joints)))
    return solve(kinematics, kinematics.fk(qpos), qpos + rng.choice([-0.2, 0.2], qpos.shape))


def assert_accurate(reached: Reached) -> None:
    """A 99th percentile of 1 mm and 0.5 degrees."""
    assert np.percentile(reached.position_error, 99) <= MILLIMETRE
    assert np.percentile(reached.rotation_error, 99) <= 0.5 * DEGREE


NAMES = ("xarm7", "g1:right", "g1:left")


@pytest.mark.parametrize("name", NAMES)
def test_a_pose_is_reached_from_nearby(name: str):
    assert_accurate(from_aside(arm(name), 400))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_poses_are_reached_from_nearby(name: str):
    assert_accurate(from_aside(arm(name), 10_000))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_the_errors_is_so(name: str):
    kinematics = arm(name)
    T = kinematics.fk(drawn(kinematics, 1, 40))
    T[::2, :3, 3] *= 1.5  # half of them out of reach
    reached = solve(kinematics, T, kinematics.lower)
    flange = kinematics.fk(reached.qpos)
    far = np.linalg.norm(flange[:, :3, 3] - T[:, :3, 3], axis=1)
    cosine = 0.5 * (np.einsum("nij,nij->n", flange[:, :3, :3], T[:, :3, :3]) - 1.0)
    np.testing.assert_allclose(reached.position_error, far, atol=1e-12)
    np.testing.assert_allclose(np.cos(reached.rotation_error), cosine, atol=1e-9)
    assert not reached.reached.all()
    near = (far <= MILLIMETRE) & (reached.rotation_error <= 0.5 * DEGREE)
    np.testing.assert_array_equal(reached.reached, near)


@pytest.mark.parametrize("name", NAMES)
def test_limits_hold_whatever_is_asked(name: str):
    kinematics = arm(name)
    T = kinematics.fk(drawn(kinematics, 2, 60))
    T[::3, :3, 3] += 1.0
    qpos = solve(kinematics, T, drawn(kinematics, 3, 60) * 1.5).qpos
    assert (qpos >= kinematics.lower).all()
    assert (qpos <= kinematics.upper).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_posture_that_reaches_its_pose_stays(name: str):
    kinematics = arm(name)
    qpos = drawn(kinematics, 4, 50)
    np.testing.assert_allclose(solve(kinematics, kinematics.fk(qpos), qpos).qpos, qpos, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_of_all_postures_that_reach_it_the_one_nearest_to_the_seed_is_taken(name: str):
    """There, what leads back to the seed is not in the self-motion: it would move the flange."""
    kinematics = arm(name)
    middle = 0.5 * (kinematics.lower + kinematics.upper)
    qpos = middle + 0.3 * (drawn(kinematics, 5, 200) - middle)  # no limit is met
    seed = qpos + np.random.default_rng(5).choice([-0.1, 0.1], qpos.shape)
    answer = solve(kinematics, kinematics.fk(qpos), seed).qpos
    J = kinematics.jacobian(answer)
    J[:, 3:] *= LENGTH
    _, sizes, directions = np.linalg.svd(J)
    regular = sizes[:, -1] > 0.01
    assert regular.mean() > 0.8
    along = np.einsum("nd,nd->n", directions[:, -1], seed - answer)
    assert np.abs(along[regular]).max() < 1e-3
    away = np.linalg.norm(answer - seed, axis=1)
    assert (away <= np.linalg.norm(qpos - seed, axis=1) + 1e-6)[regular].all()


@pytest.mark.parametrize("name", NAMES)
def test_a_pose_out_of_reach_gets_the_posture_that_comes_nearest(name: str):
    kinematics = arm(name)
    T = kinematics.fk(0.5 * (kinematics.lower + kinematics.upper))
    T[:3, 3] += [1.0, 0.0, 0.0]
    once = solve(kinematics, T, 0.5 * (kinematics.lower + kinematics.upper))
    assert not once.reached
    assert once.position_error > 0.1
    # No small motion of a joint brings it nearer.
    for step in np.vstack([np.eye(7), -np.eye(7)]) * 0.02:
        moved = np.clip(once.qpos + step, *kinematics.limits)
        error = pose_error(T[None], kinematics.fk(moved)[None])[0]
        cost = np.linalg.norm([*error[:3], *LENGTH * error[3:]])
        least = np.hypot(once.position_error, LENGTH * once.rotation_error)
        assert cost > least - MILLIMETRE


def test_at_a_singularity_joints_do_not_leap():
    """The xArm's zero posture: its wrist cannot turn about one axis without turning all of the arm."""
    kinematics, zero = arm("xarm7"), np.zeros(7)
    J = kinematics.jacobian(zero)
    J[3:] *= LENGTH
    directions, sizes, _ = np.linalg.svd(J)
    assert sizes[-1] < 1e-9
    lost = directions[3:, -1] / np.linalg.norm(directions[3:, -1])
    for aside in (0.0, 1e-4, 1e-3, 1e-2):
        seed = zero + aside
        T = kinematics.fk(seed)
        T[:3, :3] = turned(lost, DEGREE) @ T[:3, :3]
        reached = solve(kinematics, T, seed)
        assert np.abs(reached.qpos - seed).max() < 0.3
        assert reached.position_error < MILLIMETRE
        assert reached.rotation_error < 1.1 * DEGREE


def turned(axis: np.ndarray, angle: float) -> np.ndarray:
    x, y, z = axis / np.linalg.norm(axis)
    K = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * K + (1.0 - np.cos(angle)) * (K @ K)


@given(
    axis=st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda axis: np.linalg.norm(axis) > 0.1),
    angle=st.one_of(st.floats(0.0, np.pi), st.sampled_from([0.0, 1e-10, np.pi - 1e-10, np.pi])),
)
def test_the_way_to_any_rotation_leads_there(axis: tuple[float, float, float], angle: float):
    T, flange = np.eye(4)[None].copy(), np.eye(4)[None].copy()
    flange[0, :3, :3] = turned(np.array([0.3, -0.5, 0.8]), 2.0)
    T[0, :3, :3] = turned(np.array(axis), angle) @ flange[0, :3, :3]
    error = pose_error(T, flange)[0, 3:]
    assert np.linalg.norm(error) == pytest.approx(angle, abs=1e-7)
    again = turned(error, float(np.linalg.norm(error))) if angle > 1e-9 else np.eye(3)
    np.testing.assert_allclose(again @ flange[0, :3, :3], T[0, :3, :3], atol=2e-7)


def test_six_joints_one_of_them_a_rail_reach_poses(folder: Path):
    kinematics = arm_kinematics(rail_arm(folder))
    qpos = drawn(kinematics, 6, 200)
    seed = qpos + np.random.default_rng(6).choice([-1, 1], qpos.shape) * [0.05, *[0.1] * 5]
    reached = solve(kinematics, kinematics.fk(qpos), seed)
    assert reached.reached.mean() > 0.97
    assert solve_anywhere(kinematics, kinematics.fk(qpos), 20, seed=1).reached.all()


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_chain_finds_back_from_nearby(folder: Path, seed: int):
    kinematics = arm_kinematics(random_arm(folder, seed))
    qpos = drawn(kinematics, seed, 4)
    T, aside = kinematics.fk(qpos), qpos + 1e-3
    began, reached = kinematics.fk(aside), solve(kinematics, T, aside)
    assert (reached.position_error <= np.linalg.norm((T - began)[:, :3, 3], axis=1) + 1e-4).all()
    assert reached.reached.all()


@pytest.mark.parametrize("name", NAMES)
def test_restarts_reach_what_one_try_misses(name: str):
    kinematics = arm(name)
    T = kinematics.fk(drawn(kinematics, 8, 60)).reshape(6, 10, 4, 4)
    once = solve(kinematics, T, 0.5 * (kinematics.lower + kinematics.upper))
    reached = solve_anywhere(kinematics, T, restarts=15, seed=0)
    assert once.reached.mean() < 1.0
    assert reached.reached.mean() > 0.98
    assert reached.qpos.shape == (6, 10, 7)
    again = solve_anywhere(kinematics, T, restarts=15, seed=0)
    np.testing.assert_array_equal(again.qpos, reached.qpos)


def test_an_answer_depends_on_its_own_pose_and_seed_alone():
    kinematics = arm("xarm7")
    qpos = drawn(kinematics, 9, 30)
    T, seed = kinematics.fk(qpos), qpos + 0.2
    together = solve(kinematics, T.reshape(5, 6, 4, 4), seed.reshape(5, 6, 7))
    assert together.qpos.shape == (5, 6, 7)
    assert together.position_error.shape == (5, 6)
    alone = np.array([solve(kinematics, *pair).qpos for pair in zip(T, seed, strict=True)])
    np.testing.assert_allclose(together.qpos.reshape(30, 7), alone, atol=1e-6)
    np.testing.assert_array_equal(solve(kinematics, T, seed).qpos, solve(kinematics, T, seed).qpos)


def test_what_is_no_number_is_refused():
    kinematics, T = arm("xarm7"), np.tile(np.eye(4), (3, 1, 1))
    T[1, 0, 3] = np.nan
    with pytest.raises(DataError, match="xarm7: the flange's pose in row 1 of 3"):
        solve(kinematics, T, np.zeros(7))
    with pytest.raises(DataError, match=r"seed of shape \(6,\) is no posture of its 7 joints"):
        solve(kinematics, T[0], np.zeros(6))
    with pytest.raises(DataError, match="not finite"):
        solve(kinematics, T[0], np.full(7, np.inf))
