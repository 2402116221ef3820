"""A training's losses in a few points: means, in order, to the last step."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.onboarding.curve import POINTS, TrainingCurve


@pytest.mark.parametrize("steps", [1, 7, POINTS, 649])
def test_every_step_counts_once(steps: int):
    heard: list[int] = []
    curve = TrainingCurve(lambda step, *_: heard.append(step))
    losses = 1.0 + np.arange(steps)
    for step, loss in enumerate(losses, start=1):
        curve(step, steps, float(loss))
    points = curve.points()
    assert heard == list(range(1, steps + 1))
    assert len(points) == min(steps, POINTS)
    assert points[-1][0] == steps
    stretches = np.diff([0, *(end for end, _ in points)])
    assert (stretches >= 1).all()
    total = sum(count * mean for count, (_, mean) in zip(stretches, points, strict=True))
    assert total == pytest.approx(losses.sum(), rel=1e-5)


def test_nothing_heard_is_no_curve():
    assert TrainingCurve().points() == []
