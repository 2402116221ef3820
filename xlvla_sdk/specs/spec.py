"""What hands and arms share: a frozen model whose every refusal is a SpecError."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from xlvla_sdk.errors import DataError, LimitViolation, SpecError
from xlvla_sdk.specs.side import Side
from xlvla_sdk.specs.urdf import UrdfJoint, UrdfModel, near
from xlvla_sdk.specs.urdf_file import load_urdf

LIMIT_TOLERANCE = 0.005
"""How far [rad, m] outside its limits a joint may be read or told to go before it is refused."""


class Limits(NamedTuple):
    """Joint limits [rad, m], in the order of `spec.joints`."""

    lower: Float[np.ndarray, " D"]
    upper: Float[np.ndarray, " D"]


class DeviceSpec(BaseModel):
    """The fields every device has; see HandSpec and ArmSpec.

    Attributes:
        name: The device's name, `maker_model` for a third party's.
        urdf: The URDF, a path or a package resource.
        joints: Actuated joints in the URDF's order; empty takes all of them.
        velocity: Limit of each joint [rad/s, m/s], one number or by name, from the hardware's
            sheet. None says that it is not known: no driver will then move the device.
        postures: Named postures, each by joint name [rad, m]; joints left out are at `rest`.
        source: Where the numbers are from.
        license: Under which terms, as an SPDX name where there is one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    urdf: Path | Traversable
    joints: tuple[str, ...] = ()
    velocity: float | Mapping[str, float] | None
    postures: Mapping[str, Mapping[str, float]] = {}
    source: str
    license: str

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
            )
            raise SpecError(f"{fields.get('name', '?')}: {faults}.") from error

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name, re.ASCII):
            raise SpecError(
                f"'{name}' is no name for a device: it is typed in commands and names files. Begin "
                "with a letter or digit, then letters, digits, '_', '-' and '.'."
            )
        return name

    def __eq__(self, other: object) -> bool:
        # By what was said alone: pydantic would compare what has been read of the URDF, too.
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in type(self).model_fields
        )

    def __hash__(self) -> int:
        return hash((self.id, str(self.urdf)))

    @property
    def id(self) -> str:
        """The name with its side, `xhand:right`; a device without sides has its name alone."""
        side: Side | None = getattr(self, "side", None)
        return self.name if side is None else f"{self.name}:{side}"

    @cached_property
    def model(self) -> UrdfModel:
        """The parsed URDF."""
        return load_urdf(self.urdf)

    @cached_property
    def limits(self) -> Limits:
        """Position limits [rad, m], each (D,), read-only."""
        ranges = [
            (self.model.joints[name].lower, self.model.joints[name].upper) for name in self.joints
        ]
        array = np.array(ranges, dtype=float).reshape(len(self.joints), 2)
        array.setflags(write=False)
        return Limits(array[:, 0], array[:, 1])

    @cached_property
    def velocity_limits(self) -> Float[np.ndarray, " D"]:
        """Velocity limits [rad/s, m/s], (D,).

        Raises:
            SpecError: When the spec says that they are not known.
        """
        if self.velocity is None:
            raise SpecError(
                f"{self.id}: the spec gives no velocity limits, so nothing may move the device. "
                "Write `velocity` into the spec, from the hardware's sheet."
            )
        if isinstance(self.velocity, Mapping):
            return np.array([self.velocity[name] for name in self.joints], dtype=float)
        return np.full(len(self.joints), float(self.velocity))

    @cached_property
    def rest(self) -> Float[np.ndarray, " D"]:
        """Zero, or the limit nearest to it where zero is outside [rad, m]."""
        return np.clip(0.0, *self.limits)

    def posture(self, name: str) -> Float[np.ndarray, " D"]:
        """A named posture as qpos [rad, m].

        Raises:
            SpecError: When the spec has no posture of that name.
        """
        if name not in self.postures:
            raise SpecError(
                f"{self.id}: no posture '{name}'. There are: {', '.join(self.postures) or 'none'}."
            )
        values = self.postures[name]
        return np.array(
            [values.get(joint, rest) for joint, rest in zip(self.joints, self.rest, strict=True)]
        )

    def check_limits(
        self, qpos: Float[np.ndarray, "*batch D"], tolerance: float = LIMIT_TOLERANCE
    ) -> None:
        """Raises LimitViolation for the joint furthest outside its limits, beyond `tolerance`."""
        check_limits(self.id, self.joints, self.limits, qpos, tolerance)

    def _check_joints(self, expected: Sequence[UrdfJoint], where: str) -> None:
        names = [joint.name for joint in expected]
        for name in self.joints:
            if name not in self.model.joints:
                raise SpecError(
                    f"{self.id}: joint '{name}' is not in {self.model.source}. {near(name, names)}"
                )
            if name not in names:
                joint = self.model.joints[name]
                why = (
                    "mimics another"
                    if joint.mimic
                    else "is fixed"
                    if not joint.moves
                    else f"is not {where}"
                )
                raise SpecError(f"{self.id}: joint '{name}' {why}: leave it out of `joints`.")
        if missing := [name for name in names if name not in self.joints]:
            raise SpecError(
                f"{self.id}: actuated joints {', '.join(missing)} are {where} but not in `joints`. Name them."
            )
        if list(self.joints) != names:
            raise SpecError(
                f"{self.id}: `joints` must stand in the URDF's order: {', '.join(names)}."
            )
        for joint in expected:
            self._check_limit(joint)
        self._check_velocity()
        self._check_postures()

    def _check_limit(self, joint: UrdfJoint) -> None:
        if joint.lower is None or joint.upper is None:
            raise SpecError(
                f"{self.id}: joint '{joint.name}' has no "
                f"{'lower' if joint.lower is None else 'upper'} limit in {self.model.source}. "
                "Give it <limit lower=... upper=...>, what the hardware accepts.",
                joint=joint.name,
            )
        if joint.upper - joint.lower < 1e-6:
            raise SpecError(
                f"{self.id}: joint '{joint.name}' has a range of zero or less "
                f"({joint.lower:g} to {joint.upper:g}). Mend its <limit>, or make the joint fixed.",
                joint=joint.name,
            )

    def _check_velocity(self) -> None:
        if self.velocity is None:
            return
        given = self.velocity
        if isinstance(given, Mapping) and set(given) != set(self.joints):
            odd = sorted(set(given) ^ set(self.joints))
            raise SpecError(f"{self.id}: `velocity` and `joints` differ in {', '.join(odd)}.")
        values = list(given.values()) if isinstance(given, Mapping) else [given]
        if not all(np.isfinite(value) and value > 0 for value in values):
            raise SpecError(
                f"{self.id}: velocity limits must be finite and above zero, not {given}."
            )

    def _check_postures(self) -> None:
        for name, posture in self.postures.items():
            if unknown := [joint for joint in posture if joint not in self.joints]:
                raise SpecError(
                    f"{self.id}: posture '{name}' names {', '.join(unknown)}, no actuated joint."
                )
            try:
                self.check_limits(self.posture(name), tolerance=1e-9)
            except LimitViolation as error:
                raise SpecError(f"{self.id}: posture '{name}': {error.message}") from error


