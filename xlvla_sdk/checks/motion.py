"""Checks of how a device moves: derivatives against differences, the left against the right."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from xlvla_sdk.checks.result import CheckResult, failed, passed
from xlvla_sdk.kinematics import arm_kinematics, hand_kinematics, link_pose, shared_kinematics
from xlvla_sdk.specs import ArmSpec, HandSpec

POSTURES = 32
"""How many random postures are looked at for derivatives."""
STEP = 1e-6
"""Of the central differences [rad, m]."""
SLACK = 1e-6
"""How far a derivative may be from them [m/rad]: differences of metres at that step err less."""
MIRRORED = 4000
"""How many random postures are looked at in the mirror."""
LIMITS = 1e-6
"""How far the sides' limits may be apart [rad, m]."""
MIRROR = 1e-3
"""How far mirrored fingertips may be apart [m]."""
THUMB_SLACK = 2e-4
"""How far a thumb's deviation may be from the one declared [m]."""
MOST_THUMB = 0.03
"""A thumb further off is no deviation: it is another thumb [m]."""


def check_derivatives(spec: HandSpec | ArmSpec) -> CheckResult:
    """Whether what moves the tips agrees with the URDF's chain of transforms, walked joint by joint."""
    seen = _hand_derivatives(spec) if isinstance(spec, HandSpec) else _arm_derivatives(spec)
    computed, measured = seen
    off = np.abs(computed - measured)
    worst = float(off.max())
    if worst > SLACK:
        joint = spec.joints[int(off.reshape(-1, len(spec.joints)).max(axis=0).argmax())]
        return failed(
            "derivatives",
            f"'{joint}' moves the tips otherwise than the URDF's transforms do, by {worst:.2g} m/rad",
            f"Look at the <axis>, <origin> and <mimic> of '{joint}' and of what follows it.",
        )
    idle = _idle(spec, measured) if isinstance(spec, HandSpec) else []
    said = f"; {', '.join(idle)} moves no tip" if idle else ""
    return passed("derivatives", f"within {worst:.1g} m/rad of differences{said}")


def check_mirror(right: HandSpec, left: HandSpec, declared: float | None = None) -> CheckResult:
    """Whether the left hand is the right one in a mirror; a thumb may deviate as declared.

    Args:
        right: The one side.
        left: The other.
        declared: How far the left thumb's tip is off at the most [m], where the maker says so.
    """
    if right.fingers != left.fingers or _bare(right) != _bare(left):
        return failed(
            "mirror",
            "the sides have other joints or fingers",
            "Give both the same joints in the same order, but for the side's name in theirs.",
        )
    lower, upper = right.limits
    other = np.abs(np.subtract(right.limits, left.limits)).max(axis=0)
    if other.max() > LIMITS:
        joint = left.joints[int(other.argmax())]
        return failed(
            "mirror",
            f"'{joint}' has limits that are {other.max():.2g} off the right hand's",
            "Give both sides the hardware's; where it differs, exempt this check and say so.",
        )
    qpos = np.random.default_rng(7).uniform(lower, upper, (MIRRORED, len(lower)))
    qpos[0] = right.rest
    apart = shared_kinematics(right).tips(qpos) - shared_kinematics(left).tips(qpos)
    furthest = np.linalg.norm(apart, axis=-1).max(axis=0)
    return _judged(right, furthest, declared)


def _judged(right: HandSpec, furthest: np.ndarray, declared: float | None) -> CheckResult:
    thumb, fingers = float(furthest[0]), furthest[1:]
    at = int(fingers.argmax())
    if fingers[at] > MIRROR:
        return failed(
            "mirror",
            f"the left {right.fingers[at + 1]}'s tip is {1e3 * fingers[at]:.1f} mm from the right's "
            "mirror image",
            "Mirror y of every <origin>, and the axes' x and z; look at the palm frames, too.",
        )
    if declared is not None and abs(thumb - declared) > THUMB_SLACK:
        return failed(
            "mirror",
            f"the left thumb is {1e3 * thumb:.2f} mm off at the most, declared {1e3 * declared:.2f}",
            f"Write {right.name} = {thumb:.4f} under [thumb_deviation] in checks.toml.",
        )
    if declared is None and thumb > MIRROR:
        mend = f"Mend it; or, if the hardware is so, write {right.name} = {thumb:.4f} under "
        mend += "[thumb_deviation] in checks.toml, and the reason into the README."
        text = f"the left thumb's tip is {1e3 * thumb:.1f} mm from the right's mirror image"
        return failed("mirror", text, mend if thumb < MOST_THUMB else mend.partition(";")[0] + ".")
    said = f"fingers within {1e3 * float(fingers.max()):.2g} mm, thumb {1e3 * thumb:.2g} mm"
    return passed("mirror", said)


def _bare(spec: HandSpec) -> tuple[str, ...]:
    """The joints, without what names their side: `right_thumb_yaw`, `R_thumb_yaw`, `thumb_yaw_r`."""
    words = {str(spec.side), str(spec.side)[0]}
    return tuple(
        "_".join(word for word in re.split(r"[_.\-]", joint) if word.lower() not in words)
        for joint in spec.joints
    )


def _hand_derivatives(spec: HandSpec) -> tuple[np.ndarray, np.ndarray]:
    """Of the tips in the palm frame, (rows, F, 3, D): by screws, and of the chains' differences."""
    qpos = _postures(spec)
    T_palm_wrist = np.linalg.inv(spec.T_wrist_palm)

    def tips(rows: np.ndarray) -> np.ndarray:
        poses = [
            link_pose(spec.model, spec.joints, rows, spec.wrist_link, spec.tip_links[finger])
            for finger in spec.fingers
        ]
        return np.stack([(T_palm_wrist @ pose)[..., :3, 3] for pose in poses], axis=-2)

    return hand_kinematics(spec).tips_jacobian(qpos), _differences(tips, qpos)


def _arm_derivatives(spec: ArmSpec) -> tuple[np.ndarray, np.ndarray]:
    """Of the flange in the base, (rows, 1, 3, D)."""
    qpos = _postures(spec)

    def flange(rows: np.ndarray) -> np.ndarray:
        pose = link_pose(spec.model, spec.joints, rows, spec.base_link, spec.flange_link)
        return pose[..., None, :3, 3]

    return arm_kinematics(spec).jacobian(qpos)[..., None, :3, :], _differences(flange, qpos)


def _postures(spec: HandSpec | ArmSpec) -> np.ndarray:
    return np.random.default_rng(7).uniform(*spec.limits, (POSTURES, len(spec.joints)))


def _differences(points: Callable[[np.ndarray], np.ndarray], qpos: np.ndarray) -> np.ndarray:
    """Central differences of points (rows, F, 3) by each joint, (rows, F, 3, D)."""
    steps = STEP * np.eye(qpos.shape[1])
    columns = [(points(qpos + step) - points(qpos - step)) / (2 * STEP) for step in steps]
    return np.stack(columns, axis=-1)


def _idle(spec: HandSpec, measured: np.ndarray) -> list[str]:
    """Joints that move nothing that is looked at."""
    most = np.abs(measured).reshape(-1, len(spec.joints)).max(axis=0)
    return [joint for joint, moved in zip(spec.joints, most, strict=True) if moved < SLACK]
