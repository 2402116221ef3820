"""Accelerations over those of the source, on motions whose accelerations are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.codecs import slow_wave, small_codec
from tests.small_hand import small_hand
from xlvla_sdk.errors import DataError, LimitViolation
from xlvla_sdk.latent.smoothness import acceleration_rms, measure_smoothness, recorded_hand
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import HandSpec, Limits


@pytest.fixture
def claw(tmp_path: Path) -> HandSpec:
    return claw_hand(tmp_path)


def middle(hand: HandSpec) -> np.ndarray:
    return 0.5 * (hand.limits.lower + hand.limits.upper)


def test_a_parabola_accelerates_as_it_should_at_any_times():
    time_s = np.array([0.0, 0.1, 0.15, 0.4, 0.45])
    lower, upper = np.array([-1.0, 0.0]), np.array([1.0, 4.0])  # [-1, 1] is 1 and 2 units a unit
    qpos = np.stack([0.5 * 3.0 * time_s**2, 1.0 + 0.5 * 8.0 * time_s**2], axis=1)
    recording = Recording(qpos, None, ("a", "b"), time_s)
    rms = acceleration_rms(recording, Limits(lower, upper))
    assert rms == pytest.approx(np.sqrt((3.0**2 + 4.0**2) / 2.0))


def test_a_decoder_that_doubles_a_motion_doubles_its_acceleration(claw: HandSpec):
    """Near the middle, small_codec decodes twice what was encoded."""
    wave = slow_wave(claw, 2.0)
    small = replace(wave, qpos=middle(claw) + 0.01 * (wave.qpos - middle(claw)))
    codec = small_codec(claw)
    found = measure_smoothness(small, codec, {"other": codec})
    assert found.latent["other"] == pytest.approx(2.0, rel=1e-3)
    assert found.refined is not None
    assert found.refined["other"] == pytest.approx(1.0, rel=0.02)  # the same hand again
    assert found.source_rms == pytest.approx(acceleration_rms(small, claw.limits))
    assert found.rows == len(small)


def test_other_columns_and_commands_do_not_matter(claw: HandSpec):
    wave = slow_wave(claw, 1.0)
    rng = np.random.default_rng(0)
    arm = rng.normal(size=(len(wave), 1))
    beside = Recording(
        np.hstack([arm, wave.qpos]),
        np.hstack([arm, rng.permutation(wave.qpos)]),
        ("arm", *wave.joint_names),
        wave.time_s,
    )
    codec = small_codec(claw)
    plain, with_arm = (
        measure_smoothness(recording, codec, {"other": codec}, refine=False)
        for recording in (wave, beside)
    )
    assert plain == with_arm
    assert plain.to_json()["refined"] is None


def test_recordings_that_cannot_be_compared_are_refused(claw: HandSpec):
    wave, codec = slow_wave(claw, 1.0), small_codec(claw)
    short = replace(wave, qpos=wave.qpos[:2], time_s=wave.time_s[:2])
    with pytest.raises(DataError, match=r"has 2 rows, and an acceleration takes three"):
        measure_smoothness(short, codec, {"other": codec})
    still = replace(wave, qpos=np.tile(middle(claw), (len(wave), 1)))
    with pytest.raises(DataError, match="no joint of claw:right accelerates"):
        measure_smoothness(still, codec, {"other": codec})
    beyond = replace(wave, qpos=wave.qpos + 2.0)
    with pytest.raises(LimitViolation, match="--clip"):
        measure_smoothness(beyond, codec, {"other": codec}, refine=False)
    clipped = replace(wave, qpos=np.where(wave.qpos > middle(claw), wave.qpos + 0.5, wave.qpos))
    assert measure_smoothness(clipped, codec, {"other": codec}, refine=False, clip=True).rows == 50


def test_whose_a_recording_is_its_columns_say_or_nobody_does(claw: HandSpec, tmp_path: Path):
    wave = slow_wave(claw, 1.0)
    codecs = {hand.id: small_codec(hand) for hand in (small_hand(tmp_path), claw)}
    assert recorded_hand(wave, codecs) == "claw:right"
    with pytest.raises(DataError, match=r"none of small:right is the hand recorded.*--from"):
        recorded_hand(wave, {"small:right": codecs["small:right"]})
    with pytest.raises(DataError, match="claw:right and twin:right both could be"):
        recorded_hand(
            wave, {"claw:right": codecs["claw:right"], "twin:right": codecs["claw:right"]}
        )
