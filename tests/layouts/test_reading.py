"""A recording retargeted by rows is what one body says and another reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.codecs import body_of, both_hands, layout_of, slow_wave
from tests.small_hand import small_hand
from xlvla_sdk.errors import CodecMismatch, SpecError
from xlvla_sdk.layouts import Raw1, retarget_rows
from xlvla_sdk.registry import registry


def test_the_latents_rows_are_read_as_retarget_does(tmp_path: Path):
    one, other = small_hand(tmp_path), claw_hand(tmp_path)
    source, target = layout_of(one), layout_of(other)
    recording = slow_wave(one, seconds=0.5)
    moved, report = retarget_rows(recording, source, target)
    assert (moved.joint_names, report.rows) == (other.joints, len(recording))
    expected = target.decode(source.encode(recording.qpos), other.limits.lower)
    np.testing.assert_allclose(moved.qpos, expected)


def test_raw_rows_go_by_column_and_the_rest_stands_in_the_middle(tmp_path: Path):
    one, other = small_hand(tmp_path), claw_hand(tmp_path)
    recording = slow_wave(one, seconds=0.5)
    moved, _ = retarget_rows(recording, Raw1(body_of(one)), Raw1(body_of(other)))
    parts = [
        (qpos - hand.limits.lower) / (hand.limits.upper - hand.limits.lower)
        for hand, qpos in ((one, recording.qpos), (other, moved.qpos))
    ]
    np.testing.assert_allclose(parts[1], np.hstack([parts[0], np.full_like(parts[0], 0.5)]))


def test_rows_of_another_layout_or_space_are_refused(tmp_path: Path):
    one, other = small_hand(tmp_path), claw_hand(tmp_path)
    recording = slow_wave(one, seconds=0.5)
    with pytest.raises(CodecMismatch, match=r"in layout xl-1 \(toy@00000000\), .* in raw-1 \(no "):
        retarget_rows(recording, layout_of(one), Raw1(body_of(other)))
    with pytest.raises(CodecMismatch, match=r"\(toy@00000000\), .* \(odd@1\). Use one for both"):
        retarget_rows(recording, layout_of(one), layout_of(other, space="odd@1"))


def test_two_hands_at_once_are_refused(tmp_path: Path):
    right, left = both_hands(tmp_path)
    with pytest.raises(SpecError, match=r"has 2 hands, .* Name one"):
        retarget_rows(slow_wave(right), Raw1(body_of(right)), Raw1(body_of(right, left)))


def test_a_body_with_an_arm_is_sent_elsewhere(tmp_path: Path):
    robot = Raw1(registry().embodiment("xarm7+inspire:right"))
    with pytest.raises(SpecError, match=r"has an arm, .* Use `transfer`"):
        retarget_rows(slow_wave(small_hand(tmp_path)), robot, robot)
