"""Embodiment: the whole body a policy moves, and the order of its joints."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs.arm import ArmSpec
from xlvla_sdk.specs.hand import HandSpec
from xlvla_sdk.specs.side import Side
from xlvla_sdk.specs.spec import Limits


class BodySide(BaseModel):
    """One side of a body: an arm, a hand, or both."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    side: Side
    arm: ArmSpec | None = None
    hand: HandSpec | None = None

    @property
    def parts(self) -> tuple[ArmSpec | HandSpec, ...]:
        """The arm, then the hand: the order of the side's qpos."""
        return tuple(part for part in (self.arm, self.hand) if part is not None)


class Embodiment(BaseModel):
    """One or two sides, right first; each an arm, a hand, or both.

    The order of the whole qpos is: per side, the arm's joints, then the hand's.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    sides: tuple[BodySide, ...]

    @model_validator(mode="after")
    def _check(self) -> Embodiment:
        order = [side.side for side in self.sides]
        if order not in ([Side.RIGHT], [Side.LEFT], [Side.RIGHT, Side.LEFT]):
            raise SpecError(f"{self.name}: sides must be right, left, or right then left.")
        for side in self.sides:
            if not side.parts:
                raise SpecError(f"{self.name}: a side needs an arm, a hand, or both.")
            if other := [part.id for part in side.parts if part.side not in (None, side.side)]:
                raise SpecError(
                    f"{self.name}: {other[0]} cannot stand on the {side.side}. Name the device of "
                    "that side."
                )
        if twice := [name for name, times in Counter(self.joints).items() if times > 1]:
            raise SpecError(
                f"{self.name}: '{twice[0]}' would name two of the body's joints. Rename it in one of "
                "the URDFs."
            )
        return self

    @property
    def parts(self) -> tuple[ArmSpec | HandSpec, ...]:
        """Every device, in the order of the whole qpos."""
        return tuple(part for side in self.sides for part in side.parts)

    @property
    def hands(self) -> tuple[HandSpec, ...]:
        """The hands, right first."""
        return tuple(side.hand for side in self.sides if side.hand is not None)

    @cached_property
    def joints(self) -> tuple[str, ...]:
        """Names of the whole qpos, each once: as recordings, tables and messages carry them.

        They are the joints' own. Where arm and hand of a side have one name in common, the
        device's stands before it; where a name would then stand twice (two arms of one kind),
        `right_` or `left_`.
        """
        own = [
            (body, part, joint)
            for body in self.sides
            for part in body.parts
            for joint in part.joints
        ]
        on_side = Counter((body.side, joint) for body, _, joint in own)
        plain = [
            (body.side, joint if on_side[body.side, joint] == 1 else f"{part.name}_{joint}")
            for body, part, joint in own
        ]
        often = Counter(name for _, name in plain)
        return tuple(name if often[name] == 1 else f"{side}_{name}" for side, name in plain)

    @cached_property
    def limits(self) -> Limits:
        """Limits of the whole qpos [rad, m]."""
        return Limits(
            np.concatenate([part.limits.lower for part in self.parts]),
            np.concatenate([part.limits.upper for part in self.parts]),
        )

    def slices(self) -> tuple[tuple[ArmSpec | HandSpec, slice], ...]:
        """Each device with its columns in the whole qpos."""
        found, start = [], 0
        for part in self.parts:
            found.append((part, slice(start, start + len(part.joints))))
            start += len(part.joints)
        return tuple(found)
