"""Hands without anatomy, made up for tests: a parallel gripper, and three fingers around a palm."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, pi, sin
from pathlib import Path

from xlvla_sdk.specs import HandSpec, Side

STROKE = 0.045
"""How far each jaw of the gripper slides from the middle [m]."""

_SLIDE = """\
  <link name="{name}_jaw">
    <visual><origin xyz="{inside} 0 0.03"/><geometry><box size="0.012 0.022 0.06"/></geometry></visual>
  </link>
  <joint name="{name}_slide" type="prismatic">
    <parent link="base"/>
    <child link="{name}_jaw"/>
    <origin xyz="0 0 0.07" rpy="0 0 {yaw}"/>
    <axis xyz="1 0 0"/>
    <limit lower="0" upper="{stroke}" velocity="0.1" effort="20"/>{mimic}
  </joint>
  <link name="{name}_pad"/>
  <joint name="{name}_end" type="fixed">
    <parent link="{name}_jaw"/>
    <child link="{name}_pad"/>
    <origin xyz="0 0 0.05"/>
  </joint>
"""


def gripper_urdf(stroke: float = STROKE, follows: bool = True) -> str:
    """A parallel gripper: two jaws that slide apart along x; closed at zero.

    Args:
        stroke: How far each jaw slides [m].
        follows: Whether the second follows the first, or has a motor of its own.
    """
    mimic = '\n    <mimic joint="left_slide" multiplier="1"/>' if follows else ""
    jaws = [
        _SLIDE.format(name="left", yaw=0.0, inside=0.006, stroke=stroke, mimic=""),
        _SLIDE.format(name="right", yaw=pi, inside=0.006, stroke=stroke, mimic=mimic),
    ]
    look = '<visual><origin xyz="0 0 0.035"/><geometry><box size="0.13 0.06 0.07"/></geometry></visual>'
    return f'<robot name="jaws">\n  <link name="base">{look}</link>\n{"".join(jaws)}</robot>\n'


def gripper_hand(
    folder: Path, tips: Mapping[str, str] | None = None, follows: bool = True
) -> HandSpec:
    """The gripper; its palm frame is not given. Its tips are `left_pad` and `right_pad`."""
    urdf = folder / "jaws.urdf"
    urdf.write_text(gripper_urdf(follows=follows))
    return _hand("jaws", urdf, tips or {"thumb": "left_pad", "index": "right_pad"})


_TURN = """\
  <link name="{child}">
    <visual><origin xyz="0 0 {half}"/><geometry><cylinder radius="0.009" length="{length}"/></geometry></visual>
  </link>
  <joint name="{child}_joint" type="revolute">
    <parent link="{parent}"/>
    <child link="{child}"/>
    <origin xyz="{x} {y} {z}" rpy="0 0 {yaw}"/>
    <axis xyz="0 -1 0"/>
    <limit lower="{lower}" upper="{upper}" velocity="3" effort="5"/>
  </joint>
"""
_END = """\
  <link name="tip_{index}"/>
  <joint name="end_{index}" type="fixed">
    <parent link="outer_{index}"/>
    <child link="tip_{index}"/>
    <origin xyz="0 0 0.05"/>
  </joint>
"""


def trident_urdf(radius: float = 0.045) -> str:
    """Three like fingers, 120 degrees apart around the palm, two joints each; all close to the middle.

    Args:
        radius: Of the circle they stand on [m].
    """
    parts = []
    for index in range(3):
        yaw = 2.0 * pi * index / 3.0
        x, y = radius * cos(yaw), radius * sin(yaw)
        at = {"x": f"{x:.6f}", "y": f"{y:.6f}", "z": 0.06, "yaw": f"{yaw:.6f}"}
        inner, outer = f"inner_{index}", f"outer_{index}"
        first = {"length": 0.06, "half": 0.03, "lower": -0.6, "upper": 0.7}
        second = {"length": 0.05, "half": 0.025, "lower": 0.0, "upper": 1.0}
        parts += [
            _TURN.format(child=inner, parent="palm", **at, **first),
            _TURN.format(child=outer, parent=inner, x=0, y=0, z=0.06, yaw=0, **second),
            _END.format(index=index),
        ]
    look = '<visual><origin xyz="0 0 0.03"/><geometry><cylinder radius="0.055" length="0.06"/></geometry></visual>'
    return f'<robot name="trident">\n  <link name="palm">{look}</link>\n{"".join(parts)}</robot>\n'


def trident_hand(folder: Path, tips: Mapping[str, str] | None = None) -> HandSpec:
    """The three-fingered hand; its palm frame is not given. Its tips are `tip_0` to `tip_2`."""
    urdf = folder / "trident.urdf"
    urdf.write_text(trident_urdf())
    return _hand("trident", urdf, tips or {"thumb": "tip_0", "index": "tip_1", "middle": "tip_2"})


def _hand(name: str, urdf: Path, tips: Mapping[str, str]) -> HandSpec:
    return HandSpec(
        name=name,
        side=Side.RIGHT,
        urdf=urdf,
        wrist_link="base" if name == "jaws" else "palm",
        velocity=0.1 if name == "jaws" else 3.0,
        tip_links=dict(tips),
        source="made up for tests",
        license="Apache-2.0",
    )
