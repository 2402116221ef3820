"""Rows of arms with hands: a point and a palm in the task frame, wherever the robot stands."""

from __future__ import annotations

import numpy as np
import pytest

from tests.codecs import small_codec
from xlvla_sdk.errors import LimitViolation, PolicyError, SpecError
from xlvla_sdk.kinematics import hand_kinematics, link_pose
from xlvla_sdk.kinematics.pinch import pinch_point
from xlvla_sdk.layouts import XL1, Arm1, Raw1
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import Embodiment, Pose, Side, Station, placed_sides

ELSEWHERE = Station(task_base={"right": Pose(xyz=(0.2, 0.4, -0.1), rpy=(0.1, 0.2, 0.3))})


def xl1(text: str, station: Station | None = None) -> XL1:
    body = registry().embodiment(text)
    return XL1(body, {hand.id: small_codec(hand) for hand in body.hands}, station)


def somewhere(body: Embodiment, rows: int | None = None, seed: int = 0) -> np.ndarray:
    """Postures about the arms' ready posture, the hands anywhere inside."""
    rng = np.random.default_rng(seed)
    shape = () if rows is None else (rows,)
    parts = []
    for part in body.parts:
        lower, upper = part.limits
        if part in body.hands:
            parts.append(rng.uniform(lower, upper, (*shape, len(lower))))
        else:
            parts.append(part.posture("ready") + rng.uniform(-0.1, 0.1, (*shape, len(lower))))
    return np.concatenate(parts, axis=-1)


def ready(body: Embodiment) -> np.ndarray:
    postures = [p.rest if p in body.hands else p.posture("ready") for p in body.parts]
    return np.concatenate(postures)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("inspire:right", 32),
        ("inspire:both", 64),
        ("xarm7+inspire:right", 41),
        ("xarm7+xhand:right,xarm7+inspire:left", 82),
        ("xarm7+paxini:right,xarm7:left", 50),
    ],
)
def test_rows_are_as_wide_as_policies_expect(text: str, width: int):
    layout = xl1(text)
    assert layout.width == width
    assert layout.encode(ready(layout.embodiment)).shape == (width,)


def test_arms_alone_and_raw_joints_have_widths_of_their_own():
    assert Arm1(registry().embodiment("xarm7")).width == 9
    assert Arm1(registry().embodiment("g1:both")).width == 18
    layout = Raw1(registry().embodiment("g1+inspire:both"))
    assert layout.width == 2 * (24 + 9)
    assert layout.mask.sum() == 2 * (6 + 9)


def test_the_arm_columns_are_the_pinch_point_and_two_columns_of_the_palm():
    layout = xl1("g1+paxini:left")
    (side,) = placed_sides(layout.embodiment)
    arm, hand = side.body.arm, side.body.hand
    assert arm is not None
    assert hand is not None
    q = somewhere(layout.embodiment)
    T_base_flange = link_pose(arm.model, arm.joints, q[:7], arm.base_link, arm.flange_link)
    T_task_palm = side.T_task_base @ T_base_flange @ side.T_flange_wrist @ hand.T_wrist_palm
    tips = [
        link_pose(hand.model, hand.joints, q[7:], hand.wrist_link, hand.tip_links[finger])[:3, 3]
        for finger in hand.fingers
    ]
    weights = np.array([np.exp(-12.0 * np.linalg.norm(tips[0] - tip)) for tip in tips[1:]])
    middles = np.array([0.5 * (tips[0] + tip) for tip in tips[1:]])
    p_wrist_pinch = (weights[:, None] * middles).sum(axis=0) / weights.sum()
    T_task_wrist = side.T_task_base @ T_base_flange @ side.T_flange_wrist
    row = layout.encode(q)
    np.testing.assert_allclose(row[32:35], (T_task_wrist @ [*p_wrist_pinch, 1.0])[:3], atol=1e-9)
    np.testing.assert_allclose(row[35:38], T_task_palm[:3, 0], atol=1e-9)
    np.testing.assert_allclose(row[38:41], T_task_palm[:3, 1], atol=1e-9)
    np.testing.assert_array_equal(row[:32], small_codec(hand).encode(q[7:]))


def test_an_arm_alone_says_where_its_flange_is():
    layout = Arm1(registry().embodiment("xarm7"), ELSEWHERE)
    arm = layout.embodiment.parts[0]
    q = somewhere(layout.embodiment)
    T = ELSEWHERE.task_base["right"].matrix @ link_pose(
        arm.model, arm.joints, q, "link_base", "link7"
    )
    row = layout.encode(q)
    np.testing.assert_allclose(row, np.concatenate([T[:3, 3], T[:3, 0], T[:3, 1]]), atol=1e-9)
    decoded = layout.reach(row, q + 0.1)
    np.testing.assert_allclose(layout.encode(decoded.qpos), row, atol=2e-3)


