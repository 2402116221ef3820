"""Cameras on a robot's wrists: they look past the palm at what the fingers reach."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.sim.bodies import place
from xlvla_sdk.sim.trees import Tree, tree_of
from xlvla_sdk.specs import BodySide, Embodiment, HandSpec

ASIDE, BACK = 0.11, 0.03
"""How far before the palm, and behind the flange, a camera stands [m]; choices."""
FIELD_OF_VIEW = 70.0
"""Vertical [deg]: a usual wide lens."""
REACH = 0.15
"""How far before the flange an arm without a hand looks [m]."""


def add_wrist_cameras(
    mujoco: Any, draft: Any, embodiment: Embodiment, grown: tuple[Tree, ...]
) -> None:
    """Adds `right_wrist` and `left_wrist`: on the flange, or on the wrist of a hand alone."""
    for body in embodiment.sides:
        tree = tree_of(grown, body.side, body.parts[0])
        link = tree.root if body.arm is None else body.arm.flange_link
        carrier = draft.body(tree.prefix + link)
        camera = carrier.add_camera(name=f"{body.side}_wrist", fovy=FIELD_OF_VIEW)
        place(mujoco, camera, _seen_from(body, grown))


def _seen_from(body: BodySide, grown: tuple[Tree, ...]) -> Float[np.ndarray, "4 4"]:
    """The camera in the flange, or in the wrist of a hand alone: x right, y up, z back."""
    T_palm = np.eye(4)
    if body.hand is not None:
        T_palm = body.hand.T_wrist_palm
        if body.arm is not None:
            T_palm = tree_of(grown, body.side, body.hand).T_mount_root @ T_palm
    at = ASIDE * T_palm[:3, 0] - BACK * T_palm[:3, 2]
    back = at - _looked_at(body.hand, T_palm)
    back /= np.linalg.norm(back)
    up = T_palm[:3, 0] - back * (back @ T_palm[:3, 0])  # away from the palm is up in the picture
    up /= np.linalg.norm(up)
    T = np.eye(4)
    T[:3, :3] = np.stack([np.cross(up, back), up, back], axis=1)
    T[:3, 3] = at
    return T


def _looked_at(hand: HandSpec | None, T_palm: Float[np.ndarray, "4 4"]) -> Float[np.ndarray, "3"]:
    """Amid the fingertips of the hand at rest; straight ahead without one."""
    if hand is None:
        return T_palm[:3, 3] + REACH * T_palm[:3, 2]
    tips = hand_kinematics(hand).tips(hand.rest)
    return T_palm[:3, :3] @ tips.mean(axis=0) + T_palm[:3, 3]
