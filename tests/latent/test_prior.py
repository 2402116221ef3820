"""The prior is the codes' own mean and spread, and its samples are decoded by every hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.mlp import Layer, Mlp
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import measures
from xlvla_sdk.latent.measures import make_test_sets
from xlvla_sdk.latent.prior import measure_prior, tips_spread


@pytest.fixture
def codecs(tmp_path: Path) -> Mapping[str, LatentCodec]:
    return {hand.id: small_codec(hand) for hand in (claw_hand(tmp_path), small_hand(tmp_path))}


@pytest.fixture
def sets(codecs: Mapping[str, LatentCodec]) -> measures.TestSets:
    return make_test_sets({h: TipModel(c.kinematics) for h, c in codecs.items()}, count=40)


def test_means_and_stds_are_of_all_hands_and_both_sets(
    codecs: Mapping[str, LatentCodec], sets: measures.TestSets
):
    pooled = np.zeros((160, 32))  # small_codec: normalised joints, then zeros
    rows = [sets.postures[name][hand].numpy() for name in ("RT", "CP") for hand in codecs]
    for index, postures in enumerate(rows):
        pooled[40 * index : 40 * (index + 1), : postures.shape[1]] = postures
    found = measure_prior(codecs, sets)
    assert np.allclose(found.mean, pooled.mean(axis=0), atol=1e-6)
    assert np.allclose(found.std, pooled.std(axis=0), atol=1e-6)
    assert 1.0 < found.dimensions <= 4.0  # of four joints at most
    assert found == measure_prior(codecs, sets)
    assert found != measure_prior(codecs, sets, seed=8)


def test_what_is_decoded_stays_within_limits_and_spreads_as_the_loop_says(
    codecs: Mapping[str, LatentCodec], sets: measures.TestSets
):
    found = measure_prior(codecs, sets, samples=50)
    drawn = np.random.default_rng(7).standard_normal((50, 32)) * found.std + found.mean
    for hand, codec in codecs.items():
        lower, upper = codec.limits
        qpos = codec.decode(drawn)
        tips = np.stack([codec.kinematics.tips(row) for row in qpos])
        squares = [
            np.sum((p - tips[:, f].mean(axis=0)) ** 2) for row in tips for f, p in enumerate(row)
        ]
        decoded = found.hands[hand]
        assert decoded.outside == 0
        assert decoded.tips_mm == pytest.approx(1000 * np.sqrt(np.mean(squares)), rel=1e-6)
        part = (qpos - lower) / (upper - lower)
        assert decoded.at_limits == pytest.approx(np.mean((part < 0.01) | (part > 0.99)))
        assert decoded.to_json()["tips_ratio"] == pytest.approx(
            decoded.tips_mm / decoded.tips_rt_mm
        )


def test_a_decoder_that_answers_one_posture_spreads_nothing(
    codecs: Mapping[str, LatentCodec], sets: measures.TestSets
):
    """All joints at their upper limits, whatever the code."""
    hand, codec = next(iter(codecs.items()))
    layer = codec.decoder.layers[0]
    stuck = Layer(np.zeros_like(layer.weight), np.full_like(layer.bias, 20.0))
    found = measure_prior({**codecs, hand: replace(codec, decoder=Mlp((stuck,)))}, sets)
    assert found.hands[hand].tips_mm == pytest.approx(0.0, abs=1e-9)
    assert found.hands[hand].at_limits == 1.0


def test_answers_that_are_no_numbers_are_counted_as_outside(
    codecs: Mapping[str, LatentCodec], sets: measures.TestSets
):
    hand, codec = next(iter(codecs.items()))
    layer = codec.decoder.layers[0]
    broken = Layer(layer.weight, np.full_like(layer.bias, np.nan))
    found = measure_prior(
        {**codecs, hand: replace(codec, decoder=Mlp((broken,)))}, sets, samples=30
    )
    assert found.hands[hand].outside == 30
    assert found.hands["small:right"].outside == 0


def test_a_spread_is_the_root_mean_square_from_the_mean(codecs: Mapping[str, LatentCodec]):
    codec = codecs["small:right"]
    lower, upper = codec.limits
    tips = codec.kinematics.tips(np.array([lower, upper]))
    half = np.linalg.norm(tips[0] - tips[1], axis=-1) / 2.0
    expected = np.sqrt(np.mean(half**2))
    assert tips_spread(codec, np.array([lower, upper])) == pytest.approx(expected)
