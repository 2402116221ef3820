"""An arm is the chain from its base to its flange."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import ArmSpec, Side

URDF = """\
<robot name="lifter">
  <link name="base"/><link name="upper"/><link name="flange"/><link name="camera"/>
  <joint name="pan" type="revolute"><parent link="base"/><child link="upper"/>
    <limit lower="-2" upper="2"/></joint>
  <joint name="lift" type="prismatic"><parent link="upper"/><child link="flange"/>
    <limit lower="0" upper="0.4"/></joint>
  <joint name="tilt" type="revolute"><parent link="upper"/><child link="camera"/>
    <limit lower="-1" upper="1"/></joint>
</robot>
"""


def arm(folder: Path, **fields: Any) -> ArmSpec:
    urdf = folder / "lifter.urdf"
    urdf.write_text(URDF)
    plain: dict[str, Any] = {
        "name": "lifter",
        "urdf": urdf,
        "base_link": "base",
        "flange_link": "flange",
        "velocity": {"pan": 1.0, "lift": 0.2},
        "source": "made up",
        "license": "Apache-2.0",
    }
    return ArmSpec(**{**plain, **fields})


def test_its_joints_are_those_on_the_way_to_the_flange(tmp_path: Path):
    spec = arm(tmp_path)
    assert spec.joints == ("pan", "lift")
    assert spec.limits.upper.tolist() == [2.0, 0.4]
    assert spec.velocity_limits.tolist() == [1.0, 0.2]


def test_its_name_stands_alone_or_with_a_side(tmp_path: Path):
    assert arm(tmp_path).id == "lifter"
    assert arm(tmp_path, side=Side.LEFT).id == "lifter:left"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"flange_link": "tool"}, "link 'tool' is not in the URDF. There are: 'base', 'upper'"),
        ({"base_link": "camera"}, "'flange' does not hang below 'camera'"),
        ({"joints": ("pan", "lift", "tilt")}, "'tilt' is not between 'base' and 'flange': leave"),
        ({"joints": ("pan",)}, "joints lift are between 'base' and 'flange' but not in `joints`"),
    ],
)
def test_a_wrong_chain_is_refused(tmp_path: Path, fields: dict[str, Any], said: str):
    with pytest.raises(SpecError, match=said):
        arm(tmp_path, **fields)
