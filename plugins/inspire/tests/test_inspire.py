"""The Inspire hand: against the fact sheet, and against the file its numbers are from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from xlvla_inspire import hand, xlvla_register_devices

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.kinematics import hand_kinematics, link_pose, shared_kinematics
from xlvla_sdk.specs import load_urdf

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
SOURCE = "hardware/urdf/inspire/dexlatent/inspire_hand_{side}.urdf"
SIDES = pytest.mark.parametrize("side", list(Side))
MASS = 0.19179  # [kg], the source's links
THUMB_DEVIATION = 0.0109  # [m], how far the left thumb's tip may be from the mirrored right one's
# Tips [m], thumb first, computed from DexLatent 502750d, by side and by the fraction of the way
# from each joint's lower limit to its upper.
CHECK_VALUES = {
    (Side.RIGHT, 0.0): [
        (0.043762, 0.112652, 0.118558),
        (0.001083, 0.028960, 0.213708),
        (0.000956, 0.006951, 0.217137),
        (0.000892, -0.016312, 0.213521),
        (0.001256, -0.038669, 0.203744),
    ],
    (Side.RIGHT, 0.25): [
        (0.061376, 0.084015, 0.138480),
        (0.043703, 0.028452, 0.199162),
        (0.045643, 0.006951, 0.201782),
        (0.043530, -0.015553, 0.199054),
        (0.038296, -0.037358, 0.191267),
    ],
    (Side.RIGHT, 0.5): [
        (0.060399, 0.052383, 0.151223),
        (0.067988, 0.027168, 0.162390),
        (0.070861, 0.006951, 0.163004),
        (0.067856, -0.013630, 0.162366),
        (0.059896, -0.034068, 0.159959),
    ],
    (Side.RIGHT, 1.0): [
        (0.020513, 0.020379, 0.151408),
        (0.037908, 0.024738, 0.092792),
        (0.038163, 0.006951, 0.090322),
        (0.037903, -0.009986, 0.092873),
        (0.036684, -0.027705, 0.099403),
    ],
    (Side.LEFT, 0.0): [
        (0.033147, -0.115094, 0.118909),
        (0.001083, -0.028959, 0.213708),
        (0.000956, -0.006950, 0.217137),
        (0.000892, 0.016310, 0.213521),
        (0.001256, 0.038672, 0.203744),
    ],
    (Side.LEFT, 0.25): [
        (0.053891, -0.088635, 0.138830),
        (0.043702, -0.028452, 0.199163),
        (0.045643, -0.006950, 0.201782),
        (0.043530, 0.015552, 0.199054),
        (0.038297, 0.037360, 0.191266),
    ],
    (Side.LEFT, 0.5): [
        (0.056502, -0.057096, 0.151573),
        (0.067988, -0.027168, 0.162390),
        (0.070861, -0.006950, 0.163004),
        (0.067856, 0.013629, 0.162366),
        (0.059896, 0.034070, 0.159959),
    ],
    (Side.LEFT, 1.0): [
        (0.020498, -0.020781, 0.151759),
        (0.037908, -0.024737, 0.092792),
        (0.038163, -0.006950, 0.090322),
        (0.037903, 0.009987, 0.092873),
        (0.036684, 0.027705, 0.099403),
    ],
}


def shared(relative: str) -> Path:
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"needs {relative} of the shared data, which lies beside the checkout")
    return path


def random_postures(spec: HandSpec, count: int) -> np.ndarray:
    lower, upper = spec.limits
    return np.random.default_rng(7).uniform(lower, upper, (count, len(lower)))


def tips_in(urdf: Path, spec: HandSpec, qpos: np.ndarray) -> np.ndarray:
    model = load_urdf(urdf)
    poses = [
        link_pose(model, spec.joints, qpos, model.root, link) for link in spec.tip_links.values()
    ]
    return np.stack([pose[..., :3, 3] for pose in poses], axis=-2)


def recorded(array: str, spec: HandSpec) -> tuple[np.ndarray, np.ndarray]:
    with np.load(shared("data/teleop_xarm7_inspire_right.npz")) as recording:
        names = list(recording["joint_names"])
        columns = [names.index(joint) for joint in spec.joints]
        return recording["time_s"], recording[array][:, columns].astype(float)


@pytest.mark.parametrize(("place", "expected"), CHECK_VALUES.items())
def test_tips_agree_with_the_check_values(place: tuple[Side, float], expected: list) -> None:
    side, fraction = place
    lower, upper = hand(side).limits
    tips = hand_kinematics(hand(side)).tips(lower + fraction * (upper - lower))
    np.testing.assert_allclose(tips, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("array", ["qpos", "action"])
def test_a_real_recording_is_inside_the_limits(array: str) -> None:
    spec = hand(Side.RIGHT)
    spec.check_limits(recorded(array, spec)[1])


def test_a_real_hand_is_no_faster_than_the_velocity_limits() -> None:
    spec = hand(Side.RIGHT)
    time_s, qpos = recorded("qpos", spec)
    fastest = (np.abs(np.diff(qpos, axis=0)) / np.diff(time_s)[:, None]).max(axis=0)
    assert (fastest <= spec.velocity_limits).all()


@SIDES
def test_a_thousand_random_postures_agree_with_the_source(side: Side) -> None:
    spec = hand(side)
    qpos = random_postures(spec, 1000)
    theirs = tips_in(shared(SOURCE.format(side=side)), spec, qpos)
    assert np.linalg.norm(hand_kinematics(spec).tips(qpos) - theirs, axis=-1).max() < 1e-5  # [m]


@SIDES
def test_masses_sum_to_the_sources(side: Side) -> None:
    inertials = [link.inertial for link in hand(side).model.links.values()]
    total = sum(inertial.mass for inertial in inertials if inertial is not None)
    assert total == pytest.approx(MASS, abs=1e-4)  # [kg]


def test_left_fingers_mirror_right_and_the_thumb_deviates_as_declared() -> None:
    right, left = hand(Side.RIGHT), hand(Side.LEFT)
    qpos = np.vstack([right.rest, random_postures(right, 1000)])
    apart = shared_kinematics(right).tips(qpos) - shared_kinematics(left).tips(qpos)
    thumb, *fingers = np.linalg.norm(apart, axis=-1).max(axis=0)
    assert max(fingers) < 1e-5  # [m]
    assert thumb == pytest.approx(THUMB_DEVIATION, abs=1e-4)


def test_both_hands_are_registered_with_every_wire() -> None:
    offered: dict[str, tuple[set[str], set[str]]] = {}

    def register(spec: HandSpec, *, drivers: dict, emulators: dict) -> None:
        offered[spec.id] = set(drivers), set(emulators)

    xlvla_register_devices(register)  # pyright: ignore[reportArgumentType]
    wires = {"serial", "modbus-rtu", "modbus-tcp"}
    names = ("inspire:right", "inspire:left", "inspire_ftp:right", "inspire_ftp:left")
    assert offered == dict.fromkeys(names, (wires, wires))
