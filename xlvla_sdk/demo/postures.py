"""The key postures of the demo's motion, found for any hand."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demo.closing import ABLE_M, pinches, solve, thumb_distance
from xlvla_sdk.kinematics import HandKinematics, hand_kinematics, link_pose
from xlvla_sdk.specs import HandSpec

log = logging.getLogger(__name__)

CONTACT_M = 0.001
"""Fingertips this near are taken to touch [m]."""
RELAXED = 0.3
"""How far from open towards the grasp fingers are bent that a pinch does not need."""
REACH_M = 0.06
"""How far out the tips are asked to go when the hand spreads [m]; further than any can."""


@dataclass(frozen=True)
class KeyPosture:
    """A posture the motion rests at.

    Attributes:
        name: `open`, `pinch index`, `power grasp`, `spread`.
        qpos: Of the source hand [rad, m].
        finger: The finger the thumb is brought to, where the posture is a pinch.
    """

    name: str
    qpos: Float[np.ndarray, " D"]
    finger: str | None = None


def key_postures(spec: HandSpec) -> tuple[KeyPosture, ...]:
    """Open, a pinch of the thumb with each finger the hand can, a power grasp, spread.

    A finger that the hand cannot bring near its thumb is left out, with a log line.

    Args:
        spec: The hand.
    """
    kinematics = hand_kinematics(spec)
    opened = spec.posture("open") if "open" in spec.postures else spec.rest
    grasp = _power_grasp(spec, kinematics, opened)
    relaxed = opened + RELAXED * (grasp - opened)
    found = [KeyPosture("open", opened)]
    for finger in spec.fingers[1:]:
        qpos = _pinch(spec, kinematics, finger, relaxed)
        apart = float(thumb_distance(kinematics, finger, qpos))
        if apart < ABLE_M:
            found.append(KeyPosture(f"pinch {finger}", qpos, finger))
        else:
            log.info("%s brings its %s only within %.0f mm", spec.id, finger, 1e3 * apart)
    found.append(KeyPosture("power grasp", grasp))
    found.append(KeyPosture("spread", _spread(kinematics, opened)))
    return tuple(found)


def _pinch(
    spec: HandSpec, kinematics: HandKinematics, finger: str, relaxed: Float[np.ndarray, " D"]
) -> Float[np.ndarray, " D"]:
    """Of the closed postures, one whose fingertips meet head on and whose joints bend evenly."""
    closed = pinches(kinematics, finger, relaxed)
    apart = thumb_distance(kinematics, finger, closed)
    near = closed[apart <= max(CONTACT_M, apart.min() + 1e-6)]
    bent = (near - relaxed) / (kinematics.upper - kinematics.lower)
    alongside = (_pointing(spec, "thumb", near) * _pointing(spec, finger, near)).sum(axis=1)
    return near[((bent**4).sum(axis=1) + alongside).argmin()]


def _pointing(
    spec: HandSpec, finger: str, qpos: Float[np.ndarray, "N D"]
) -> Float[np.ndarray, "N 3"]:
    """Where a finger points: from its last joint to its tip."""
    tip = spec.tip_links[finger]
    last = [joint for joint in spec.model.path(spec.wrist_link, tip) if joint.moves][-1]
    ends = (
        link_pose(spec.model, spec.joints, qpos, spec.wrist_link, link)[:, :3, 3]
        for link in (last.child, tip)
    )
    start, end = ends
    return (end - start) / np.linalg.norm(end - start, axis=1, keepdims=True)


def _power_grasp(
    spec: HandSpec, kinematics: HandKinematics, opened: Float[np.ndarray, " D"]
) -> Float[np.ndarray, " D"]:
    """The hand's own fist, else fingertips rolled to before the middle of the palm."""
    if "fist" in spec.postures:
        return spec.posture("fist")
    tips = kinematics.tips(opened)
    wanted = tips * (0.0, 0.8, 0.45) + (0.35 * float(tips[1:, 2].max()), 0.0, 0.0)
    return solve(kinematics, lambda at: _flat(at - wanted), opened[None])[0]


def _spread(kinematics: HandKinematics, opened: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
    """Fingertips as far out, in the plane of the palm, as the joints let them from the open hand."""
    tips = kinematics.tips(opened)
    fingers = tips[1:]
    out = (tips - fingers.mean(axis=0)) * (0.0, 1.0, 0.0)
    wanted = tips + REACH_M * out / max(float(np.abs(out).max()), 1e-9)
    return solve(kinematics, lambda at: _flat(at - wanted), opened[None])[0]


def _flat(errors: Float[np.ndarray, "*batch F 3"]) -> Float[np.ndarray, "*batch M"]:
    return errors.reshape(*errors.shape[:-2], -1)
