"""The demo's motion: from key posture to key posture, resting at each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demo.closing import thumb_distance
from xlvla_sdk.demo.postures import KeyPosture, key_postures
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import HandSpec

RATE_HZ = 50.0
REST_S = 0.6
MOVE_S = 1.7
NEAR_M = 0.01
"""A recorded motion pinches with a finger that comes this near the thumb [m]."""
OPENING = 0.45
"""How far two postures open in passing from one to the other, so that fingers do not cross."""


@dataclass(frozen=True)
class Key:
    """A key posture in time.

    Attributes:
        posture: The posture.
        time_s: Late in its rest, when a hand that follows has arrived [s].
    """

    posture: KeyPosture
    time_s: float


@dataclass(frozen=True)
class Motion:
    """A recording of a source hand, and when it rests at what."""

    source: HandSpec
    recording: Recording
    keys: tuple[Key, ...]


def demo_motion(spec: HandSpec) -> Motion:
    """Opens, pinches with each finger it can, grasps, spreads and opens again.

    Args:
        spec: The hand that shows it.
    """
    postures = key_postures(spec)
    opened = postures[0].qpos
    times, rows = [np.zeros(1)], [opened[None]]
    keys: list[Key] = []
    for before, after in zip((postures[0], *postures), (*postures, postures[0]), strict=True):
        parts = [] if before is after else [_move(before.qpos, after.qpos, opened)]
        parts.append(np.tile(after.qpos, (round(REST_S * RATE_HZ), 1)))
        for part in parts:
            rows.append(part)
            times.append(times[-1][-1] + np.arange(1, len(part) + 1) / RATE_HZ)
        if len(keys) < len(postures):
            keys.append(Key(after, float(times[-1][-1]) - 0.15 * REST_S))
    recording = Recording(
        qpos=np.concatenate(rows),
        action=None,
        joint_names=spec.joints,
        time_s=np.concatenate(times),
        source=f"the demo's motion on {spec.id}",
    )
    return Motion(spec, recording, tuple(keys))


def recorded_motion(recording: Recording, spec: HandSpec) -> Motion:
    """A motion someone recorded; its keys are its start, its nearest pinches and its end.

    A pinch is a key where the thumb comes within `NEAR_M` of the finger.

    Args:
        recording: Holds a column for every joint of the hand, and maybe others.
        spec: The hand that was recorded.

    Raises:
        DataError: When a joint has no column.
    """
    chosen = recording.select(spec.joints)
    rows = chosen.qpos if chosen.action is None else chosen.action
    times = chosen.time_s - chosen.time_s[0]
    kinematics = hand_kinematics(spec)
    keys = [Key(KeyPosture("start", rows[0]), 0.0)]
    for finger in spec.fingers[1:]:
        apart = thumb_distance(kinematics, finger, rows)
        nearest = int(apart.argmin())
        if apart[nearest] < NEAR_M:
            posture = KeyPosture(f"pinch {finger}", rows[nearest], finger)
            keys.append(Key(posture, float(times[nearest])))
    keys.append(Key(KeyPosture("end", rows[-1]), float(times[-1])))
    keys.sort(key=lambda key: key.time_s)
    return Motion(spec, replace(chosen, time_s=times), tuple(keys))


def _move(
    start: Float[np.ndarray, " D"], end: Float[np.ndarray, " D"], opened: Float[np.ndarray, " D"]
) -> Float[np.ndarray, "T D"]:
    """Minimum jerk from start to end, towards the open hand on the way; at rest at both ends."""
    steps = round(MOVE_S * RATE_HZ)
    t = np.arange(1, steps + 1)[:, None] / steps
    progress = t**3 * (10.0 - 15.0 * t + 6.0 * t**2)
    straight = start + progress * (end - start)
    passing = OPENING * (4.0 * t * (1.0 - t)) ** 3
    return straight + passing * (opened - straight)
