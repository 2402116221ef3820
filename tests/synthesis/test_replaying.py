"""A dataset's actions move a simulated body: its own to the bit, another one through the latent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import small_codec
from tests.datasets import make_dataset, waves
from tests.registered import embodiment
from tests.synthesis.lifting import BODY, LIFT, registered
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.errors import DataError
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.layouts import XL1
from xlvla_sdk.synthesis import replay, replay_decoded
from xlvla_sdk.synthesis.joints import Joints, finger_distances
from xlvla_sdk.synthesis.replaying import finger_error, mean_errors

pytestmark = pytest.mark.usefixtures("lift")


def layout(name: str) -> tuple[XL1, dict]:
    body = embodiment(name)
    codecs = {hand.id: small_codec(hand) for hand in body.hands}
    return XL1(body, codecs), codecs


@pytest.fixture
def encoded(lifts: Dataset, tmp_path: Path) -> Dataset:
    rows, codecs = layout(BODY)
    encode(lifts, rows, tmp_path / "encoded", codecs=codecs)
    return Dataset.open(tmp_path / "encoded")


def test_the_same_body_does_the_same_again(lifts: Dataset):
    done = replay(lifts)
    for one in done:
        place = lifts.simulated(one.episode)
        assert place is not None
        assert (one.done_s, one.failure) == (place.done_s, "")
        assert max(one.measured.values()) < 1e-7, "single precision"
        assert set(one.measured) == {"right index", "right middle", "right ring", "right pinky"}


def test_what_is_not_done_says_how_things_were_left(lifts: Dataset):
    with registered(replace(LIFT, success=lambda _: False)):
        one = replay(lifts)[0]
    assert one.failure == "not done in 0.6 s; can touches table"
    assert not one.success


def test_joints_beside_rows_are_played_as_the_raw_ones(lifts: Dataset, encoded: Dataset):
    assert replay(encoded) == replay(lifts)


@pytest.mark.slow
def test_another_body_plays_what_was_decoded_for_it(encoded: Dataset):
    target, codecs = layout("xarm7+ability:right")
    done = replay_decoded(encoded, target, codecs)
    assert [one.source for one in done] == [BODY] * 2
    assert set(done[0].measured) == {"right index", "right middle", "right ring", "right pinky"}
    # Its fingers do what its rows ask for: the motion is slow and touches nothing.
    for asked, measured in mean_errors(done).values():
        assert measured == pytest.approx(asked, abs=2e-3)


def test_the_pinch_error_is_the_mean_difference_of_distances(lifts: Dataset):
    joints = Joints.of(lifts, 0)
    body, columns = joints.body, dict(joints.body.slices())
    hand = body.hands[0]
    part = next(columns[spec] for spec in columns if spec is hand)
    other = joints.state.copy()
    other[:, part] = np.mean(hand.limits, axis=0)
    tips = hand_kinematics(hand).tips
    wanted = np.linalg.norm(
        tips(joints.state[:, part])[:, 2] - tips(joints.state[:, part])[:, 0], axis=-1
    )
    moved = np.linalg.norm(tips(other[:, part])[:, 2] - tips(other[:, part])[:, 0], axis=-1)
    assert finger_distances(body, other)["right middle"] == pytest.approx(moved)
    found = finger_error(joints, other, joints)["right middle"]
    assert found == pytest.approx(np.abs(moved - wanted).mean())
    assert found > 0.005
    assert finger_error(joints, other[:0], joints) == {}


def test_a_recorded_dataset_cannot_be_judged(tmp_path: Path):
    recorded = make_dataset(tmp_path / "o", [waves(-np.ones(2), np.ones(2))], ["a", "b"])
    with pytest.raises(DataError, match="nothing says whose joints it holds"):
        replay(recorded)


def test_a_source_of_other_episodes_is_refused(tmp_path: Path, lifts: Dataset):
    one = make_dataset(tmp_path / "o", [waves(-np.ones(2), np.ones(2))], ["a", "b"])
    with pytest.raises(DataError, match="has 1 episodes"):
        replay(lifts, one)