@pytest.mark.parametrize("text", ["xarm7+inspire:both", "g1+xhand:right,g1+ability:left"])
def test_a_chunk_comes_back_to_where_it_was(text: str):
    """The joints may differ, for an arm of seven has a choice; points and palms do not."""
    layout = Raw1(registry().embodiment(text))
    first, last = (somewhere(layout.embodiment, seed=seed) for seed in (1, 2))
    part = np.linspace(0.0, 1.0, 16)[:, None]
    rows = layout.encode(first + part * (last - first))
    decoded = layout.reach(rows, first)
    assert decoded.position_error.shape == (16, 2)
    assert decoded.position_error.max() < 1e-3
    assert decoded.rotation_error.max() < np.radians(0.5)
    np.testing.assert_allclose(layout.encode(decoded.qpos), rows, atol=0.01)
    assert np.abs(np.diff(decoded.qpos, axis=0)).max() < 0.3
    np.testing.assert_array_equal(layout.decode(rows, first), decoded.qpos)


def test_another_hand_holds_its_own_pinch_point_where_the_first_held_its():
    source, target = (
        Raw1(registry().embodiment(f"xarm7+{hand}:right")) for hand in ("inspire", "xhand")
    )
    rows = source.encode(somewhere(source.embodiment))
    decoded = target.reach(rows, ready(target.embodiment))
    assert decoded.position_error[0] < 1e-3
    np.testing.assert_allclose(target.encode(decoded.qpos)[24:], rows[24:], atol=2e-3)


def test_rows_mean_the_same_wherever_the_robot_stands():
    here, there = (xl1("xarm7+inspire:right", station) for station in (None, ELSEWHERE))
    q = somewhere(here.embodiment)
    T = ELSEWHERE.task_base["right"].matrix @ np.linalg.inv(
        placed_sides(here.embodiment)[0].T_task_base
    )
    rows = [layout.encode(q) for layout in (here, there)]
    np.testing.assert_array_equal(rows[0][:32], rows[1][:32])
    np.testing.assert_allclose(T @ [*rows[0][32:35], 1.0], [*rows[1][32:35], 1.0], atol=1e-9)
    np.testing.assert_allclose(T[:3, :3] @ rows[0][35:38], rows[1][35:38], atol=1e-9)


def test_what_cannot_be_reached_says_by_how_much():
    layout = xl1("g1+inspire:both")
    q = ready(layout.embodiment)
    row = layout.encode(q)
    row[32:35] += [1.0, 0.0, 0.0]  # a metre further than the right arm is long
    decoded = layout.reach(row, q)
    assert 0.5 < decoded.position_error[0] < 1.2
    assert decoded.position_error[1] < 1e-3
    assert (decoded.qpos >= layout.embodiment.limits.lower).all()
    assert (decoded.qpos <= layout.embodiment.limits.upper).all()


def test_hands_alone_are_never_off():
    layout = xl1("xhand:both")
    decoded = layout.reach(np.zeros((3, 64)), np.zeros(24))
    assert decoded.position_error.tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize(
    "columns", [[1, 0, 0, 2, 0, 0], [0, 0, 0, 0, 1, 0], [1, 0, 0, -3, 1e-4, 0], [1, 0, 0, 0, 0, 0]]
)
def test_columns_that_are_no_rotation_are_refused(columns: list[float]):
    layout = xl1("xarm7+inspire:right")
    q = ready(layout.embodiment)
    rows = np.repeat(layout.encode(q)[None], 3, axis=0)
    rows[1, 35:] = columns
    with pytest.raises(PolicyError, match="xarm7 on the right: row 1 holds no rotation"):
        layout.decode(rows, q)


def test_columns_of_any_length_and_not_quite_at_right_angles_are_taken():
    layout = xl1("xarm7+inspire:right")
    q = ready(layout.embodiment)
    row = layout.encode(q)
    exact = layout.decode(row, q)
    row[35:38] *= 3.0
    row[38:41] = 0.5 * row[38:41] + 0.2 * row[35:38]
    np.testing.assert_allclose(layout.decode(row, q), exact, atol=1e-6)


def test_an_arm_outside_its_limits_is_not_encoded():
    layout = xl1("xarm7+inspire:right")
    q = ready(layout.embodiment)
    q[3] = -1.0
    with pytest.raises(LimitViolation, match="xarm7: 'joint4' is -1"):
        layout.encode(q)


def test_a_layout_for_another_kind_of_body_is_refused():
    with pytest.raises(SpecError, match=r"xarm7: has no hand.* Its layout is arm-1"):
        XL1(registry().embodiment("xarm7"), {})
    with pytest.raises(SpecError, match=r"xarm7: has no hand.* Its layout is arm-1"):
        Raw1(registry().embodiment("xarm7"))
    with pytest.raises(SpecError, match=r"layout arm-1 is for arms alone. Use xl-1"):
        Arm1(registry().embodiment("xarm7+inspire:right"))


@pytest.mark.parametrize("side", list(Side))
def test_the_pinch_point_leans_to_the_finger_that_pinches(side: Side):
    spec = registry().hand(f"xhand:{side}")
    hand, q = hand_kinematics(spec), spec.posture("pinch")
    tips = hand.tips(q)
    middles = 0.5 * (tips[0] + tips[1:])
    away = np.linalg.norm(pinch_point(hand, q) - middles[0])
    assert away < 0.8 * np.linalg.norm(middles.mean(axis=0) - middles[0])