def check_limits(
    who: str,
    joints: Sequence[str],
    limits: Limits,
    qpos: Float[np.ndarray, "*batch D"],
    tolerance: float,
) -> None:
    """Refuses postures that leave the limits; a number that is not finite is outside.

    Args:
        who: What the message calls the device.
        joints: Names of the columns.
        limits: Lower and upper [rad, m].
        qpos: Postures [rad, m].
        tolerance: How far outside is still taken [rad, m].

    Raises:
        LimitViolation: Naming the joint furthest outside, and its row.
        DataError: When the postures are not as wide as the device has joints.
    """
    if np.shape(qpos)[-1:] != (len(joints),):
        raise DataError(
            f"{who}: postures of shape {np.shape(qpos)} are no rows of its {len(joints)} joints. "
            f"Give a column for each, in this order: {', '.join(joints)}."
        )
    rows = np.reshape(qpos, (-1, len(joints)))
    outside = np.maximum(limits.lower - rows, rows - limits.upper)
    outside[~np.isfinite(rows)] = np.inf
    if outside.size == 0 or outside.max() <= tolerance:
        return
    row, column = divmod(int(outside.argmax()), len(joints))
    where = f" (row {row} of {len(rows)})" if len(rows) > 1 else ""
    raise LimitViolation(
        f"{who}: '{joints[column]}' is {rows[row, column]:.4g}, outside "
        f"[{limits.lower[column]:.4g}, {limits.upper[column]:.4g}]{where}.",
        joint=joints[column],
        row=int(row),
        value=float(rows[row, column]),
    )
