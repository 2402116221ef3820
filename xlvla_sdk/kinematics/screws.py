"""HandKinematics: fingertips as products of screws, in the palm frame; numpy, no torch.

A hand's URDF is reduced once to what moves its tips: for every finger the joint axes as lines in
the palm frame at position zero, and the tip's place there. The result depends on the hand's
geometry alone, not on how its links are laid out, so it can be compared and hashed.

Source: product of exponentials, Lynch and Park, Modern Robotics, section 4.1.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.finger import (
    DIGITS,
    Finger,
    Screw,
    mirrored,
    same_finger,
    tip_jacobian,
    tip_position,
)
from xlvla_sdk.kinematics.products import DEEPEST, ProductMap, delta_map
from xlvla_sdk.specs import FINGERS, HandSpec, Limits, Side
from xlvla_sdk.specs.urdf import UrdfModel


@dataclass(frozen=True)
class HandKinematics:
    """How a hand's tips move in its palm frame.

    Attributes:
        joints: Actuated joints, in the order of qpos.
        lower, upper: Limits [rad, m].
        fingers: Thumb first.
    """

    joints: tuple[str, ...]
    lower: Float[np.ndarray, " D"]
    upper: Float[np.ndarray, " D"]
    fingers: tuple[Finger, ...]

    @property
    def finger_names(self) -> tuple[str, ...]:
        return tuple(finger.name for finger in self.fingers)

    @property
    def limits(self) -> Limits:
        return Limits(self.lower, self.upper)

    def tips(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch F 3"]:
        """Fingertip positions in the palm frame [m], in the order of `fingers`.

        Args:
            qpos: Actuated joints [rad, m].
        """
        qpos = np.asarray(qpos, dtype=float)
        return np.stack([tip_position(finger, qpos) for finger in self.fingers], axis=-2)

    def tips_jacobian(
        self, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch F 3 D"]:
        """How the fingertips move with each joint [m/rad, m/m]; mimic joints count to their driver.

        Args:
            qpos: Actuated joints [rad, m].
        """
        qpos = np.asarray(qpos, dtype=float)
        return np.stack([tip_jacobian(finger, qpos) for finger in self.fingers], axis=-3)

    @cached_property
    def has(self) -> Bool[np.ndarray, " 4"]:
        """Which fingers beside the thumb there are: index, middle, ring, pinky."""
        return np.array([name in self.finger_names for name in FINGERS[1:]])

    @cached_property
    def turns(self) -> Bool[np.ndarray, " D"]:
        """Which joints turn [rad]; the others slide [m]."""
        slides, turns = np.zeros((2, len(self.joints)), dtype=bool)
        for screw in (screw for finger in self.fingers for screw in finger.screws):
            (slides if screw.prismatic else turns)[screw.joint] = True
        return turns | ~slides

    def deltas(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch 4 3"]:
        """Thumb tip minus fingertip in the palm frame [m], for index, middle, ring, pinky.

        Zeros for a finger the hand does not have. Made for one posture at a high rate, or a block.

        Args:
            qpos: Actuated joints [rad, m].
        """
        qpos = np.asarray(qpos, dtype=float)
        rows = qpos.reshape(-1, len(self.joints))
        deltas = self._walked_deltas(rows) if self._delta_map is None else self._delta_map(rows)
        return deltas.reshape(*qpos.shape[:-1], len(FINGERS) - 1, 3)

    def mirrored(self) -> HandKinematics:
        """The same hand seen in a mirror through y: a left hand as if it were a right one."""
        return replace(self, fingers=tuple(mirrored(finger) for finger in self.fingers))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of joints, limits and screws at 1e-9; the URDF's text does not enter."""
        return hashlib.sha256(json.dumps(self.to_json(DIGITS), sort_keys=True).encode()).hexdigest()

    def difference(self, other: HandKinematics) -> str | None:
        """What sets two hands apart by more than 1e-9, in words; None when nothing does."""
        if self.joints != other.joints:
            return f"joints: {', '.join(other.joints)} then, {', '.join(self.joints)} now"
        for which in ("lower", "upper"):
            mine, theirs = getattr(self, which), getattr(other, which)
            for joint, now, then in zip(self.joints, mine, theirs, strict=True):
                if abs(now - then) > 10**-DIGITS:
                    return f"'{joint}' {which} limit: {then:.9g} then, {now:.9g} now"
        if self.finger_names != other.finger_names:
            return (
                f"fingers: {', '.join(other.finger_names)} then, {', '.join(self.finger_names)} now"
            )
        for mine, theirs in zip(self.fingers, other.fingers, strict=True):
            if not same_finger(mine, theirs):
                return f"geometry of the {mine.name}: its axes, coupling or tip have moved"
        return None

    @cached_property
    def _delta_map(self) -> ProductMap | None:
        """What `deltas` computes by; None for fingers of too many joints."""
        deepest = max(len(finger.screws) for finger in self.fingers)
        return delta_map(self.fingers, len(self.joints)) if deepest <= DEEPEST else None

    def _walked_deltas(self, qpos: np.ndarray) -> np.ndarray:
        tips = self.tips(qpos)
        deltas = np.zeros((len(qpos), len(FINGERS) - 1, 3))
        others = [FINGERS.index(name) - 1 for name in self.finger_names[1:]]
        deltas[:, others] = tips[:, :1] - tips[:, 1:]
        return deltas

    def to_json(self, digits: int | None = None) -> dict[str, Any]:
        """As plain data; `digits` rounds, None keeps every bit."""

        def keep(values: Any) -> list[float]:
            numbers = np.asarray(values, dtype=float)
            if digits is not None:
                numbers = np.round(numbers, digits) + 0.0  # + 0.0 turns -0.0 into 0.0
            return [float(number) for number in np.atleast_1d(numbers)]

        return {
            "joints": list(self.joints),
            "lower": keep(self.lower),
            "upper": keep(self.upper),
            "fingers": [
                {
                    "name": finger.name,
                    "tip": keep(finger.tip),
                    "screws": [
                        {
                            "joint": screw.joint,
                            "drive": keep([screw.multiplier, screw.offset]),
                            "prismatic": screw.prismatic,
                            "axis": keep(screw.axis),
                            "point": keep(screw.point),
                        }
                        for screw in finger.screws
                    ],
                }
                for finger in self.fingers
            ],
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> HandKinematics:
        """The reverse of `to_json`."""
        return HandKinematics(
            tuple(data["joints"]),
            np.array(data["lower"], dtype=float),
            np.array(data["upper"], dtype=float),
            tuple(
                Finger(
                    finger["name"],
                    tuple(
                        Screw(
                            int(screw["joint"]),
                            float(screw["drive"][0]),
                            float(screw["drive"][1]),
                            bool(screw["prismatic"]),
                            np.array(screw["axis"], dtype=float),
                            np.array(screw["point"], dtype=float),
                        )
                        for screw in finger["screws"]
                    ),
                    np.array(finger["tip"], dtype=float),
                )
                for finger in data["fingers"]
            ),
        )


def hand_kinematics(spec: HandSpec) -> HandKinematics:
    """The hand's kinematics in its own, right-handed palm frame."""
    drives = joint_drives(spec.model, spec.joints)
    T_palm_wrist = np.linalg.inv(spec.T_wrist_palm)
    fingers = tuple(
        _finger(spec.model, spec.wrist_link, name, spec.tip_links[name], T_palm_wrist, drives)
        for name in spec.fingers
    )
    return HandKinematics(spec.joints, *spec.limits, fingers)


def shared_kinematics(spec: HandSpec) -> HandKinematics:
    """The hand as the shared latent space sees it: a left hand mirrored through y."""
    kinematics = hand_kinematics(spec)
    return kinematics.mirrored() if spec.side is Side.LEFT else kinematics


def joint_drives(model: UrdfModel, joints: tuple[str, ...]) -> dict[str, tuple[int, float, float]]:
    """For every moving joint: the column that drives it, and `multiplier`, `offset` to it.

    A mimic of a mimic is followed to the actuated joint at its end.
    """
    drives: dict[str, tuple[int, float, float]] = {}
    for joint in model.joints.values():
        if not joint.moves:
            continue
        at, multiplier, offset = joint, 1.0, 0.0
        while at.mimic is not None:
            multiplier, offset = (
                multiplier * at.mimic.multiplier,
                multiplier * at.mimic.offset + offset,
            )
            at = model.joints[at.mimic.joint]
        if at.name in joints:
            drives[joint.name] = (joints.index(at.name), multiplier, offset)
    return drives


def _finger(
    model: UrdfModel,
    wrist_link: str,
    name: str,
    tip_link: str,
    T_palm_wrist: np.ndarray,
    drives: Mapping[str, tuple[int, float, float]],
) -> Finger:
    T = T_palm_wrist
    screws: list[Screw] = []
    for joint in model.path(wrist_link, tip_link):
        T = T @ joint.T_parent_joint
        if not joint.moves:
            continue
        if joint.name not in drives:
            raise SpecError(
                f"{model.source}: joint '{joint.name}' of the {name} follows a joint that is not "
                "among the hand's actuated joints."
            )
        axis, at = T[:3, :3] @ joint.axis, T[:3, 3]
        prismatic = joint.kind == "prismatic"
        point = np.zeros(3) if prismatic else at - axis * (axis @ at)
        screws.append(Screw(*drives[joint.name], prismatic, axis, point))
    return Finger(name, tuple(screws), T[:3, 3])
