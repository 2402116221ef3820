"""ArmSpec: what the maker of an arm says about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from xlvla_sdk.specs.pose import Pose
from xlvla_sdk.specs.side import Side
from xlvla_sdk.specs.spec import DeviceSpec
from xlvla_sdk.specs.urdf_file import load_urdf


class ArmSpec(DeviceSpec):
    """An arm: a chain from its base to the flange that carries a hand.

    Attributes:
        side: Right or left where the maker has two (a humanoid's), else None.
        base_link: Where it stands.
        flange_link: Where a hand is mounted.
        stands: Where it stands when no station says otherwise: side to the pose of the base link
            in the task frame.

    Raises:
        SpecError: When anything of it cannot stand, with the place and the mend.
    """

    side: Side | None = None
    base_link: str
    flange_link: str
    stands: Mapping[Side, Pose] = {}

    @model_validator(mode="before")
    @classmethod
    def _all_joints(cls, fields: dict[str, Any]) -> dict[str, Any]:
        if not fields.get("joints") and {"urdf", "base_link", "flange_link"} <= fields.keys():
            path = load_urdf(fields["urdf"]).path(fields["base_link"], fields["flange_link"])
            names = tuple(joint.name for joint in path if joint.moves and joint.mimic is None)
            fields = {**fields, "joints": names}
        return fields

    @model_validator(mode="after")
    def _check(self) -> ArmSpec:
        path = self.model.path(self.base_link, self.flange_link)
        expected = [joint for joint in path if joint.moves and joint.mimic is None]
        self._check_joints(expected, f"between '{self.base_link}' and '{self.flange_link}'")
        return self
