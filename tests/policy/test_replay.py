"""ReplayPolicy: the rows of a recording, by the time of the question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import body_of, both_hands, layout_of, slow_wave
from tests.small_hand import small_hand
from xlvla_sdk.errors import DataError, LimitViolation
from xlvla_sdk.messages import Observation, Recording
from xlvla_sdk.policy import ReplayPolicy, column_names, recorded_hand
from xlvla_sdk.specs import Side


def at(time_s: float) -> Observation:
    return Observation(np.zeros(0), time_s)


def both_wave(right, left) -> Recording:
    """Both hands' recording; the left does something else."""
    one = slow_wave(right)
    qpos = np.concatenate([one.qpos, one.qpos[::-1]], axis=1)
    return replace(one, qpos=qpos, joint_names=column_names(body_of(right, left)))


def test_rows_are_those_of_the_asked_time_at_the_asked_rate(tmp_path: Path):
    hand = small_hand(tmp_path)
    recording, layout = slow_wave(hand, rate_hz=100.0), layout_of(hand)
    policy = ReplayPolicy(recording, layout, rate_hz=20.0, horizon=10)
    chunk = policy.infer(at(1.0))
    assert (chunk.dt, chunk.layout, chunk.final) == (0.05, "xl-1", False)
    np.testing.assert_allclose(chunk.rows, layout.encode(recording.qpos)[100:150:5], atol=1e-6)


def test_the_same_question_gets_the_same_answer_whatever_ran_between(tmp_path: Path):
    hand = small_hand(tmp_path)
    policy = ReplayPolicy(slow_wave(hand), layout_of(hand))
    first = policy.infer(at(0.4)).rows
    policy.infer(at(3.0))
    np.testing.assert_array_equal(policy.infer(at(0.4)).rows, first)


def test_beyond_the_end_the_last_row_is_repeated_and_the_chunk_is_final(tmp_path: Path):
    hand = small_hand(tmp_path)
    policy = ReplayPolicy(slow_wave(hand, seconds=6.0), layout_of(hand))
    assert [policy.infer(at(t)).final for t in (0.0, 2.8, 2.84, 5.0, 9.0)] == [
        False, False, True, True, True,
    ]  # fmt: skip
    rows = policy.infer(at(5.0)).rows
    assert (rows[20:] == rows[-1]).all()
    assert not (rows[10] == rows[-1]).all()


def test_action_is_played_unless_qpos_is_asked_for(tmp_path: Path):
    hand, layout = small_hand(tmp_path), layout_of(small_hand(tmp_path))
    recording = slow_wave(hand)
    recording = replace(recording, action=recording.qpos[::-1].copy())
    played = ReplayPolicy(recording, layout).infer(at(0.0)).rows
    measured = ReplayPolicy(recording, layout, array="qpos").infer(at(0.0)).rows
    np.testing.assert_allclose(measured[0], layout.encode(recording.qpos[0]), atol=1e-6)
    np.testing.assert_allclose(played[0], layout.encode(recording.qpos[-1]), atol=1e-6)
    with pytest.raises(DataError, match="no array 'action'"):
        ReplayPolicy(replace(recording, action=None), layout, array="action")


def test_mirroring_says_the_other_side_and_keeps_the_rows(tmp_path: Path):
    hand = small_hand(tmp_path)
    plain = ReplayPolicy(slow_wave(hand), layout_of(hand))
    mirrored = ReplayPolicy(slow_wave(hand), layout_of(hand), mirror=True)
    assert [part.side for part in mirrored.metadata.sides] == [Side.LEFT]
    np.testing.assert_array_equal(mirrored.infer(at(1.0)).rows, plain.infer(at(1.0)).rows)


def test_mirroring_two_hands_exchanges_them(tmp_path: Path):
    right, left = both_hands(tmp_path)
    recording, layout = both_wave(right, left), layout_of(right, left)
    plain = ReplayPolicy(recording, layout).infer(at(1.0)).rows
    policy = ReplayPolicy(recording, layout, mirror=True)
    mirrored = policy.infer(at(1.0)).rows
    assert [part.side for part in policy.metadata.sides] == [Side.RIGHT, Side.LEFT]
    np.testing.assert_array_equal(mirrored[:, :32], plain[:, 32:])
    np.testing.assert_array_equal(mirrored[:, 32:], plain[:, :32])


def test_columns_that_both_sides_share_carry_their_side(tmp_path: Path):
    right, left = both_hands(tmp_path)
    assert column_names(body_of(right)) == ("thumb_yaw", "index_bend")
    assert column_names(body_of(right, left))[::2] == ("right_thumb_yaw", "left_thumb_yaw")


def test_a_missing_column_is_named(tmp_path: Path):
    hand = small_hand(tmp_path)
    with pytest.raises(DataError, match="index_bend"):
        ReplayPolicy(slow_wave(hand).select(("thumb_yaw",)), layout_of(hand))


def test_rows_outside_the_limits_are_refused_with_the_file(tmp_path: Path):
    hand = small_hand(tmp_path)
    recording = slow_wave(hand)
    recording.qpos[5, 0] = -0.1
    with pytest.raises(LimitViolation, match=r"wave, qpos.*'thumb_yaw'.*row 5"):
        ReplayPolicy(recording, layout_of(hand))


def test_the_hand_whose_joints_are_in_the_file_is_found_right_first(tmp_path: Path):
    right, left = both_hands(tmp_path)
    assert recorded_hand(slow_wave(right), [left, right]) == right
    assert recorded_hand(slow_wave(left), [left]) == left


def test_no_hand_or_several_hands_ask_for_a_name(tmp_path: Path):
    right, left = both_hands(tmp_path)
    with pytest.raises(DataError, match=r"no hand fits.*--from"):
        recorded_hand(slow_wave(right).select(("thumb_yaw",)), [right, left])
    twin = small_hand(tmp_path, "twin")
    with pytest.raises(DataError, match=r"small:right, twin:right fit.*--from"):
        recorded_hand(slow_wave(right), [right, twin])
