"""A chunk's rows, solved at once, are what they would be one after the other; fast rows say so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.random_arm import rail_arm
from tests.registered import arms
from tests.shared_data import shared_path
from xlvla_sdk.errors import DataError, SpecError
from xlvla_sdk.kinematics import ArmKinematics, arm_kinematics
from xlvla_sdk.kinematics.ik import solve, solve_rows
from xlvla_sdk.kinematics.ik_rows import APART
from xlvla_sdk.messages import Recording

HORIZON, DT = 64, 0.05


def arm(name: str) -> ArmKinematics:
    return arm_kinematics(next(spec for spec in arms() if spec.id == name))


def ready(name: str) -> np.ndarray:
    return next(spec for spec in arms() if spec.id == name).posture("ready")


def one_after_the_other(kinematics: ArmKinematics, T: np.ndarray, start: np.ndarray) -> np.ndarray:
    rows, before = [], start
    for pose in T:
        before = solve(kinematics, pose, before).qpos
        rows.append(before)
    return np.array(rows)


def line(kinematics: ArmKinematics, start: np.ndarray, way: list[float]) -> np.ndarray:
    """Poses along a straight line from where the arm stands [m]."""
    T = np.repeat(kinematics.fk(start)[None], HORIZON, axis=0)
    T[:, :3, 3] += np.linspace(0.0, 1.0, HORIZON)[:, None] * np.array(way)
    return T


@pytest.fixture(scope="module")
def recorded() -> np.ndarray:
    """The recording's arm, 50 rows a second."""
    recording = Recording.load(shared_path("data/teleop_xarm7_inspire_right.npz"))
    return recording.select(arm("xarm7").joints).qpos


@pytest.mark.parametrize("begin", range(0, 630, 105))
def test_rows_of_the_recording_are_as_one_after_the_other(recorded: np.ndarray, begin: int):
    """Chunks of 3.2 s at 20 Hz, from the measured arm."""
    kinematics, start = arm("xarm7"), recorded[begin]
    T = kinematics.fk(recorded[begin + np.round(2.5 * np.arange(HORIZON)).astype(int)])
    rows = solve_rows(kinematics, T, start)
    expected = one_after_the_other(kinematics, T, start)
    np.testing.assert_allclose(rows.qpos, expected, rtol=0, atol=1e-3)
    assert rows.position_error.max() < 1e-6
    assert rows.rotation_error.max() < 1e-5


def test_rows_that_lie_apart_are_solved_from_their_neighbour():
    """A motion of up to 0.15 rad a row, far beyond what the measured arm can be linearised for."""
    kinematics = arm("xarm7")
    path = ready("xarm7") + np.linspace(0.0, 1.0, 16)[:, None] * np.array(
        [2.2, 0.4, -1.0, 0.6, 1.5, 0.5, 2.0]
    )
    T = kinematics.fk(path)
    rows = solve_rows(kinematics, T, path[0])
    assert np.abs(np.diff(rows.qpos, axis=0)).max() > APART
    expected = one_after_the_other(kinematics, T, path[0])
    np.testing.assert_allclose(rows.qpos, expected, rtol=0, atol=1e-3)
    assert rows.reached.all()


@pytest.mark.parametrize("name", ["xarm7", "g1:right", "g1:left"])
def test_an_arm_that_is_to_stay_stays(name: str):
    kinematics, start = arm(name), ready(name)
    rows = solve_rows(kinematics, line(kinematics, start, [0.0, 0.0, 0.0]), start)
    np.testing.assert_allclose(rows.qpos, np.tile(start, (HORIZON, 1)), atol=1e-9)


