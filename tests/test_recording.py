"""The recorded teleoperation, retargeted from the Inspire hand to the three others."""

from __future__ import annotations

import numpy as np
import pytest

from bench.transfer import Transfer, transfers
from tests.shared_data import shared_path
from xlvla_sdk.codec import load_space
from xlvla_sdk.codec.easing import LEAP
from xlvla_sdk.messages import Recording

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SOURCE = "inspire:right"


@pytest.fixture(scope="module", params=["the latent alone", "refined"])
def moved(request: pytest.FixtureRequest) -> list[Transfer]:
    path = shared_path("data/teleop_xarm7_inspire_right.npz")
    return list(transfers(Recording.load(path), SOURCE, refine=request.param == "refined"))


def test_every_row_is_within_limits_and_none_leaps(moved: list[Transfer]):
    assert len(moved) == 3
    for done in moved:
        lower, upper = load_space().hands[done.target].limits
        assert done.qpos.shape == (792, len(lower))
        assert (done.qpos >= lower).all()
        assert (done.qpos <= upper).all()
        assert done.largest_step <= 0.35


def test_the_index_finger_follows_the_recorded_one(moved: list[Transfer]):
    for done in moved:
        index = next(finger for finger in done.fingers if finger.finger == "index")
        assert index.correlation > 0.9


def test_refined_distances_are_as_near_as_the_oracles():
    path = shared_path("data/teleop_xarm7_inspire_right.npz")
    for done in transfers(Recording.load(path), SOURCE, refine=True):
        ratios = [finger.ratio for finger in done.fingers]
        assert np.max(ratios) <= 1.5, (done.target, ratios)
        assert np.abs(np.diff(done.qpos, 2, axis=0)).max() <= LEAP, done.target
