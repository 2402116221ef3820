"""Reaching: what an arm cannot follow is counted and said once; what it can is no news."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.layouts import Arm1
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy, SimClock, run_episode
from xlvla_sdk.policy.reaching import Reaching
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import ArmSpec


@pytest.fixture
def layout() -> Arm1:
    return Arm1(registry().embodiment("xarm7"))


def ready(layout: Arm1) -> np.ndarray:
    arm = layout.embodiment.parts[0]
    assert isinstance(arm, ArmSpec)
    return arm.posture("ready")


def test_a_row_within_reach_is_decoded_and_not_counted(layout: Arm1):
    reaching, q = Reaching(layout), ready(layout)
    row = layout.encode(q)
    np.testing.assert_array_equal(reaching.decode(row, q + 0.02), layout.decode(row, q + 0.02))
    assert reaching.off == 0
    assert reaching.position_off < 1e-3


def test_a_row_out_of_reach_is_counted_and_said_once(
    layout: Arm1, caplog: pytest.LogCaptureFixture
):
    reaching, q = Reaching(layout), ready(layout)
    row = layout.encode(q)
    row[:3] += [3.0, 0.0, 0.0]
    with caplog.at_level(logging.WARNING):
        reached = reaching.decode(row, q)
        reaching.decode(row, reached)
    assert reaching.off == 2
    off = np.linalg.norm(layout.encode(reached)[:3] - row[:3])
    assert reaching.position_off >= off - 1e-6 > 1.0
    assert [r.message.split(":")[0] for r in caplog.records] == ["xarm7"]
    assert "cannot reach" in caplog.text


def test_an_episode_reports_what_its_arm_could_not_reach(layout: Arm1):
    row = layout.encode(ready(layout))
    row[2] += 2.0
    chunk = ActionChunk(np.tile(row, (4, 1)), layout.name, 0.05, final=True)
    policy, clock = _Saying(layout, chunk), SimClock()
    driver = SimulatedDriver(layout.embodiment.parts[0], now=clock.now)
    report = run_episode([driver], layout, policy, clock)
    assert report.out_of_reach == report.to_json()["out_of_reach"] > 0
    assert 1.0 < report.position_off < 2.0


class _Saying(Policy):
    """Answers with one chunk."""

    def __init__(self, layout: Arm1, chunk: ActionChunk) -> None:
        self._metadata, self._chunk = Metadata.of(layout), chunk

    @property
    def name(self) -> str:
        return "one chunk"

    @property
    def metadata(self) -> Metadata:
        return self._metadata

    def infer(self, observation: Observation) -> ActionChunk:
        return self._chunk
