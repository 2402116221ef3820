"""Checks of a URDF by itself: joints, limits, meshes, coupling, inertias."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.checks.result import CheckResult, failed, passed
from xlvla_sdk.kinematics.screws import joint_drives
from xlvla_sdk.specs import LIMIT_TOLERANCE, UrdfModel
from xlvla_sdk.specs.urdf import Inertial, UrdfJoint


def check_urdf(model: UrdfModel) -> CheckResult:
    """Whether anything moves; a URDF that cannot be read does not come this far."""
    moving, own = sum(joint.moves for joint in model.joints.values()), len(actuated(model))
    if not own:
        return failed("urdf", "no joint is actuated", "Make the joints that motors drive revolute.")
    return passed("urdf", f"{moving} joints: {own} actuated, {moving - own} mimic")


def actuated(model: UrdfModel) -> tuple[str, ...]:
    """Every joint that moves and follows no other."""
    return tuple(name for name, joint in model.joints.items() if joint.moves and not joint.mimic)


def check_limits(model: UrdfModel, names: tuple[str, ...]) -> CheckResult:
    """Whether the named joints have finite limits with some width between them."""
    joints = [model.joints[name] for name in names]
    widths: dict[str, float] = {}
    for joint in joints:
        if joint.lower is None or joint.upper is None:
            which = "lower" if joint.lower is None else "upper"
            mend = f'Write <limit lower="..." upper="..."/> into joint \'{joint.name}\'.'
            return failed("limits", f"'{joint.name}' has no {which} limit", mend)
        widths[joint.name] = joint.upper - joint.lower
        if widths[joint.name] < 1e-6:
            text = f"'{joint.name}' has no range: {joint.lower:g} to {joint.upper:g}"
            return failed("limits", text, "Mend its <limit>, or make the joint fixed.")
    if not widths:
        return failed(
            "limits", "no joint is actuated", "Make the joints that motors drive revolute."
        )
    widest = max(widths, key=widths.__getitem__)
    unit = "m" if model.joints[widest].kind == "prismatic" else "rad"
    count = f"{len(joints)} of {len(joints)} finite"
    return passed("limits", f"{count}; widest is {widest}, {widths[widest]:.2f} {unit}")


def check_meshes(model: UrdfModel) -> CheckResult:
    """Whether every mesh that a shape names is there."""
    named = {
        shape.mesh
        for link in model.links.values()
        for shape in (*link.visuals, *link.collisions)
        if shape.mesh
    }
    missing = model.missing_meshes()
    if not missing:
        return passed("meshes", f"{len(named)} found" if named else "none named")
    listed = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")
    return failed(
        "meshes",
        f"{len(missing)} of {len(named)} are not there: {listed}",
        "Put them where the URDF says, relative to itself, or use boxes and capsules instead.",
    )


def check_mimic(model: UrdfModel, joints: tuple[str, ...], base: str | None = None) -> CheckResult:
    """Whether joints that follow stay within their own limits over the whole range.

    Args:
        model: The URDF.
        joints: Those of the device that follow no other.
        base: Where the device begins; joints elsewhere, of a robot's other hand, are not looked at.
    """
    drives = joint_drives(model, joints)
    below = model.below(base or model.root)
    followers = [
        joint
        for joint in model.joints.values()
        if joint.moves and joint.mimic and joint.parent in below
    ]
    for joint in followers:
        if joint.name not in drives:
            text = f"'{joint.name}' follows a joint that is not among the actuated ones"
            return failed("mimic", text, "Name one that is in its <mimic>.")
        if problem := _outside(joint, *_range(model, joint, joints, drives)):
            return problem
    if not followers:
        return passed("mimic", "none")
    leaders = {drives[joint.name][0] for joint in followers}
    return passed("mimic", f"{len(followers)} follow {len(leaders)}, within their own limits")


def check_inertias(model: UrdfModel) -> CheckResult:
    """Whether what moves has mass, and every inertia is one that matter can have."""
    for link in model.links.values():
        if link.inertial and (fault := _unphysical(link.inertial)):
            mend = "Compute it again, from the link's shape or its CAD model."
            return failed("inertias", f"'{link.name}': {fault}", mend)
    massless = [
        joint.child
        for joint in model.joints.values()
        if joint.moves and not any(model.links[link].inertial for link in _rigid(model, joint))
    ]
    if massless:
        text = f"{len(massless)} moving links have no mass: {', '.join(massless[:4])}"
        return failed("inertias", text, "Give each an <inertial>; simulation cannot do without.")
    inertials = [link.inertial for link in model.links.values() if link.inertial]
    total = sum(inertial.mass for inertial in inertials)
    return passed("inertias", f"{len(inertials)} links, {total:.3f} kg in all")


def _range(
    model: UrdfModel,
    joint: UrdfJoint,
    joints: tuple[str, ...],
    drives: dict[str, tuple[int, float, float]],
) -> tuple[float, float]:
    """Where a follower goes [rad, m] when its leader passes through its limits."""
    column, multiplier, offset = drives[joint.name]
    leader = model.joints[joints[column]]
    ends = [multiplier * (end or 0.0) + offset for end in (leader.lower, leader.upper)]
    return min(ends), max(ends)


def _outside(joint: UrdfJoint, low: float, high: float) -> CheckResult | None:
    lower = -np.inf if joint.lower is None else joint.lower
    upper = np.inf if joint.upper is None else joint.upper
    if low >= lower - LIMIT_TOLERANCE and high <= upper + LIMIT_TOLERANCE:
        return None
    return failed(
        "mimic",
        f"'{joint.name}' goes from {low:.3f} to {high:.3f}, outside its [{lower:.3f}, {upper:.3f}]",
        "Widen its <limit>, or mend the multiplier, the offset or the leader's limits.",
    )


def _unphysical(inertial: Inertial) -> str | None:
    if inertial.mass <= 0.0:
        return f"its mass is {inertial.mass:g} kg"
    moments = np.linalg.eigvalsh(inertial.inertia)
    if moments[0] <= 0.0:
        return f"its inertia is not positive: the least moment is {moments[0]:.3g} kg m^2"
    if moments[0] + moments[1] < moments[2] * (1.0 - 1e-9):
        return "its inertia breaks the triangle rule: one moment is above the sum of the others"
    return None


def _rigid(model: UrdfModel, joint: UrdfJoint) -> list[str]:
    """The link a joint moves and what is fixed to it."""
    links = [joint.child]
    for link in links:
        links += [j.child for j in model.joints.values() if j.parent == link and not j.moves]
    return links
