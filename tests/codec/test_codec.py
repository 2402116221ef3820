"""A codec refuses postures its hand cannot take, and never answers with one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.codecs import SPACE, WIDTH, small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.codec import DELTAS
from xlvla_sdk.codec.mlp import Layer, Mlp
from xlvla_sdk.errors import CodecMismatch, DataError, LimitViolation

NUMBERS = st.one_of(st.floats(-(2.0**90), 2.0**90, width=32), st.floats(-5, 5, width=32))


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> LatentCodec:
    return small_codec(small_hand(tmp_path_factory.mktemp("hand")))


@given(latent=arrays(np.float32, WIDTH, elements=NUMBERS))
def test_no_latent_leads_outside_the_limits(codec: LatentCodec, latent: np.ndarray):
    # 0.4 - 0.3 + 0.3 is not 0.4 in floating point: the limits are chosen so that sums round.
    lower, upper = np.array([-0.3, 0.1]), np.array([0.1, 0.7])
    kinematics = replace(codec.kinematics, lower=lower, upper=upper)
    qpos = replace(codec, kinematics=kinematics).decode(latent)
    assert ((lower <= qpos) & (qpos <= upper)).all()


@pytest.mark.parametrize("limit", ["lower", "upper"])
def test_a_far_latent_is_the_limit_itself(codec: LatentCodec, limit: str):
    sign = -1.0 if limit == "lower" else 1.0
    qpos = codec.decode(np.full(WIDTH, 1e6 * sign))
    np.testing.assert_array_equal(qpos, getattr(codec.limits, limit))


def test_up_to_five_milliradians_outside_is_encoded(codec: LatentCodec):
    lower, upper = codec.limits
    assert codec.encode(np.stack([lower - 0.0049, upper + 0.0049])).shape == (2, WIDTH)


@pytest.mark.parametrize("value", [-0.0051, 1.51, np.nan, np.inf])
def test_further_outside_is_refused_by_joint_and_row(codec: LatentCodec, value: float):
    qpos = np.full((4, 2), 0.5)
    qpos[2, 1] = value
    with pytest.raises(
        LimitViolation, match=r"small:right: 'index_bend' is .*\(row 2 of 4\)"
    ) as no:
        codec.encode(qpos)
    assert (no.value.joint, no.value.row) == ("index_bend", 2)


def test_another_hands_rows_are_refused(codec: LatentCodec):
    with pytest.raises(DataError, match=r"order: thumb_yaw, index_bend"):
        codec.encode(np.zeros((2, 6)))


def test_a_posture_alone_and_in_any_batch_has_one_code(codec: LatentCodec):
    qpos = np.linspace(0.0, 1.1, 12).reshape(2, 3, 2)
    latent = codec.encode(qpos)
    assert latent.shape == (2, 3, WIDTH)
    np.testing.assert_allclose(codec.encode(qpos[1, 2]), latent[1, 2], atol=1e-7)
    np.testing.assert_allclose(codec.decode(latent[1, 2]), codec.decode(latent)[1, 2], atol=1e-7)


def test_coding_twice_gives_the_same(codec: LatentCodec):
    qpos = np.array([0.3, 0.9])
    first = codec.encode(qpos)
    codec.encode(np.array([1.0, 0.1]))
    np.testing.assert_array_equal(codec.encode(qpos), first)


def test_a_codec_of_another_hand_is_refused_with_what_changed(codec: LatentCodec):
    codec.require(codec.kinematics, "small:right")
    changed = replace(codec.kinematics, upper=codec.kinematics.upper + np.array([0.0, 0.1]))
    said = r"'index_bend' upper limit: 1.5 then, 1.6 now\). Run `xlvla onboard small:right` again"
    with pytest.raises(CodecMismatch, match=said):
        codec.require(changed, "small:right")
    assert codec.space == SPACE


def test_an_encoder_may_read_the_thumb_to_finger_vectors_too(codec: LatentCodec):
    weight = np.eye(WIDTH, 2 + DELTAS, dtype=np.float32)
    encoder = Mlp((Layer(weight, np.zeros(WIDTH, np.float32)),))
    reading = replace(codec, encoder=encoder, reads="joints+deltas")
    qpos = np.linspace(0.0, 1.1, 12).reshape(2, 3, 2)
    latent = reading.encode(qpos)
    np.testing.assert_allclose(latent[..., :2], codec.encode(qpos)[..., :2], atol=1e-7)
    tips = codec.kinematics.tips(qpos)
    expected = (tips[..., 0, :] - tips[..., 1, :]) * 10.0
    np.testing.assert_allclose(latent[..., 2:5], expected, atol=1e-6)
    np.testing.assert_array_equal(latent[..., 5:], 0.0)  # the hand has an index finger alone


def test_what_is_coded_is_not_changed(codec: LatentCodec):
    qpos, latent = np.full((3, 2), 0.5), np.full((3, WIDTH), 0.5, np.float32)
    codec.encode(qpos)
    codec.decode(latent)
    np.testing.assert_array_equal(qpos, 0.5)
    np.testing.assert_array_equal(latent, 0.5)


def test_the_log_variance_does_not_enter(codec: LatentCodec):
    layer = codec.encoder.layers[0]
    both = replace(layer, weight=np.tile(layer.weight, (2, 1)), bias=np.tile(layer.bias, 2))
    qpos = np.array([[0.3, 0.9]])
    latent = replace(codec, encoder=Mlp((both,))).encode(qpos)
    np.testing.assert_array_equal(latent, codec.encode(qpos))
