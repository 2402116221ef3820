"""The generated motion, played through the shipped space on the hands that founded it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.registered import right_hands
from xlvla_sdk.codec import load_space
from xlvla_sdk.demo.demo import SOURCE
from xlvla_sdk.demo.measures import measure
from xlvla_sdk.demo.motion import demo_motion
from xlvla_sdk.demo.performance import hand_alone, perform
from xlvla_sdk.layouts import XL1
from xlvla_sdk.policy import PolicyServer, ReplayPolicy


@pytest.mark.slow
def test_every_pinch_is_within_ten_millimetres_wherever_both_hands_are_able():
    space = load_space()
    hands = {spec.id: spec for spec in right_hands() if spec.id in space.hands}
    if SOURCE not in hands:
        pytest.skip(f"needs the plugin of {SOURCE}")
    motion = demo_motion(hands[SOURCE])
    layout = XL1(hand_alone(motion.source), space.hands)
    with PolicyServer(ReplayPolicy(motion.recording, layout), port=0) as server:
        done = [perform(spec, space.hands[hand], server.uri) for hand, spec in hands.items()]
    measures = measure(motion, done, space.id)
    assert measures.passed, measures.table()
    for performance in done:
        performance.spec.check_limits(performance.report.qpos)
        steps = np.abs(np.diff(performance.report.qpos, axis=0))
        assert steps.max() < 0.35, "no jump"
        assert performance.report.holds == 0
