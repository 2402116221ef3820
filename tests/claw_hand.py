"""A hand for tests of the latent: three fingers that all reach one another, five joints, two follow."""

from __future__ import annotations

from pathlib import Path

from xlvla_sdk.specs import HandSpec, Side

_JOINT = """\
  <link name="{name}"/>
  <joint name="{name}" type="revolute">
    <parent link="{parent}"/>
    <child link="{name}"/>
    <origin xyz="{xyz}"/>
    <axis xyz="{axis}"/>
    <limit lower="{lower}" upper="{upper}" velocity="5" effort="1"/>{mimic}
  </joint>
"""
_TIP = """\
  <link name="{finger}_tip"/>
  <joint name="{finger}_end" type="fixed">
    <parent link="{parent}"/>
    <child link="{finger}_tip"/>
    <origin xyz="0 0 {length}"/>
  </joint>
"""


def claw_urdf(length: float = 0.05, mirror: float = 1.0) -> str:
    """Its URDF: `length` of the outer links [m]; `mirror` -1 makes it a left hand."""
    parts = [
        _joint("thumb_roll", "palm", f"0.05 {0.01 * mirror} 0.02", f"{mirror} 0 0", -0.7, 0.7),
        _joint("thumb_bend", "thumb_roll", "0 0 0.03", "0 -1 0", -0.8, 0.8),
        _TIP.format(finger="thumb", parent="thumb_bend", length=length),
    ]
    for finger, y in (("index", 0.025), ("middle", -0.005)):
        bend, curl = f"{finger}_bend", f"{finger}_curl"
        mimic = f'\n    <mimic joint="{bend}" multiplier="0.8"/>'
        parts += [
            _joint(bend, "palm", f"0 {y * mirror} 0.06", "0 1 0", 0.0, 1.6),
            _joint(curl, bend, "0 0 0.04", "0 1 0", 0.0, 1.6, mimic),
            _TIP.format(finger=finger, parent=curl, length=length),
        ]
    return f'<robot name="claw">\n  <link name="palm"/>\n{"".join(parts)}</robot>\n'


def claw_hand(
    folder: Path, name: str = "claw", side: Side = Side.RIGHT, length: float = 0.05
) -> HandSpec:
    """The hand, with its URDF written into `folder`."""
    urdf = folder / f"{name}_{side}.urdf"
    urdf.write_text(claw_urdf(length, 1.0 if side is Side.RIGHT else -1.0))
    return HandSpec(
        name=name,
        side=side,
        urdf=urdf,
        wrist_link="palm",
        velocity=5.0,
        tip_links={finger: f"{finger}_tip" for finger in ("thumb", "index", "middle")},
        source="made up for tests",
        license="Apache-2.0",
    )


def _joint(
    name: str, parent: str, xyz: str, axis: str, lower: float, upper: float, mimic: str = ""
) -> str:
    return _JOINT.format(
        name=name, parent=parent, xyz=xyz, axis=axis, lower=lower, upper=upper, mimic=mimic
    )
