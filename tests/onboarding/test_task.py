"""Training near a recording: its postures reach every hand, and a part of it is never seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.claw_hand import claw_hand
from tests.codecs import slow_wave, small_codec
from tests.small_hand import small_hand
from tests.trained import OURS, TINY
from xlvla_sdk import onboard
from xlvla_sdk.codec import LatentSpace, load_codec
from xlvla_sdk.errors import DataError, LimitViolation, XlvlaError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.latent import sampling
from xlvla_sdk.latent.methods import join_space
from xlvla_sdk.onboarding.task import on_every_hand, task_gain, task_recording
from xlvla_sdk.specs import HandSpec


@pytest.fixture
def newcomer(tmp_path: Path) -> HandSpec:
    return claw_hand(tmp_path, "new", length=0.06)


def test_what_is_held_out_is_never_seen(tmp_path: Path, space: LatentSpace):
    hand = small_hand(tmp_path)
    task = task_recording(slow_wave(hand), hand, space.hands[hand.id])
    seen = {tuple(row) for row in task.seen.round(9)}
    assert not seen & {tuple(row) for row in task.held_out.round(9)}
    assert (len(task.seen), len(task.held_out)) == (240, 60)


def test_postures_come_to_every_hand_within_its_limits(
    tmp_path: Path, space: LatentSpace, newcomer: HandSpec
):
    hand = claw_hand(tmp_path)
    task = task_recording(slow_wave(hand), hand, space.hands[hand.id])
    near = on_every_hand(task, newcomer.id, shared_kinematics(newcomer), space)
    assert set(near) == {"small:right", "claw:right", "new:right"}
    np.testing.assert_array_equal(near["claw:right"], task.seen)
    lower, upper = newcomer.limits
    assert ((near["new:right"] >= lower) & (near["new:right"] <= upper)).all()
    wanted = task.kinematics.deltas(task.seen)[:, :2]
    reached = shared_kinematics(newcomer).deltas(near["new:right"])[:, :2]
    # Its links are a centimetre longer; uniform postures are several away.
    apart = np.abs(np.linalg.norm(wanted, axis=-1) - np.linalg.norm(reached, axis=-1))
    assert np.median(apart) < 0.005


def test_the_gain_is_zero_between_the_same_and_known_against_the_worse(
    tmp_path: Path, space: LatentSpace, newcomer: HandSpec
):
    hand = claw_hand(tmp_path)
    codec = small_codec(newcomer, space.id, space.width)
    task = task_recording(slow_wave(hand), hand, space.hands[hand.id])
    same = task_gain(task, space, codec, codec)
    assert same.gain == 0.0
    assert 0.0 <= same.best <= same.near
    other = join_space(space, newcomer.id, shared_kinematics(newcomer), TINY, 3)
    gain = task_gain(task, space, codec, other)
    assert gain.gain == pytest.approx(1.0 - gain.near / gain.without)
    back = task_gain(task, space, other, codec)
    assert (back.near, back.without) == (gain.without, gain.near)
    assert ("MORE" in gain.said()) != ("MORE" in back.said())


def test_its_own_recording_is_measured_on_the_founding_hands(
    space: LatentSpace, newcomer: HandSpec
):
    task = task_recording(slow_wave(newcomer), newcomer, None)
    codec = small_codec(newcomer, space.id, space.width)
    assert task_gain(task, space, codec, codec).without > 0.0


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_a_hand_is_trained_near_it_and_the_report_says_what_that_gains(
    tmp_path: Path, space: LatentSpace, newcomer: HandSpec
):
    hand = claw_hand(tmp_path)
    task = task_recording(slow_wave(hand), hand, space.hands[hand.id])
    plain = onboard(newcomer, space, preset=OURS, out=tmp_path / "plain", progress=False)
    near = onboard(newcomer, space, preset=OURS, out=tmp_path / "near", progress=False, task=task)
    assert plain.gain is None
    assert near.gain is not None
    assert near.table().splitlines()[-1] == near.gain.said()
    assert near.to_json()["gain"]["rows"] == 60
    codecs = [load_codec(tmp_path / name) for name in ("plain", "near")]
    assert task_gain(task, space, *codecs).gain == pytest.approx(near.gain.gain)
    latents = [codec.encode(newcomer.rest) for codec in codecs]
    assert not np.array_equal(latents[0], latents[1])


def test_every_other_posture_is_drawn_from_a_neighbourhood():
    postures = torch.linspace(-1.0, 1.0, 5)[:, None].expand(-1, 3)
    drawn = sampling.around(postures, 400, torch.Generator().manual_seed(1))
    off = (drawn[:, None] - postures[None]).abs().amax(dim=2).amin(dim=1)
    assert (off[::2] == 0.0).all()
    assert 0.02 < float(off[1::2].mean()) < 0.3
    assert float(drawn.abs().max()) <= 1.0


def test_a_recording_that_cannot_be_used_is_refused(tmp_path: Path, space: LatentSpace):
    hand = small_hand(tmp_path)
    with pytest.raises(DataError, match="has 20 rows"):
        task_recording(slow_wave(hand, seconds=0.4), hand, None)
    wave = slow_wave(hand)
    with pytest.raises(LimitViolation, match="small:right"):
        task_recording(replace(wave, qpos=wave.qpos + 3.0), hand, None)
    strange = replace(space, card={**space.card, "method": "lad"})
    near = {hand.id: wave.qpos}
    with pytest.raises(XlvlaError, match="does not train near a recording"):
        join_space(strange, hand.id, shared_kinematics(hand), TINY, near=near)
