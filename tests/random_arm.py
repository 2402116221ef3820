"""Arms for tests: one on a rail, and others nobody would build."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xlvla_sdk.specs import ArmSpec

JOINT = """\
<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>
  <origin xyz="{xyz}" rpy="{rpy}"/><axis xyz="{axis}"/>
  <limit lower="{lower}" upper="{upper}" velocity="2" effort="1"/>{mimic}</joint>
"""


def rail_arm(folder: Path, velocity: float | None = 2.0) -> ArmSpec:
    """Six joints: a rail along y, then five that turn, like many a gantry's."""
    joints = [
        ("rail", "prismatic", "0 0 0.2", "0 0 0", "0 1 0", -0.5, 0.5),
        ("shoulder", "revolute", "0 0 0.1", "0 0 0", "0 1 0", -1.5, 1.5),
        ("elbow", "revolute", "0 0 0.4", "0 0 0", "0 1 0", 0.2, 2.6),
        ("forearm", "revolute", "0.05 0 0.1", "0 0 0.1", "0 0 1", -2.8, 2.8),
        ("wrist", "revolute", "0 0 0.25", "0 0.1 0", "0 1 0", 0.1, 2.0),
        ("flange", "revolute", "0 0.02 0.1", "0.2 0 0", "0 0 1", -2.8, 2.8),
    ]
    parts = [
        _joint(name, kind, at, xyz, rpy, axis, lower, upper)
        for at, (name, kind, xyz, rpy, axis, lower, upper) in enumerate(joints)
    ]
    return _arm(folder / "rail.urdf", parts, len(joints), velocity)


def random_arm(folder: Path, seed: int) -> ArmSpec:
    """Two to eight joints that turn, slide, stand still or follow another, axes and origins anywhere."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 9))
    parts: list[str] = []
    moving: list[str] = []
    for at in range(count):
        kind = str(rng.choice(["revolute", "revolute", "prismatic", "fixed"])) if at else "revolute"
        follows = bool(moving) and kind != "fixed" and rng.random() < 0.25
        mimic = (
            f'<mimic joint="{rng.choice(moving or [0])}" multiplier="{rng.uniform(-1.5, 1.5)}" '
            f'offset="{rng.uniform(-0.2, 0.2)}"/>'
        )
        reach = 0.3 if kind == "prismatic" else 2.5
        numbers = (rng.uniform(-0.3, 0.3, 3), rng.uniform(-3, 3, 3), rng.normal(size=3))
        xyz, rpy, axis = (" ".join(map(repr, map(float, vector))) for vector in numbers)
        lower, upper = -rng.uniform(0.1 * reach, reach), rng.uniform(0.1 * reach, reach)
        name = f"joint_{at}"
        parts.append(_joint(name, kind, at, xyz, rpy, axis, lower, upper, mimic if follows else ""))
        moving += [name] if kind != "fixed" and not follows else []
    return _arm(folder / f"arm_{seed}.urdf", parts, count, 2.0)


def _joint(
    name: str,
    kind: str,
    at: int,
    xyz: str,
    rpy: str,
    axis: str,
    lower: float,
    upper: float,
    mimic: str = "",
) -> str:
    return JOINT.format(
        name=name,
        kind=kind,
        parent=f"link_{at}",
        child=f"link_{at + 1}",
        xyz=xyz,
        rpy=rpy,
        axis=axis,
        lower=lower,
        upper=upper,
        mimic=mimic,
    )


def _arm(path: Path, joints: list[str], count: int, velocity: float | None) -> ArmSpec:
    links = "".join(f'<link name="link_{at}"/>' for at in range(count + 1))
    path.write_text(f'<robot name="arm">{links}{"".join(joints)}</robot>')
    return ArmSpec(
        name=path.stem,
        urdf=path,
        base_link="link_0",
        flange_link=f"link_{count}",
        velocity=velocity,
        source="made up for tests",
        license="Apache-2.0",
    )
