"""A task can be done, by physics, from rows: a demonstration pushes two cans together, told again in the latent."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk import find_codec
from xlvla_sdk.demonstrating import Instant, demonstrate, demonstrator
from xlvla_sdk.evaluation import EvaluationReport, evaluate
from xlvla_sdk.layouts import XL1
from xlvla_sdk.messages import Recording
from xlvla_sdk.policy.replay import ReplayPolicy
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.tasks import PUSH_CANS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def pushed(seed: int) -> EvaluationReport:
    """What a demonstration told the joints, encoded, as a policy's answers."""
    body = registry().embodiment("xarm7+xhand:right")
    layout = XL1(body, {hand.id: find_codec(hand) for hand in body.hands})
    simulation = Simulation(build_world(body, scene=PUSH_CANS.scene))
    simulation.reset(PUSH_CANS.reset(seed))
    rows: list[Instant] = []
    demonstrate(demonstrator(PUSH_CANS, body, seed), PUSH_CANS, simulation, rows.append)
    recording = Recording(
        qpos=np.stack([row.qpos for row in rows]),
        action=np.stack([row.target for row in rows]),
        joint_names=body.joints,
        time_s=np.array([row.time_s for row in rows]),
    )
    return evaluate(ReplayPolicy(recording, layout), PUSH_CANS, layout, [seed])


@pytest.mark.parametrize("seed", range(2))
def test_the_cans_are_pushed_together_wherever_they_begin(seed: int):
    report = pushed(seed)
    assert report.successes == 1, report.failures
    assert all(episode.limits_touched == 0 for episode in report.episodes)


def test_the_same_push_gives_the_same_report():
    assert pushed(2) == pushed(2)
