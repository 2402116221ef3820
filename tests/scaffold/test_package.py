"""`xlvla new` writes a package that installs, imports, and keeps all that it can know to keep."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.small_hand import small_urdf
from xlvla_sdk.errors import DataError, SpecError
from xlvla_sdk.scaffold import HandDraft, draft_hand
from xlvla_sdk.scaffold.package import Transport, checked_name, write_package
from xlvla_sdk.scaffold.package_hand import PackagedHand, packaged
from xlvla_sdk.scaffold.package_text import literal
from xlvla_sdk.specs import Side

URDFS = Path(__file__).resolve().parents[2] / "examples/acme_h11/xlvla_acme_h11/urdf"


@cache
def found(side: Side) -> HandDraft:
    return draft_hand(URDFS / f"acme_h11_{side}.urdf")


def hands(*sides: Side) -> list[PackagedHand]:
    """The example vendor's hands, as found in their URDFs alone."""
    return [packaged(found(side), "acme_h6", velocity=6.0) for side in sides]


def run_own_tests(folder: Path) -> str:
    """What a package's own tests say, in a program of its own that finds it by PYTHONPATH."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "XLVLA_DATA": str(folder / "data")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "."],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    return done.stdout


@pytest.mark.slow
def test_a_hand_without_a_wire_is_a_whole_package(tmp_path: Path):
    folder = tmp_path / "acme_h6"
    files = write_package(folder, hands(Side.RIGHT, Side.LEFT), Transport.NONE)
    for wanted in ("README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "conftest.py"):
        assert Path(wanted) in files
    assert Path(".github/workflows/test.yml") in files
    assert " passed" in run_own_tests(folder)


@pytest.mark.slow
@pytest.mark.parametrize("transport", [t for t in Transport if t is not Transport.NONE])
def test_each_transport_keeps_the_whole_contract_on_its_own_emulator(
    tmp_path: Path, transport: Transport
):
    folder = tmp_path / "acme_h6"
    write_package(folder, hands(Side.RIGHT, Side.LEFT), transport)
    said = run_own_tests(folder)
    assert "skipped" not in said
    assert int(said.rpartition(" passed")[0].split()[-1]) > 65


@pytest.mark.parametrize("transport", Transport)
def test_what_is_written_is_python_without_a_place_left_unfilled(
    tmp_path: Path, transport: Transport
):
    folder = tmp_path / "acme_h6"
    for file in write_package(folder, hands(Side.RIGHT), transport):
        text = (folder / file).read_text()
        if file.suffix == ".py":
            ast.parse(text)
            assert max(map(len, text.splitlines()), default=0) <= 110, file
        assert "$" not in text.replace("${{ matrix", ""), file


def test_drivers_of_bytes_say_that_their_frames_are_a_placeholder(tmp_path: Path):
    write_package(tmp_path / "one", hands(Side.RIGHT), Transport.SERIAL)
    assert "PLACEHOLDER = True  # TODO" in (tmp_path / "one/xlvla_acme_h6/frames.py").read_text()


@pytest.mark.slow
def test_a_driver_of_an_sdk_stops_where_the_placeholder_is_not_written_over(tmp_path: Path):
    """A real hand is told nothing: the error names the file to write."""
    write_package(tmp_path / "one", hands(Side.RIGHT), Transport.SDK)
    code = (
        "from xlvla_acme_h6 import hand\n"
        "from xlvla_acme_h6.driver import AcmeH6Driver\n"
        "from xlvla_sdk import Side\n"
        "from xlvla_sdk.drivers import Address\n"
        "AcmeH6Driver(hand(Side.RIGHT), Address.parse('sdk:/dev/ttyUSB0')).open()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "one", capture_output=True, text=True
    )
    assert "no module 'acme_h6_sdk'. far_side.py still calls a placeholder" in done.stderr


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match="is there already"):
        write_package(tmp_path / "mine", hands(Side.RIGHT), Transport.NONE)
    assert list((tmp_path / "mine").iterdir()) == []


def test_two_files_of_one_side_are_refused(tmp_path: Path):
    with pytest.raises(SpecError, match=r"both URDFs are of the right hand.*--side"):
        write_package(tmp_path / "two", hands(Side.RIGHT, Side.RIGHT), Transport.NONE)
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize("name", ["Acme_H6", "6acme", "acme-h6", "acme h6", "class", "acme_", ""])
def test_a_name_that_no_module_can_have_is_refused(name: str):
    with pytest.raises(SpecError, match="as in acme_h6"):
        checked_name(name)


def test_an_unknown_velocity_is_asked_for_not_guessed(tmp_path: Path):
    urdf = tmp_path / "acme.urdf"
    text = (URDFS / "acme_h11_right.urdf").read_text()
    urdf.write_text(text.replace('velocity="6"', ""))
    with pytest.raises(SpecError, match="--velocity RAD/S"):
        packaged(draft_hand(urdf), "acme_h6")


def test_the_urdf_s_own_velocity_is_taken_where_none_is_given():
    hand = packaged(found(Side.RIGHT), "acme_h6")
    assert set(hand.spec.velocity_limits) == {6.0}
    assert hand.velocity_from == "<limit> of acme_h11_right.urdf"


def test_meshes_come_along_and_every_edit_is_noted(tmp_path: Path):
    (tmp_path / "maker/urdf").mkdir(parents=True)
    (tmp_path / "maker/mesh").mkdir()
    (tmp_path / "maker/mesh/palm.stl").write_bytes(b"solid")
    shape = '<link name="palm"><visual><geometry><mesh filename="{}"/></geometry></visual></link>'
    both = shape.format("../mesh/palm.stl") + shape.format("package://acme/far.stl").replace(
        '"palm"', '"spare"'
    )
    text = small_urdf().replace('<link name="palm"/>', both)
    joint = '<joint name="s" type="fixed"><parent link="palm"/><child link="spare"/></joint>'
    urdf = tmp_path / "maker/urdf/hand.urdf"
    urdf.write_text(text.replace("</robot>", joint + "</robot>"))
    hand = packaged(draft_hand(urdf), "acme_h6")
    assert hand.meshes == {"meshes/palm.stl": tmp_path / "maker/mesh/palm.stl"}
    assert hand.edits == ("Mesh `../mesh/palm.stl` is called `meshes/palm.stl`.",)
    assert hand.missing == ("package://acme/far.stl",)
    folder = tmp_path / "package"
    write_package(folder, [hand], Transport.NONE)
    assert (folder / "xlvla_acme_h6/urdf/meshes/palm.stl").read_bytes() == b"solid"
    assert "1. Mesh `../mesh/palm.stl`" in (folder / "README.md").read_text()
    assert "meshes = " in (folder / "xlvla_acme_h6/checks.toml").read_text()


def test_literals_read_as_they_were():
    value = {"a": ("x",) * 30, "b": {"c": 0.1}, 'd"': (-0.0, 1.5)}
    assert ast.literal_eval(literal(value)) == value
