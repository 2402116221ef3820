"""What became of a whole robot's recording: how well arms followed, how fast joints go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec.retarget import RetargetReport
from xlvla_sdk.layouts.layout import Decoded, Layout
from xlvla_sdk.specs import Embodiment

POSITION, ROTATION = 0.005, float(np.radians(3.0))
"""How far a pinch point and a palm may be off [m, rad] where a row counts as followed."""


@dataclass(frozen=True)
class SideFollowed:
    """How one arm followed.

    Attributes:
        arm: The arm and its side.
        part: The part of the rows within 5 mm and 3 degrees.
        position_error, rotation_error: The largest among those [m, rad].
        furthest: By how much the row that is furthest off misses its point [m].
    """

    arm: str
    part: float
    position_error: float
    rotation_error: float
    furthest: float


@dataclass(frozen=True)
class Fastest:
    """The joint of a device that comes nearest to its velocity limit, or goes furthest beyond.

    Attributes:
        device: Whose it is.
        joint: Its name among the body's.
        speed: The fastest it goes from a row to the next [rad/s, m/s].
        limit: Its velocity limit.
        rows: In how many rows a joint of the device goes beyond its limit.
    """

    device: str
    joint: str
    speed: float
    limit: float
    rows: int


@dataclass(frozen=True)
class TransferReport:
    """What happened on the way.

    Attributes:
        plain: Rows, rate, what was clipped and what was kept.
        sides: The arms, over the rows of `qpos`, and of `action` where there is one.
        fastest: One for each device whose velocity limits are known, in `qpos`.
        shift: What was added to every pinch point [m], task frame.
    """

    plain: RetargetReport
    sides: tuple[SideFollowed, ...]
    fastest: tuple[Fastest, ...]
    shift: tuple[float, float, float]

    @property
    def part(self) -> float:
        """The part of the rows that the worst arm follows; 1 without arms."""
        return min((side.part for side in self.sides), default=1.0)


def followed(decoded: Decoded) -> Float[np.ndarray, "*rows S"]:
    """1 where a side is within 5 mm and 3 degrees, else 0."""
    near = (decoded.position_error <= POSITION) & (decoded.rotation_error <= ROTATION)
    return near.astype(float)


def sides_followed(target: Layout, decoded: Decoded) -> tuple[SideFollowed, ...]:
    """How each arm of a body followed its rows."""
    near = followed(decoded) > 0.0
    found = []
    for number, arm in enumerate(target.arms):
        if arm is None:
            continue
        there = near[:, number]
        position, rotation = decoded.position_error[:, number], decoded.rotation_error[:, number]
        found.append(
            SideFollowed(
                arm.name,
                float(there.mean()),
                float(position[there].max(initial=0.0)),
                float(rotation[there].max(initial=0.0)),
                float(position.max(initial=0.0)),
            )
        )
    return tuple(found)


def fastest_joints(
    embodiment: Embodiment, qpos: Float[np.ndarray, "rows D"], time_s: Float[np.ndarray, " rows"]
) -> tuple[Fastest, ...]:
    """How near each device comes to its velocity limits, from row to row."""
    if len(qpos) < 2:
        return ()
    speed = np.abs(np.diff(qpos, axis=0)) / np.diff(time_s)[:, None]
    found = []
    for part, columns in embodiment.slices():
        if part.velocity is None:
            continue
        share = speed[:, columns] / part.velocity_limits
        joint = int(share.max(axis=0).argmax())
        found.append(
            Fastest(
                part.id,
                embodiment.joints[columns][joint],
                float(speed[:, columns][:, joint].max()),
                float(part.velocity_limits[joint]),
                int((share > 1.0).any(axis=1).sum()),
            )
        )
    return tuple(found)