@pytest.mark.parametrize("name", ["xarm7", "g1:right"])
def test_rows_out_of_reach_are_said_so_and_stay_within_limits(name: str):
    kinematics, start = arm(name), ready(name)
    T = line(kinematics, start, [0.8, 0.0, 0.0])[::2]
    rows = solve_rows(kinematics, T, start)
    assert rows.reached[:4].all()
    assert not rows.reached[-8:].any()
    far = np.linalg.norm(kinematics.fk(rows.qpos)[:, :3, 3] - T[:, :3, 3], axis=1)
    np.testing.assert_allclose(rows.position_error, far, atol=1e-12)
    assert (rows.qpos >= kinematics.lower).all()
    assert (rows.qpos <= kinematics.upper).all()


def test_no_row_is_faster_than_the_arm_and_what_lags_says_so():
    kinematics, start = arm("xarm7"), ready("xarm7")
    assert kinematics.velocity is not None
    T = line(kinematics, start, [0.0, 0.25, 0.0])
    T[20:, :3, 3] += [-0.1, 0.1, 0.2]  # a leap
    rows = solve_rows(kinematics, T, start, dt=DT)
    steps = np.abs(np.diff(np.vstack([start, rows.qpos]), axis=0))
    assert (steps <= kinematics.velocity * DT + 1e-12).all()
    assert rows.reached[:20].all()
    assert not rows.reached[20]
    assert rows.position_error[20] > 0.05
    assert rows.reached[-30:].all()
    free = solve_rows(kinematics, T, start)
    assert free.reached.all()
    assert (np.abs(np.diff(free.qpos, axis=0)) > kinematics.velocity * DT).any()


def test_slow_rows_are_the_same_with_and_without_a_velocity():
    kinematics, start = arm("xarm7"), ready("xarm7")
    T = line(kinematics, start, [0.1, 0.1, 0.1])
    free, timed = solve_rows(kinematics, T, start), solve_rows(kinematics, T, start, dt=DT)
    np.testing.assert_array_equal(free.qpos, timed.qpos)


def test_past_a_singularity_rows_do_not_leap():
    """The xArm's elbow and wrist pass their zeros together, straight through and a little aside."""
    kinematics = arm("xarm7")
    way = np.linspace(-0.3, 0.3, HORIZON)[:, None] * np.array([0.2, 1, 0, 1, 0, 1, 0])
    for aside in (0.0, 1e-3, 2e-2):
        path = np.clip(way + aside * np.array([0, 0, 1, 0, -1, 0, 1]), *kinematics.limits)
        rows = solve_rows(kinematics, kinematics.fk(path), path[0])
        steps = np.abs(np.diff(rows.qpos, axis=0)).max()
        assert steps < 0.1
        assert rows.reached.all()


def test_an_arm_on_a_rail_moves_all_rows(tmp_path: Path):
    kinematics = arm_kinematics(rail_arm(tmp_path))
    start = np.array([-0.2, -0.3, 1.2, 0.3, 0.8, 0.4])
    T = line(kinematics, start, [0.1, 0.3, 0.05])
    rows = solve_rows(kinematics, T, start, dt=DT)
    assert rows.reached.all()
    assert np.ptp(rows.qpos[:, 0]) > 0.1
    expected = one_after_the_other(kinematics, T, start)
    np.testing.assert_allclose(rows.qpos, expected, rtol=0, atol=1e-3)


def test_an_unknown_velocity_cannot_be_kept_to(tmp_path: Path):
    kinematics = arm_kinematics(rail_arm(tmp_path, velocity=None))
    T = np.tile(np.eye(4), (2, 1, 1))
    with pytest.raises(SpecError, match="gives no velocity limits, so no rows can keep to them"):
        solve_rows(kinematics, T, np.zeros(6), dt=DT)


def test_what_is_no_number_is_refused_and_nothing_asked_is_nothing_answered():
    kinematics, T = arm("xarm7"), np.tile(np.eye(4), (3, 1, 1))
    assert solve_rows(kinematics, T[:0], np.zeros(7)).qpos.shape == (0, 7)
    T[2, 1, 1] = np.inf
    with pytest.raises(DataError, match="row 2 of 3"):
        solve_rows(kinematics, T, np.zeros(7))
