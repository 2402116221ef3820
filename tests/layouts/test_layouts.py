"""Layouts: rows of bodies and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.codecs import SPACE, body_of, both_hands, layout_of, small_codec
from tests.small_hand import small_hand
from xlvla_sdk.errors import CodecMismatch, LimitViolation, PolicyError
from xlvla_sdk.layouts import XL1, Arm1, Raw1, default_layout, make_layout
from xlvla_sdk.registry import registry


def test_one_hand_is_32_wide_and_two_are_64_right_first(tmp_path: Path):
    right, left = both_hands(tmp_path)
    both = layout_of(right, left)
    assert (layout_of(right).width, both.width, both.space) == (32, 64, SPACE)
    q = np.array([0.1, 0.2, 0.9, 1.1])
    row = both.encode(q)
    np.testing.assert_array_equal(row[:32], small_codec(right).encode(q[:2]))
    np.testing.assert_array_equal(row[32:], small_codec(left).encode(q[2:]))


def test_decode_gives_each_hand_its_block(tmp_path: Path):
    right, left = both_hands(tmp_path)
    both, rows = layout_of(right, left), np.linspace(-1, 1, 5 * 64).reshape(5, 64)
    q = both.decode(rows, np.zeros(4))
    np.testing.assert_array_equal(q[:, 2:], small_codec(left).decode(rows[:, 32:]))


def test_the_same_qpos_gives_the_same_row_whatever_ran_between(tmp_path: Path):
    layout = layout_of(small_hand(tmp_path))
    q = np.array([0.3, 0.4])
    first = layout.encode(q)
    layout.decode(np.ones(32), q)
    np.testing.assert_array_equal(layout.encode(q), first)


def test_raw_rows_round_trip_and_say_which_columns_carry_joints(tmp_path: Path):
    right, left = both_hands(tmp_path)
    layout = Raw1(body_of(right, left))
    q = np.array([0.1, 0.2, 0.9, 1.5])
    row = layout.encode(q)
    assert row.shape == (48,)
    assert np.flatnonzero(layout.mask).tolist() == [0, 1, 24, 25]
    assert row[25] == 1.0
    assert not row[~layout.mask].any()
    np.testing.assert_allclose(layout.decode(row, q), q)
    row[~layout.mask] = 7.0
    np.testing.assert_allclose(layout.decode(row, q), q)


def test_a_hand_without_a_codec_names_the_command(tmp_path: Path):
    with pytest.raises(CodecMismatch, match="xlvla onboard small:right"):
        XL1(body_of(small_hand(tmp_path)), {})


def test_a_codec_of_another_hand_is_refused(tmp_path: Path):
    right, left = both_hands(tmp_path)
    other = right.model_copy(update={"joints": left.joints, "palm_xyz": (0.0, 0.0, 0.01)})
    with pytest.raises(CodecMismatch, match="another hand"):
        XL1(body_of(right), {right.id: small_codec(other)})


def test_codecs_of_two_spaces_are_refused(tmp_path: Path):
    right, left = both_hands(tmp_path)
    codecs = {right.id: small_codec(right), left.id: small_codec(left, "other@11111111")}
    with pytest.raises(CodecMismatch, match="different latent spaces"):
        XL1(body_of(right, left), codecs)


def test_rows_of_another_width_are_refused(tmp_path: Path):
    with pytest.raises(PolicyError, match="64 wide, layout xl-1 is 32 wide"):
        layout_of(small_hand(tmp_path)).decode(np.zeros(64), np.zeros(2))


def test_a_posture_outside_its_limits_is_not_encoded(tmp_path: Path):
    hand = small_hand(tmp_path)
    for layout in (layout_of(hand), Raw1(body_of(hand))):
        with pytest.raises(LimitViolation, match="thumb_yaw"):
            layout.encode(np.array([1.21, 0.0]))


def test_layouts_are_made_by_name(tmp_path: Path):
    hand = small_hand(tmp_path)
    codecs = {hand.id: small_codec(hand)}
    assert isinstance(make_layout("xl-1", body_of(hand), codecs), XL1)
    assert isinstance(make_layout("raw-1", body_of(hand), {}), Raw1)
    arm = registry().embodiment("xarm7")
    assert isinstance(make_layout("arm-1", arm, {}), Arm1)
    assert (default_layout(arm), default_layout(body_of(hand))) == ("arm-1", "xl-1")
    with pytest.raises(PolicyError, match=r"no layout is called 'xl-2'.*xl-1, raw-1, arm-1"):
        make_layout("xl-2", body_of(hand), codecs)
