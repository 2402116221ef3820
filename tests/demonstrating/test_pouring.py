"""Pouring: a lip that stays over the bowl while the vessel turns about it."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.demonstrating.pouring import OVER_RIM, TILTS, Vessel, _over_lip
from xlvla_sdk.sim.scene_state import SceneState, ThingState
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.sim.things import BOWL_HEIGHT

JAR = Vessel("jar", 0.033, 0.033, 0.15)
BOTTLE = Vessel("bottle", 0.0325, 0.023, 0.18)
BOWL = standing(0.1, 0.05, 0.3)
STATE = SceneState(0.0, {"bowl": ThingState(BOWL, np.zeros(3), np.zeros(3))})


def rings(vessel: Vessel) -> np.ndarray:
    """Points of the vessel's lip, then of its lower edge, in its own frame [m]."""
    turns = np.linspace(0.0, 2.0 * np.pi, 400, endpoint=False)
    circle = np.stack([np.cos(turns), np.sin(turns), np.zeros(400)], axis=1)
    up = np.array([0.0, 0.0, vessel.height])
    return np.concatenate([vessel.mouth * circle + up, vessel.radius * circle])


@pytest.mark.parametrize("vessel", [JAR, BOTTLE])
@pytest.mark.parametrize("tilt", [0.0, *TILTS])
def test_the_lip_is_over_the_bowl_and_nothing_is_below_the_rim(vessel: Vessel, tilt: float):
    T = _over_lip(vessel, STATE, 0.8, -0.5, tilt)
    points = rings(vessel) @ T[:3, :3].T + T[:3, 3]
    assert T[2, 2] == pytest.approx(np.cos(tilt))
    assert points[:, 2].min() > BOWL_HEIGHT + OVER_RIM - 0.012
    lip = points[:400]
    if tilt > 0.0:
        np.testing.assert_allclose(lip[lip[:, 2].argmin(), :2], BOWL[:2, 3], atol=1e-3)


def test_it_is_tipped_to_the_side_that_was_named():
    """By 0.8 rad about a vessel that is turned by -0.5: towards 0.3 rad in the task frame."""
    u = _over_lip(JAR, STATE, 0.8, -0.5, 1.0)[:3, 2]
    assert np.arctan2(u[1], u[0]) == pytest.approx(0.3)
