"""HandSpec: what the maker of a hand says about it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from pydantic import Field, model_validator

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs.pose import Pose
from xlvla_sdk.specs.side import Side
from xlvla_sdk.specs.spec import DeviceSpec
from xlvla_sdk.specs.urdf import UrdfJoint
from xlvla_sdk.specs.urdf_file import load_urdf, pose

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
"""The fingers a hand may have; every hand has a thumb and one more."""


class HandSpec(DeviceSpec):
    """A hand: where it begins, which joints move it, and which link is whose fingertip.

    Attributes:
        side: Right or left.
        wrist_link: The link the hand begins at.
        tip_links: Finger name to the link at its tip, thumb first.
        palm_xyz: Origin of the palm frame in the wrist link [m].
        palm_rpy: Its rotation in the wrist link [rad]. In the palm frame fingers point along +z,
            the palm faces +x, and the index side is +y on a right hand, -y on a left.
        mounts: Name of an arm to the pose of the wrist link in that arm's flange link.

    Raises:
        SpecError: When anything of it cannot stand, with the place and the mend.
    """

    side: Side
    wrist_link: str
    tip_links: Mapping[str, str]
    palm_xyz: tuple[float, float, float] = Field(default=(0.0, 0.0, 0.0))
    palm_rpy: tuple[float, float, float] = Field(default=(0.0, 0.0, 0.0))
    mounts: Mapping[str, Pose] = {}

    @model_validator(mode="before")
    @classmethod
    def _all_joints(cls, fields: dict[str, Any]) -> dict[str, Any]:
        if not fields.get("joints") and "urdf" in fields and "wrist_link" in fields:
            model = load_urdf(fields["urdf"])
            model.require_link(fields["wrist_link"], "wrist link")
            below = _actuated_below(model.joints.values(), fields["wrist_link"])
            fields = {**fields, "joints": tuple(joint.name for joint in below)}
        return fields

    @model_validator(mode="after")
    def _check(self) -> HandSpec:
        self.model.require_link(self.wrist_link, "wrist link")
        expected = _actuated_below(self.model.joints.values(), self.wrist_link)
        self._check_joints(expected, f"below '{self.wrist_link}'")
        self._check_tips()
        return self

    @property
    def fingers(self) -> tuple[str, ...]:
        """The hand's fingers, thumb first."""
        return tuple(finger for finger in FINGERS if finger in self.tip_links)

    @cached_property
    def T_wrist_palm(self) -> Float[np.ndarray, "4 4"]:
        """The palm frame in the wrist link."""
        return pose(np.array(self.palm_xyz), np.array(self.palm_rpy))

    def _check_tips(self) -> None:
        if unknown := [finger for finger in self.tip_links if finger not in FINGERS]:
            raise SpecError(
                f"{self.id}: '{unknown[0]}' is no finger. Fingers are {', '.join(FINGERS)}; leave out "
                "those the hand does not have."
            )
        if "thumb" not in self.tip_links or len(self.tip_links) < 2:
            raise SpecError(f"{self.id}: tip_links needs a thumb and one finger more.")
        taken: dict[str, str] = {}
        for finger, link in self.tip_links.items():
            if link not in self.model.links:
                self.model.require_link(link, f"{self.id}: tip link (finger '{finger}')")
            if link in taken:
                raise SpecError(
                    f"{self.id}: '{link}' is named for {taken[link]} and for {finger}. "
                    f"Give {finger} its own link, or leave {finger} out."
                )
            taken[link] = finger
            path = self.model.path(self.wrist_link, link)
            if not any(joint.moves for joint in path):
                raise SpecError(
                    f"{self.id}: no joint moves '{link}' (finger '{finger}'): name the tip's own link."
                )


def _actuated_below(joints: Any, wrist_link: str) -> list[UrdfJoint]:
    """Joints below the wrist that move and follow no other, in the file's order."""
    joints = list(joints)
    below, grew = {wrist_link}, True
    while grew:
        more = {joint.child for joint in joints if joint.parent in below} - below
        below |= more
        grew = bool(more)
    return [j for j in joints if j.parent in below and j.moves and j.mimic is None]


def hand_from_urdf(
    urdf: Path | str,
    side: Side,
    tip_links: Mapping[str, str],
    name: str,
    wrist_link: str | None = None,
    velocity: float | None = None,
) -> HandSpec:
    """A hand from a URDF, its tips and nothing else; the wrist link's frame is its palm's.

    Args:
        urdf: Path of the URDF.
        side: Right or left.
        tip_links: Finger name to tip link.
        name: What to call the hand.
        wrist_link: Where it begins; the URDF's root when left out.
        velocity: Limit of every joint [rad/s]; without it nothing may move the hand.

    Raises:
        SpecError: As HandSpec does.
    """
    path = Path(urdf)
    model = load_urdf(path)
    return HandSpec(
        name=name,
        side=side,
        urdf=path,
        wrist_link=wrist_link or model.root,
        velocity=velocity,
        tip_links=dict(tip_links),
        source=path.name,
        license="not stated",
    )
