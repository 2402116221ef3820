"""What `--driver mujoco` puts its cameras before."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.cli.simulation import simulation_of
from xlvla_sdk.registry import registry
from xlvla_sdk.sim.scene import EMPTY, NEAR
from xlvla_sdk.specs import Pose, Station


def still() -> float:
    """A clock that stands [s]."""
    return 0.0


@pytest.mark.parametrize("body", ["xhand:right", "xhand:left", "paxini:both"])
@pytest.mark.parametrize("viewpoint", NEAR.cameras, ids=lambda viewpoint: viewpoint.name)
def test_hands_alone_are_seen_whole_and_large(body: str, viewpoint):
    simulation = simulation_of(registry().embodiment(body), Station(), None, still)
    assert simulation.world.scene is NEAR
    shapes = simulation.data.geom_xpos  # [m], task frame
    right, up, back = viewpoint.T_task_camera[:3, :3].T @ (shapes - viewpoint.at).T
    half = np.tan(np.radians(viewpoint.field_of_view / 2.0)) * -back
    assert np.abs(up / half).max() < 0.9
    assert np.abs(right / half).max() < 0.9 * 4 / 3
    assert np.ptp(up / half) > 0.5  # a quarter of the picture's height


def test_arms_and_placed_hands_are_seen_from_where_a_table_would_be():
    placed = Station(task_base={"xhand:right": Pose(xyz=(0.5, 0.0, 0.0))})
    for body, station in (("xarm7", Station()), ("xhand:right", placed)):
        assert simulation_of(registry().embodiment(body), station, None, still).world.scene is EMPTY
