"""retarget: another hand's recording of the same motion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import slow_wave, small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec.retarget import retarget
from xlvla_sdk.errors import CodecMismatch, DataError, LimitViolation
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import HandSpec


def renamed(hand: HandSpec, folder: Path, prefix: str) -> HandSpec:
    """The small hand with other joint names."""
    text = Path(str(hand.urdf)).read_text()
    for joint in ("thumb_yaw", "index_bend"):
        text = text.replace(f'"{joint}"', f'"{prefix}_{joint}"')
    urdf = folder / f"{prefix}.urdf"
    urdf.write_text(text)
    return HandSpec(
        name=prefix, side=hand.side, urdf=urdf, wrist_link="palm", velocity=5.0,
        tip_links=dict(hand.tip_links), source="made up for tests", license="Apache-2.0",
    )  # fmt: skip


@pytest.fixture
def hands(tmp_path: Path):
    source = small_hand(tmp_path)
    return source, renamed(source, tmp_path, "other")


def with_arm(recording: Recording) -> Recording:
    """The same recording with an arm's columns before, between and after the hand's."""
    rows = len(recording)
    arm = np.arange(3.0 * rows).reshape(rows, 3)
    thumb, index = recording.qpos.T
    qpos = np.stack([arm[:, 0], index, arm[:, 1], thumb, arm[:, 2]], axis=1)
    names = ("a1", "index_bend", "a2", "thumb_yaw", "a3")
    return replace(recording, qpos=qpos, action=qpos + 0.001, joint_names=names)


def test_columns_go_by_name_and_other_columns_stay(hands):
    source, target = hands
    recording = with_arm(slow_wave(source))
    moved, report = retarget(recording, small_codec(source), small_codec(target))
    assert moved.joint_names == ("a1", "other_thumb_yaw", "other_index_bend", "a2", "a3")
    assert report.passed_through == ("a1", "a2", "a3")
    kept = [0, 3, 4]
    np.testing.assert_array_equal(moved.qpos[:, kept], recording.qpos[:, [0, 2, 4]])
    expected = small_codec(target).decode(small_codec(source).encode(recording.qpos[:, [3, 1]]))
    np.testing.assert_array_equal(moved.qpos[:, 1:3], expected)
    assert moved.action is not None
    assert not np.array_equal(moved.action[:, 1:3], moved.qpos[:, 1:3])


def test_times_are_kept_and_the_rate_is_said(hands):
    source, target = hands
    recording = slow_wave(source)
    moved, report = retarget(recording, small_codec(source), small_codec(target))
    np.testing.assert_array_equal(moved.time_s, recording.time_s)
    assert (report.rows, round(report.rate_hz)) == (len(recording), 50)


def test_a_hand_can_be_retargeted_to_itself_and_the_result_saved(hands, tmp_path: Path):
    source, _ = hands
    moved, _ = retarget(slow_wave(source), small_codec(source), small_codec(source))
    moved.save(tmp_path / "out.npz")
    assert Recording.load(tmp_path / "out.npz").joint_names == source.joints


def test_a_little_outside_is_clipped_and_told_by_joint_worst_and_rows(hands):
    source, target = hands
    recording = slow_wave(source)
    recording.qpos[3:6, 1] = [-0.001, -0.004, -0.002]
    moved, report = retarget(recording, small_codec(source), small_codec(target))
    (clipped,) = report.clipped
    assert (clipped.array, clipped.joint, clipped.rows) == ("qpos", "index_bend", 3)
    assert clipped.worst == pytest.approx(0.004)
    assert "'index_bend' was clipped to its limits in 3 rows, by 0.004" in str(clipped)
    np.testing.assert_array_equal(moved.qpos[3, 1], moved.qpos[4, 1])


def test_far_outside_is_refused_unless_clipping_is_asked_for(hands):
    source, target = hands
    recording = slow_wave(source)
    recording.qpos[7, 0] = 1.3
    with pytest.raises(LimitViolation, match=r"wave.*'thumb_yaw'.*row 7.*--clip"):
        retarget(recording, small_codec(source), small_codec(target))
    moved, report = retarget(recording, small_codec(source), small_codec(target), clip=True)
    assert report.clipped[0].worst == pytest.approx(0.1)
    target.check_limits(moved.qpos)


def test_a_column_called_like_a_joint_of_the_target_is_refused(hands):
    source, target = hands
    recording = with_arm(slow_wave(source))
    names = ("other_index_bend", *recording.joint_names[1:])
    recording = replace(recording, joint_names=names)
    with pytest.raises(DataError, match=r"'other_index_bend'.*rename the column"):
        retarget(recording, small_codec(source), small_codec(target))


def test_a_missing_joint_is_named(hands):
    source, target = hands
    recording = slow_wave(source).select(("thumb_yaw",))
    with pytest.raises(DataError, match="no column for index_bend"):
        retarget(recording, small_codec(source), small_codec(target))


def test_codecs_of_two_spaces_are_refused(hands):
    source, target = hands
    with pytest.raises(CodecMismatch, match=r"toy@00000000.*other@1"):
        retarget(slow_wave(source), small_codec(source), small_codec(target, "other@1"))
