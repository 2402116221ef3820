"""Makers' URDFs load in MuJoCo; what was done to them is said, and nothing else was done."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import trimesh

from tests.shared_data import SHARED, shared_path
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim import load_vendor
from xlvla_sdk.specs.urdf_file import load_urdf

URDFS = sorted(
    str(path.relative_to(SHARED)) for path in (SHARED / "hardware" / "urdf").rglob("*.urdf")
)
LINKS = """\
<robot name="finger">
  <link name="base"><inertial><mass value="0"/>
    <inertia ixx="0" ixy="0" ixz="0" iyy="0" iyz="0" izz="0"/></inertial>{base}</link>
  <link name="link"><inertial><mass value="{mass}"/>
    <inertia ixx="{ixx}" ixy="0" ixz="0" iyy="1e-6" iyz="0" izz="1e-6"/></inertial>{link}</link>
  <link name="tip"/>
  <joint name="bend" type="revolute"><parent link="base"/><child link="link"/>
    <axis xyz="0 1 0"/><limit lower="0" upper="1" effort="1" velocity="1"/></joint>
  <joint name="end" type="fixed"><parent link="link"/><child link="tip"/>
    <origin xyz="0 0 0.05"/></joint>
</robot>
"""


def written(folder: Path, mass: str = "0.1", ixx: str = "1e-6", base: str = "", link: str = ""):
    path = folder / "finger.urdf"
    path.write_text(LINKS.format(mass=mass, ixx=ixx, base=base, link=link))
    return path


def visual(mesh: str) -> str:
    return f'<visual><geometry><mesh filename="{mesh}"/></geometry></visual>'


@pytest.mark.parametrize("relative", URDFS)
def test_every_makers_urdf_loads_with_all_its_links_and_joints(relative: str):
    path = shared_path(relative)
    vendor, model = load_vendor(path), load_urdf(path)
    names = {vendor.model.body(number).name for number in range(vendor.model.nbody)}
    assert set(model.links) - names <= {model.root}, "the root may be the world"
    assert vendor.model.nv == sum(joint.moves for joint in model.joints.values())
    assert vendor.model.neq == sum(joint.mimic is not None for joint in model.joints.values())


def test_a_sound_urdf_is_left_as_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = written(tmp_path)
    path.write_text(path.read_text().replace('<mass value="0"/>', '<mass value="1"/>', 1))
    path.write_text(path.read_text().replace('"0"', '"1e-6"', 1).replace('iyy="0"', 'iyy="1e-6"'))
    path.write_text(path.read_text().replace('izz="0"', 'izz="1e-6"', 1))
    vendor = load_vendor(path)
    assert vendor.cures == ()
    assert caplog.text == ""
    assert vendor.model.body("link").mass[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("mass", "ixx", "said"),
    [("0", "1e-6", "stands in"), ("0.1", "0", "stands in"), ("0.1", "5e-6", "mean")],
)
def test_an_inertia_no_body_can_have_is_cured_and_said(
    mass: str, ixx: str, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        vendor = load_vendor(written(tmp_path, mass, ixx))
    (cure,) = [cure for cure in vendor.cures if cure.where == "link"]
    assert said in cure.cure
    assert str(cure) in caplog.text
    first, second, third = sorted(vendor.model.body("link").inertia)
    assert first > 0
    assert first + second >= third


def test_a_glb_is_converted_once_into_the_data_folder(tmp_path: Path, data_folder: Path):
    trimesh.creation.box((0.02, 0.03, 0.04)).export(tmp_path / "pad.glb")
    trimesh.creation.box((0.02, 0.03, 0.04)).export(tmp_path / "pad.obj")
    path = written(tmp_path, link=visual("pad.glb") + visual("pad.obj"))
    load_vendor(path)
    vendor = load_vendor(path)
    assert vendor.model.nmesh == 2, "one name in two formats is two meshes"
    (made,) = (data_folder / "meshes").iterdir()
    assert made.suffix == ".obj"
    assert any("no .glb" in cure.fault for cure in vendor.cures)


def test_a_mesh_is_found_in_the_package_it_names(tmp_path: Path):
    folder = tmp_path / "maker" / "finger_description"
    (folder / "urdf").mkdir(parents=True)
    trimesh.creation.box((0.02, 0.03, 0.04)).export(folder / "pad.stl")
    path = written(folder / "urdf", link=visual("package://finger_description/pad.stl"))
    assert load_vendor(path).model.nmesh == 1
    elsewhere = written(tmp_path, link=visual("package://finger/pad.stl"))
    assert load_vendor(elsewhere).model.nmesh == 0
    assert load_vendor(elsewhere, {"finger": folder}).model.nmesh == 1


def test_a_mesh_that_is_not_there_is_left_out_by_name(tmp_path: Path):
    vendor = load_vendor(written(tmp_path, link=visual("meshes/pad.stl")))
    assert any("'meshes/pad.stl' is not there" in cure.fault for cure in vendor.cures)
    assert vendor.model.ngeom == 0


def test_a_mesh_nobody_can_read_is_refused_by_name(tmp_path: Path):
    (tmp_path / "pad.glb").write_bytes(b"no mesh")
    with pytest.raises(SpecError, match=r"link 'link': .*pad\.glb"):
        load_vendor(written(tmp_path, link=visual("pad.glb")))
