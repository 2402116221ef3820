"""Model: which xArm 7 it is, and what it may be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk import ArmSpec, HandSpec
from xlvla_sdk.drivers import checked_target
from xlvla_sdk.errors import DriverError, LimitViolation

AXES, XARM7_X4 = 7, 7  # vendor, x_config.py: Robot.Axis.XARM7, Robot.Type.XARM7_X4
NARROWER = {"joint2": (-2.042035, 2.024581), "joint4": (-0.10472, 3.92699)}
"""Limits of model XARM7_X4_1305 where they are tighter [rad]: x_config.py, JOINT_LIMITS."""
NEWER_FROM, NEWER_BELOW = 1305, 8500
"""Serial numbers whose digits 3 to 6 lie here are that model (vendor, `_is_out_of_joint_range`)."""
LARGEST_STEP = 0.35
"""From one target to the next [rad]: 0.1 s at 180 degrees a second, the most that SafeDriver asks
for after a pause. The box itself runs to any target at full speed: a longer step is a jump."""
NOISE = 0.005
"""A measured joint may stand this far outside its limits and be held there [rad]."""


@dataclass(frozen=True)
class Model:
    """One arm's name and limits: the tighter of the spec's and the controller's.

    Attributes:
        who: The arm, for messages.
        name: Its model, in the maker's words.
        spec: The arm.
        lower: Least position that may be commanded [rad].
        upper: Greatest.
    """

    who: str
    name: str
    spec: ArmSpec | HandSpec
    lower: Float[np.ndarray, " 7"]
    upper: Float[np.ndarray, " 7"]

    @staticmethod
    def recognise(
        spec: ArmSpec | HandSpec, who: str, axes: int, kind: int, serial: str | None
    ) -> Model:
        """The model behind the box's numbers; DriverError when it is another arm."""
        if (axes, kind) != (AXES, XARM7_X4):
            raise DriverError(
                f"{who}: is an arm of {axes} joints, model {kind}, not an xArm 7 of model "
                f"{XARM7_X4}. Check the address."
            )
        lower, upper = (limit.copy() for limit in spec.limits)
        if newer := _newer(serial or ""):
            for joint, (least, greatest) in NARROWER.items():
                at = spec.joints.index(joint)
                lower[at], upper[at] = max(lower[at], least), min(upper[at], greatest)
        name = f"xArm 7 (XARM7_X4{'_1305' if newer else ''})"
        return Model(who, name, spec, lower, upper)

    def check(self, qpos: Float[np.ndarray, " D"]) -> None:
        """LimitViolation for a target that is not finite or outside; DriverError for no posture."""
        checked_target(self.spec, qpos, 0.0, (self.lower, self.upper))

    def check_step(self, qpos: Float[np.ndarray, " 7"], before: Float[np.ndarray, " 7"]) -> None:
        """LimitViolation for a target that is a jump from the one before."""
        step = np.abs(qpos - before)
        at = int(step.argmax())
        if step[at] > LARGEST_STEP:
            raise LimitViolation(
                f"{self.who}: '{self.spec.joints[at]}' was told to go {step[at]:.3f} rad in one step, "
                f"more than {LARGEST_STEP:g}: a jump. Nothing was sent. Command every 4 to 10 ms, "
                "each target near the one before."
            )

    def standing(self, position: Float[np.ndarray, " 7"]) -> Float[np.ndarray, " 7"]:
        """A measured posture as a target; LimitViolation when more than noise has it outside."""
        outside = np.maximum(self.lower - position, position - self.upper)
        at = int(outside.argmax())
        if outside[at] > NOISE:
            raise LimitViolation(
                f"{self.who}: '{self.spec.joints[at]}' stands at {position[at]:.3f} rad, outside "
                f"{self._range(at)}. Nothing was sent. Move it back by hand, in manual mode."
            )
        return np.clip(position, self.lower, self.upper)

    def _range(self, at: int) -> str:
        return f"[{self.lower[at]:.3f}, {self.upper[at]:.3f}]"


def _newer(serial: str) -> bool:
    digits = serial[2:6]
    return digits.isdigit() and NEWER_FROM <= int(digits) < NEWER_BELOW
