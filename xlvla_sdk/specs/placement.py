"""Where a body stands: each arm's base in the task frame, each hand on its arm's flange.

The task frame is one for all robots: origin on the table's surface midway before the robot, x
forward, y left, z up. docs/concepts/bodies.md draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs.arm import ArmSpec
from xlvla_sdk.specs.embodiment import BodySide, Embodiment
from xlvla_sdk.specs.hand import HandSpec
from xlvla_sdk.specs.pose import Pose
from xlvla_sdk.specs.side import Side
from xlvla_sdk.specs.station import Station


@dataclass(frozen=True)
class PlacedSide:
    """One side of a body, and where it is.

    Attributes:
        body: The side, its arm and its hand.
        T_task_base: Pose in the task frame of the arm's base link; of the hand's wrist link where
            there is no arm.
        T_flange_wrist: Pose of the hand's wrist link in the arm's flange link, where there are both.
    """

    body: BodySide
    T_task_base: Float[np.ndarray, "4 4"]
    T_flange_wrist: Float[np.ndarray, "4 4"] | None


def placed_sides(embodiment: Embodiment, station: Station | None = None) -> tuple[PlacedSide, ...]:
    """Where each side of a body is, right first.

    What the station says goes before what the specs say. A hand alone of which no station speaks
    stands upright at the task frame's origin.

    Args:
        embodiment: The body.
        station: The lab's file; none when left out.

    Raises:
        SpecError: When nothing says where an arm stands or how a hand is mounted on it, naming
            the key to write; or when two arms would stand in one place.
    """
    lab = station or Station()
    placed = tuple(
        PlacedSide(body, _base(body, lab).matrix, _mount(body, lab)) for body in embodiment.sides
    )
    _check_apart(embodiment, placed, lab)
    return placed


def mount_key(arm: ArmSpec, hand: HandSpec) -> str:
    """How a station's `mounts` names a hand on an arm: `xarm7+inspire:right`."""
    return f"{arm.name}+{hand.id}"


def _base(body: BodySide, station: Station) -> Pose:
    device = body.parts[0]
    keys = dict.fromkeys((f"{device.name}:{body.side}", device.id, str(body.side)))
    for key in keys:
        if key in station.task_base:
            return station.task_base[key]
    if not isinstance(device, ArmSpec):
        return Pose()
    if body.side in device.stands:
        return device.stands[body.side]
    raise SpecError(
        f"{device.name}: nothing says where the {body.side} arm stands. Write its base link's pose in "
        f'the task frame into the station file: [task_base] "{device.name}:{body.side}" = '
        "{ xyz = [x, y, z], rpy = [roll, pitch, yaw] } in metres and radians, and give --station.",
        device=device.id,
        side=body.side,
    )


def _mount(body: BodySide, station: Station) -> Float[np.ndarray, "4 4"] | None:
    if body.arm is None or body.hand is None:
        return None
    key = mount_key(body.arm, body.hand)
    if key in station.mounts:
        return station.mounts[key].matrix
    if body.arm.name in body.hand.mounts:
        return body.hand.mounts[body.arm.name].matrix
    raise SpecError(
        f"{body.hand.id}: nothing says how it is mounted on {body.arm.name}"
        f"{_known(body.hand.mounts)}. Write the pose of its '{body.hand.wrist_link}' in the flange "
        f"link '{body.arm.flange_link}' into the station file: [mounts] \"{key}\" = "
        "{ xyz = [x, y, z], rpy = [roll, pitch, yaw] } in metres and radians, and give --station.",
        key=key,
    )


def _known(mounts: Mapping[str, Pose]) -> str:
    return f" (only on {', '.join(mounts)})" if mounts else ""


def _check_apart(embodiment: Embodiment, placed: tuple[PlacedSide, ...], station: Station) -> None:
    """Two arms of a maker who has one kind of them cannot stand in one place."""
    if len(placed) < 2 or not np.allclose(placed[0].T_task_base, placed[1].T_task_base):
        return
    arms = [side.body.arm for side in placed]
    if any(arm is None or arm.side is not None for arm in arms):
        return
    raise SpecError(
        f"{embodiment.name}: both arms stand in one place ({station.source}). Write one pose for "
        f"each side into [task_base]: {' and '.join(Side)}."
    )
