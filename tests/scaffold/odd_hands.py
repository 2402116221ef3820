"""Hands that are hard to understand, as URDFs: jaws, stars, rows without a thumb, linkages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def written(folder: Path, parts: Sequence[str], name: str = "robot") -> Path:
    path = folder / f"{name}.urdf"
    path.write_text(f'<robot name="{name}">\n' + "\n".join(parts) + "\n</robot>\n")
    return path


def link(name: str, box: str = "", xyz: str = "0 0 0") -> str:
    if not box:
        return f'<link name="{name}"/>'
    shape = f'<visual><origin xyz="{xyz}"/><geometry><box size="{box}"/></geometry></visual>'
    return f'<link name="{name}">{shape}</link>'


def joint(
    name: str,
    parent: str,
    child: str,
    xyz: str,
    axis: str = "0 1 0",
    limits: tuple[float, float] = (0.0, 1.6),
    kind: str = "revolute",
    turned: str = "0 0 0",
    mimic: str = "",
) -> str:
    follows = f'<mimic joint="{mimic}"/>' if mimic else ""
    return (
        f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin xyz="{xyz}" rpy="{turned}"/><axis xyz="{axis}"/>'
        f'<limit lower="{limits[0]}" upper="{limits[1]}" velocity="1" effort="1"/>{follows}</joint>'
    )


def finger(name: str, xyz: str, turned: str = "0 0 0", palm: str = "palm") -> list[str]:
    """Two joints about y and a box to the tip, 80 mm along z."""
    return [
        link(f"{name}_1", "0.01 0.01 0.04", "0 0 0.02"),
        link(f"{name}_2", "0.01 0.01 0.04", "0 0 0.02"),
        joint(f"{name}_a", palm, f"{name}_1", xyz, turned=turned),
        joint(f"{name}_b", f"{name}_1", f"{name}_2", "0 0 0.04"),
    ]


def row(folder: Path, ys: Sequence[float]) -> Path:
    """Fingers side by side and no thumb."""
    parts = [link("palm")]
    for number, y in enumerate(ys):
        parts += finger(f"f{number}", f"0 {y} 0.08")
    return written(folder, parts, "row")


def star(folder: Path) -> Path:
    """Three fingers about an axis that all close on it: no anatomy."""
    parts = [link("palm")]
    for number in range(3):
        angle = 2 * np.pi * number / 3
        x, y = (-0.04 * np.cos(angle), -0.04 * np.sin(angle))
        parts += finger(f"f{number}", f"{x} {y} 0.05", turned=f"0 0 {angle}")
    return written(folder, parts, "star")


def jaws(folder: Path, arm: bool = False) -> Path:
    """A parallel gripper: two slides, the second follows the first."""
    parts = [link("palm", "0.06 0.1 0.04")]
    if arm:
        parts += [link("world"), link("upper"), link("lower")]
        parts += [joint("j1", "world", "upper", "0 0 0.3", limits=(-3, 3))]
        parts += [joint("j2", "upper", "lower", "0 0 0.4", limits=(-3, 3))]
        parts += [joint("j3", "lower", "palm", "0 0 0.3", "0 0 1", (-3, 3))]
    for name, axis, mimic in (("left", "0 1 0", ""), ("right", "0 -1 0", "left_slide")):
        parts += [link(f"{name}_finger", "0.02 0.01 0.05", "0 0 0.025")]
        slide = joint(
            f"{name}_slide", "palm", f"{name}_finger", "0 0 0.06", axis, (0.0, 0.04), "prismatic",
            mimic=mimic,
        )  # fmt: skip
        parts.append(slide)
    return written(folder, parts, "jaws")


def two_handed(folder: Path, right: Path, left: Path) -> Path:
    """A torso that two hands hang on, each at a wrist that turns."""
    parts = [link("torso")]
    for side, path, y in (("right", right, "-0.25"), ("left", left, "0.25")):
        body = re.sub(r"^.*?<robot[^>]*>|</robot>", "", path.read_text(), flags=re.DOTALL)
        body = re.sub(r'(name|link|joint)="', rf'\1="{side}_', body)
        parts += [body, joint(f"{side}_wrist", "torso", f"{side}_palm", f"0 {y} 0", "0 0 1")]
    return written(folder, parts)
