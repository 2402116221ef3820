"""A parallel gripper and a hand of three like fingers join the shipped space, and are good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.gripper_hand import gripper_hand, trident_hand
from xlvla_sdk import onboard
from xlvla_sdk.codec import load_space
from xlvla_sdk.kinematics import with_palm_found
from xlvla_sdk.onboarding import OnboardReport
from xlvla_sdk.specs import HandSpec

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def joined(make: Callable[[Path], HandSpec], folder: Path) -> OnboardReport:
    return onboard(with_palm_found(make(folder)), out=folder / "codec", progress=False)


@pytest.fixture(scope="module")
def gripper(tmp_path_factory: pytest.TempPathFactory) -> OnboardReport:
    return joined(gripper_hand, tmp_path_factory.mktemp("gripper"))


def check_good(report: OnboardReport) -> None:
    assert report.verdict.grade == "good", report.verdict.reason
    assert [finding.cause for finding in report.verdict.findings] == []
    assert (report.measured.sets["CP"].contact_5mm or 0.0) > 0.8


def test_three_like_fingers_are_good_and_nothing_speaks_against_them(tmp_path: Path):
    check_good(joined(trident_hand, tmp_path))


def test_a_gripper_is_good_and_nothing_speaks_against_it(gripper: OnboardReport):
    check_good(gripper)


def test_a_gripper_opens_as_far_as_another_hands_index_is_from_its_thumb(gripper: OnboardReport):
    source = load_space().hands["xhand:right"]
    part = np.random.default_rng(3).random((200, len(source.joints)))
    qpos = source.limits.lower + (source.limits.upper - source.limits.lower) * part
    wanted = np.linalg.norm(source.kinematics.deltas(qpos)[:, 0], axis=1)
    opened = 2.0 * gripper.codec.decode(source.encode(qpos))[:, 0]
    within = wanted < 0.09
    assert np.abs(opened - wanted)[within].mean() < 0.006
    assert opened[~within].mean() > 0.08
