"""The generated motion is smooth, slow enough, and rests at postures that are what they say."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.registered import right_hands
from tests.small_hand import small_hand
from xlvla_sdk.demo.closing import thumb_distance
from xlvla_sdk.demo.demo import SOURCE
from xlvla_sdk.demo.motion import Motion, demo_motion, recorded_motion
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import HandSpec


def source() -> HandSpec:
    found = [spec for spec in right_hands() if spec.id == SOURCE]
    if not found:
        pytest.skip(f"needs the plugin of {SOURCE}")
    return found[0]


_made: dict[str, Motion] = {}


def motion_of(spec: HandSpec) -> Motion:
    """Made once; tests only read it."""
    if spec.id not in _made:
        _made[spec.id] = demo_motion(spec)
    return _made[spec.id]


def test_the_motion_opens_pinches_every_finger_grasps_and_spreads():
    names = [key.posture.name for key in motion_of(source()).keys]
    pinched = [f"pinch {finger}" for finger in ("index", "middle", "ring", "pinky")]
    assert names == ["open", *pinched, "power grasp", "spread"]


def test_pinches_are_contacts():
    spec = source()
    kinematics = hand_kinematics(spec)
    for key in motion_of(spec).keys:
        if key.posture.finger in ("index", "middle", "ring"):
            assert thumb_distance(kinematics, key.posture.finger, key.posture.qpos) < 1e-3


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.id)
def test_the_motion_stays_within_limits_and_has_no_jumps(spec: HandSpec):
    motion = motion_of(spec)
    recording = motion.recording
    spec.check_limits(recording.qpos, tolerance=1e-9)
    speed = np.abs(np.diff(recording.qpos, axis=0)) * recording.rate_hz
    assert speed.max() < 5.0
    assert np.abs(np.diff(speed, axis=0)).max() * recording.rate_hz < 60.0
    np.testing.assert_array_equal(recording.qpos[0], recording.qpos[-1])


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.id)
def test_the_hand_rests_at_its_key_postures(spec: HandSpec):
    motion = motion_of(spec)
    for key in motion.keys:
        rows = np.abs(motion.recording.time_s - key.time_s) < 0.1
        np.testing.assert_array_equal(
            motion.recording.qpos[rows], np.tile(key.posture.qpos, (10, 1))
        )


def test_the_motion_is_the_same_every_time(tmp_path: Path):
    spec = small_hand(tmp_path)
    first, again = (demo_motion(spec).recording.qpos for _ in range(2))
    assert first.tobytes() == again.tobytes()


def test_a_finger_the_thumb_cannot_reach_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO):
        motion = demo_motion(small_hand(tmp_path))
    assert [key.posture.name for key in motion.keys] == ["open", "power grasp", "spread"]
    assert "small:right brings its index only within" in caplog.text


def test_a_recording_is_looked_at_where_its_pinches_are_nearest():
    spec = source()
    made = motion_of(spec)
    arm = Recording(
        qpos=np.hstack([np.zeros((len(made.recording), 1)), made.recording.qpos]),
        action=None,
        joint_names=("arm_joint", *spec.joints),
        time_s=made.recording.time_s + 100.0,
        source="with an arm",
    )
    motion = recorded_motion(arm, spec)
    assert motion.recording.joint_names == spec.joints
    assert [key.posture.finger for key in motion.keys] == [
        None, "index", "middle", "ring", "pinky", None
    ]  # fmt: skip
    for key in motion.keys[1:-1]:
        assert key.posture.finger is not None
        kinematics = hand_kinematics(spec)
        assert thumb_distance(kinematics, key.posture.finger, key.posture.qpos) < 5e-3


def test_a_recorded_action_is_preferred_as_the_replay_does():
    spec = source()
    made = motion_of(spec).recording
    both = replace(made, action=made.qpos, qpos=np.tile(made.qpos[0], (len(made), 1)))
    assert len(recorded_motion(both, spec).keys) > 2
