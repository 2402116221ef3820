"""Where a hand is looked at from, so that it fills its picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics import link_poses
from xlvla_sdk.sim.shapes import Primitive, drawn
from xlvla_sdk.specs import HandSpec, Side

TURN = 38.0
"""How far the camera stands to the thumb's side of straight before the palm [deg]."""
ELEVATION = -14.0
"""It looks down a little [deg]."""
FIELD_OF_VIEW = 24.0
"""Vertical [deg]; narrow, so that fingers near and far are drawn alike."""
MARGIN = 1.06


@dataclass(frozen=True)
class HandView:
    """A camera that looks at a point, in the world a hand stands upright in.

    Attributes:
        lookat: The point in the picture's middle [m].
        distance: From there to the camera [m].
        azimuth: Direction of view about the vertical, 0 along +x [deg].
        elevation: Direction of view above the horizon [deg].
        field_of_view: Vertical [deg].
    """

    lookat: Float[np.ndarray, "3"]
    distance: float
    azimuth: float
    elevation: float = ELEVATION
    field_of_view: float = FIELD_OF_VIEW

    @property
    def R_world_view(self) -> Float[np.ndarray, "3 3"]:
        """Columns: right, up, and back towards the camera, in the world."""
        azimuth, elevation = np.radians([self.azimuth, self.elevation])
        forward = np.array(
            [
                np.cos(elevation) * np.cos(azimuth),
                np.cos(elevation) * np.sin(azimuth),
                np.sin(elevation),
            ]
        )
        right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
        return np.stack([right, np.cross(right, forward), -forward], axis=1)

    def to_view(self, points: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
        """Points of the world as the camera sees them: right, up, and depth from it [m]."""
        view = (points - self.lookat) @ self.R_world_view
        view[..., 2] = self.distance - view[..., 2]
        return view


def hand_camera(
    spec: HandSpec,
    postures: Float[np.ndarray, "N D"],
    turn: float = TURN,
    elevation: float = ELEVATION,
) -> HandView:
    """A camera that holds the hand in all of these postures.

    Args:
        spec: The hand.
        postures: The postures that must fit [rad, m].
        turn: How far it stands to the thumb's side of straight before the palm [deg].
        elevation: Its direction of view above the horizon [deg].
    """
    azimuth = 180.0 + (turn if spec.side is Side.RIGHT else -turn)
    camera = HandView(np.zeros(3), 0.0, azimuth, elevation)
    corners = np.concatenate([_corners(spec, qpos) for qpos in postures])
    seen = camera.to_view(corners)
    middle = (seen.min(axis=0) + seen.max(axis=0)) / 2.0
    towards = np.array([middle[0], middle[1], -middle[2]])
    half = np.abs(seen[:, :2] - middle[:2]).max(axis=1)
    depth = middle[2] - seen[:, 2]
    distance = (half / np.tan(np.radians(FIELD_OF_VIEW / 2.0)) * MARGIN + depth).max()
    return replace(camera, lookat=camera.R_world_view @ towards, distance=float(distance))


def world_poses(
    spec: HandSpec, qpos: Float[np.ndarray, " D"]
) -> dict[str, Float[np.ndarray, "4 4"]]:
    """Every link from the wrist on, for a hand that stands upright with its palm frame at zero."""
    poses = link_poses(spec.model, spec.joints, qpos)
    T_world_root = np.linalg.inv(poses[spec.wrist_link] @ spec.T_wrist_palm)
    below = {spec.wrist_link}
    for _ in range(len(poses)):
        below |= {joint.child for joint in spec.model.joints.values() if joint.parent in below}
    return {link: T_world_root @ poses[link] for link in spec.model.links if link in below}


def _corners(spec: HandSpec, qpos: np.ndarray) -> np.ndarray:
    looks = drawn(spec.model)
    found = [
        pose[:3, 3] + _extent(primitive) @ pose[:3, :3].T
        for link, T in world_poses(spec, qpos).items()
        for primitive in looks[link]
        for pose in [T @ primitive.T_link_shape]
    ]
    return np.concatenate([*found, np.zeros((1, 3))])


def _extent(primitive: Primitive) -> np.ndarray:
    """Corners of the box around a primitive, in its own frame."""
    if primitive.corners is not None:
        return primitive.corners.reshape(-1, 3)
    match primitive.kind:
        case "box":
            half = np.array(primitive.size) / 2.0
        case "sphere":
            half = np.full(3, primitive.size[0])
        case _:
            radius, length = primitive.size
            rounded = radius if primitive.kind == "capsule" else 0.0
            half = np.array([radius, radius, length / 2.0 + rounded])
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    return signs * half
