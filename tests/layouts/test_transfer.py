"""A whole robot's recording on another: the grasp stays where it was, and what is out of reach is said."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from tests.codecs import small_codec
from xlvla_sdk.errors import CodecMismatch, DataError, LimitViolation, SpecError
from xlvla_sdk.kinematics import hand_kinematics, link_pose
from xlvla_sdk.kinematics.pinch import pinch_point
from xlvla_sdk.layouts import XL1, Arm1, Raw1
from xlvla_sdk.layouts.columns import side_columns
from xlvla_sdk.layouts.transfer import transfer
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import Embodiment, Pose, Station, placed_sides

FAR = Station(task_base={"g1:right": Pose(xyz=(-0.5, 0.0, 0.1))})


def raw(text: str, station: Station | None = None) -> Raw1:
    return Raw1(registry().embodiment(text), station)


def wave(body: Embodiment, rows: int = 60, action: bool = False) -> Recording:
    """The arms sway about `ready`, the hands close halfway; one row in 20 ms."""
    time_s = 0.02 * np.arange(rows)
    sway = np.sin(2.0 * time_s)[:, None]
    parts = []
    for part in body.parts:
        lower, upper = part.limits
        if part in body.hands:
            parts.append(lower + (upper - lower) * (0.3 + 0.2 * sway))
        else:
            directions = np.linspace(-0.1, 0.1, len(lower))
            parts.append(part.posture("ready") + sway * directions)
    qpos = np.concatenate(parts, axis=1)
    return Recording(qpos, 0.99 * qpos if action else None, body.joints, time_s, "wave")


def grasp(body: Embodiment, qpos: np.ndarray, side: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pinch points and palms in the task frame, walked link by link."""
    placed = placed_sides(body)[side]
    arm, hand = placed.body.arm, placed.body.hand
    assert arm is not None
    assert hand is not None
    columns = side_columns(body, 0)[side]
    T_base_flange = link_pose(
        arm.model, arm.joints, qpos[:, columns.arm_qpos], arm.base_link, arm.flange_link
    )
    T = placed.T_task_base @ T_base_flange @ placed.T_flange_wrist @ hand.T_wrist_palm
    point = pinch_point(hand_kinematics(hand), qpos[:, columns.hand_qpos])
    return (T[:, :3, :3] @ point[..., None])[..., 0] + T[:, :3, 3], T[:, :3, :3]


@pytest.mark.parametrize("text", ["xarm7+paxini:right", "g1+xhand:right"])
def test_the_grasp_stays_where_it_was(text: str):
    source, target = raw("xarm7+inspire:right"), raw(text)
    recording = wave(source.embodiment, action=True)
    moved, report = transfer(recording, source, target)
    assert moved.joint_names == target.embodiment.joints
    for name in ("qpos", "action"):
        points, palms = grasp(source.embodiment, recording.array(name))
        there, turned = grasp(target.embodiment, moved.array(name))
        assert np.linalg.norm(there - points, axis=1).max() < 0.005
        cosine = 0.5 * (np.einsum("nij,nij->n", turned, palms) - 1.0)
        assert np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).max() < 3.0
    (side,) = report.sides
    assert (side.part, report.part) == (1.0, 1.0)
    arm = report.fastest[0]
    assert arm.device == target.embodiment.parts[0].id
    assert arm.speed < arm.limit
    steps = np.abs(np.diff(moved.qpos[:, :7], axis=0)).max() / 0.02
    assert arm.speed == pytest.approx(steps)


def test_both_sides_go_over_at_once_by_the_latent():
    def xl1(text: str) -> XL1:
        body = registry().embodiment(text)
        return XL1(body, {hand.id: small_codec(hand) for hand in body.hands})

    source, target = xl1("xarm7+inspire:both"), xl1("xarm7+xhand:right,xarm7+paxini:left")
    recording = wave(source.embodiment, rows=20)
    moved, report = transfer(recording, source, target)
    assert moved.joint_names == target.embodiment.joints
    assert [side.arm for side in report.sides] == ["xarm7 on the right", "xarm7 on the left"]
    for side in (0, 1):
        points, _ = grasp(source.embodiment, recording.qpos, side)
        there, _ = grasp(target.embodiment, moved.qpos, side)
        assert np.linalg.norm(there - points, axis=1).max() < 0.005


def test_an_arm_alone_follows_another_arms_flange():
    source, target = (Arm1(registry().embodiment(text)) for text in ("xarm7", "g1:right"))
    recording = wave(source.embodiment, rows=20)
    moved, report = transfer(recording, source, target)
    assert report.part == 1.0
    np.testing.assert_allclose(target.encode(moved.qpos), source.encode(recording.qpos), atol=2e-3)


@pytest.mark.slow
def test_what_is_out_of_reach_is_refused_with_the_shift_that_helps():
    source, target = raw("xarm7+inspire:right"), raw("g1+inspire:right", FAR)
    recording = wave(source.embodiment, rows=8)
    with pytest.raises(DataError, match=r"g1 on the right can follow \d+% of the rows") as no:
        transfer(recording, source, target)
    shift = cast("tuple[float, float, float]", no.value.values["shift"])
    assert f"--shift {','.join(f'{x:g}' for x in shift)}" in no.value.message
    moved, report = transfer(recording, source, target, shift=shift)
    assert report.part >= 0.95
    rows = source.encode(recording.qpos)
    got = target.encode(moved.qpos)[:, 24:27]
    off = np.linalg.norm(got - rows[:, 24:27] - shift, axis=1)
    assert np.sort(off)[int(0.94 * len(off))] < 0.005


def test_with_a_shift_what_there_is_is_taken_and_measured():
    source, target = raw("xarm7+inspire:right"), raw("g1+inspire:right", FAR)
    recording = wave(source.embodiment, rows=10)
    _, report = transfer(recording, source, target, shift=(0.5, 0.0, 0.0))
    (side,) = report.sides
    assert side.part == 0.0
    assert side.furthest > 0.2


def test_a_leap_of_the_source_shows_as_a_speed_beyond_the_limit():
    source, target = raw("xarm7+inspire:right"), raw("xarm7+ability:right")
    recording = wave(source.embodiment, rows=20)
    qpos = recording.qpos.copy()
    qpos[10:, 0] += 0.5  # 25 rad/s
    _, report = transfer(replace(recording, qpos=qpos), source, target)
    arm = report.fastest[0]
    assert arm.rows >= 1
    assert arm.speed > arm.limit


def test_bodies_that_are_not_alike_are_refused():
    one = raw("xarm7+inspire:right")
    recording = wave(one.embodiment, rows=3)
    for other, said in (
        ("xhand:right", "has right arm, right hand, and xhand:right has right hand"),
        ("xarm7+xhand:left", "right arm"),
        ("xarm7+xhand:both", "left arm"),
    ):
        with pytest.raises(SpecError, match=said):
            transfer(recording, one, raw(other))
    body = registry().embodiment("xarm7+xhand:right")
    with pytest.raises(
        CodecMismatch, match=r"in layout raw-1 \(no latent space\).*Use one for both"
    ):
        transfer(recording, one, XL1(body, {h.id: small_codec(h) for h in body.hands}))


def test_a_recording_outside_the_limits_is_refused_with_the_joint():
    source = raw("xarm7+inspire:right")
    recording = wave(source.embodiment, rows=3)
    recording.qpos[1, 3] = -1.0
    with pytest.raises(
        LimitViolation, match=r"wave, qpos of xarm7\+inspire:right: 'joint4'.*--clip"
    ):
        transfer(recording, source, raw("xarm7+xhand:right"))
