"""What a body stands on before a table: drawn only, nothing touches it."""

from __future__ import annotations

from typing import Any

from xlvla_sdk.sim.bodies import DRAWN
from xlvla_sdk.sim.things import FLOOR_DEPTH
from xlvla_sdk.sim.trees import Tree
from xlvla_sdk.specs import HandSpec

COLUMN, ROD = 0.07, 0.012
"""Radius of what carries an arm's base, or a hand that no arm carries [m]."""
GREY = (0.55, 0.57, 0.60, 1.0)


def add_stands(mujoco: Any, draft: Any, grown: tuple[Tree, ...]) -> None:
    """A column from the floor to every arm's base, a rod from the table to every hand alone."""
    for tree in grown:
        if tree.mount is not None:
            continue
        x, y, top = tree.T_mount_root[:3, 3].tolist()
        hand = isinstance(tree.specs[0], HandSpec)
        radius, bottom = (ROD, 0.0) if hand else (COLUMN, -FLOOR_DEPTH)
        if top > bottom:
            draft.worldbody.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CYLINDER,
                size=(radius, (top - bottom) / 2.0, 0.0),
                pos=(x, y, (top + bottom) / 2.0),
                rgba=GREY,
                material="skin",
                group=DRAWN,
                contype=0,
                conaffinity=0,
            )
