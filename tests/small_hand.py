"""A small hand for tests: a thumb and an index finger, three motors, one joint that follows."""

from __future__ import annotations

from pathlib import Path

from xlvla_sdk.specs import HandSpec, Side

TIPS = {"thumb": "thumb_tip", "index": "index_tip"}

SMALL_HAND = """\
<robot name="small">
  <link name="palm"/>
  <link name="thumb"/>
  <link name="thumb_tip"/>
  <link name="index_proximal"/>
  <link name="index_distal"/>
  <link name="index_tip"/>
  <joint name="thumb_yaw" type="revolute">
    <parent link="palm"/>
    <child link="thumb"/>
    <origin xyz="0.02 {y} 0.03" rpy="0 0 0"/>
    <axis xyz="0 {turn} 0"/>
    <limit lower="0" upper="1.2" velocity="5" effort="1"/>
  </joint>
  <joint name="thumb_end" type="fixed">
    <parent link="thumb"/>
    <child link="thumb_tip"/>
    <origin xyz="0.01 0 0.05"/>
  </joint>
  <joint name="index_bend" type="revolute">
    <parent link="palm"/>
    <child link="index_proximal"/>
    <origin xyz="0 0 0.09"/>
    <axis xyz="0 {turn} 0"/>
    <limit lower="0" upper="1.5" velocity="5" effort="1"/>
  </joint>
  <joint name="index_curl" type="revolute">
    <parent link="index_proximal"/>
    <child link="index_distal"/>
    <origin xyz="0 0 0.04"/>
    <axis xyz="0 {turn} 0"/>
    <limit lower="0" upper="1.5" velocity="5" effort="1"/>
    <mimic joint="index_bend" multiplier="0.9" offset="0"/>
  </joint>
  <joint name="index_end" type="fixed">
    <parent link="index_distal"/>
    <child link="index_tip"/>
    <origin xyz="0 0 0.03"/>
  </joint>
</robot>
""".replace("{turn}", "1")


def small_urdf(side: Side = Side.RIGHT) -> str:
    """The hand's URDF; the left one mirrors the right."""
    return SMALL_HAND.replace("{y}", "0.03" if side is Side.RIGHT else "-0.03")


def small_hand(folder: Path, name: str = "small", side: Side = Side.RIGHT) -> HandSpec:
    """The hand, with its URDF written into `folder`."""
    urdf = folder / f"{name}_{side}.urdf"
    urdf.write_text(small_urdf(side))
    return HandSpec(
        name=name,
        side=side,
        urdf=urdf,
        wrist_link="palm",
        velocity=5.0,
        tip_links=TIPS,
        postures={"open": {}, "bent": {"index_bend": 1.0}},
        source="made up for tests",
        license="Apache-2.0",
    )
