"""Every check finds its fault, names the place and says how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_hand import TIPS, small_hand, small_urdf
from xlvla_sdk.checks import CheckResult, check_device, check_file
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.specs import HandSpec, Side, hand_from_urdf

INERTIAL = (
    '<inertial><mass value="{mass}"/><inertia ixx="{x}" ixy="0" ixz="0" iyy="{y}" iyz="0" '
    'izz="{z}"/></inertial>'
)


def nowhere(spec: HandSpec) -> None:
    return None


def with_inertials(text: str, mass: float = 0.1, x: float = 1e-5, y: float = 1e-5) -> str:
    inertial = INERTIAL.format(mass=mass, x=x, y=y, z=1e-5)
    for link in ("thumb", "index_proximal", "index_distal"):
        text = text.replace(f'<link name="{link}"/>', f'<link name="{link}">{inertial}</link>')
    return text


def results_of(
    folder: Path, text: str, tips: dict[str, str] = TIPS, side: Side = Side.RIGHT
) -> dict[str, CheckResult]:
    urdf = folder / "hand.urdf"
    urdf.write_text(text)
    results = check_file(
        urdf, lambda: hand_from_urdf(urdf, side, tips, "small", None, 5.0), nowhere
    )
    return {result.name: result for result in results}


def test_a_sound_hand_passes_every_check(tmp_path: Path):
    results = results_of(tmp_path, with_inertials(small_urdf()))
    assert {name for name, result in results.items() if not result.ok} == set()
    assert results["urdf"].text == "3 joints: 2 actuated, 1 mimic"
    assert results["limits"].text == "2 of 2 finite; widest is index_bend, 1.50 rad"
    assert results["inertias"].text == "3 links, 0.300 kg in all"


@pytest.mark.parametrize(
    ("old", "new", "check", "text"),
    [
        (
            '<limit lower="0" upper="1.2"',
            '<limit upper="1.2"',
            "limits",
            "'thumb_yaw' has no lower",
        ),
        ('upper="1.2"', 'upper="0"', "limits", "'thumb_yaw' has no range: 0 to 0"),
        ("</robot>", "", "urdf", "not well-formed XML"),
        ('multiplier="0.9"', 'multiplier="1.1"', "mimic", "'index_curl' goes from 0.000 to 1.650"),
        ('joint="index_bend" mult', 'joint="index_curl" mult', "urdf", "mimic joints form a cycle"),
        (
            '<link name="palm"/>',
            '<link name="palm"><visual><geometry><mesh filename="a/palm.stl"/></geometry></visual></link>',
            "meshes",
            "1 of 1 are not there: a/palm.stl",
        ),
    ],
)
def test_a_fault_of_the_urdf_is_found(tmp_path: Path, old: str, new: str, check: str, text: str):
    result = results_of(tmp_path, with_inertials(small_urdf()).replace(old, new, 1))[check]
    assert not result.ok
    assert text in result.text


@pytest.mark.parametrize(
    ("inertia", "text"),
    [
        ({"mass": 0.0}, "mass is 0 kg"),
        ({"x": -1e-6}, "is not positive"),
        ({"x": 1e-6, "y": 1e-6}, "breaks the triangle rule"),
    ],
)
def test_an_inertia_no_matter_has_is_found(tmp_path: Path, inertia: dict[str, float], text: str):
    result = results_of(tmp_path, with_inertials(small_urdf(), **inertia))["inertias"]
    assert not result.ok
    assert text in result.text


def test_moving_links_without_mass_are_found(tmp_path: Path):
    result = results_of(tmp_path, small_urdf())["inertias"]
    assert result.text == "3 moving links have no mass: thumb, index_proximal, index_distal"
    assert result.mend


@pytest.mark.parametrize(
    ("tips", "text"),
    [
        ({"thumb": "thumb_tip", "index": "thumb_tip"}, "is named for thumb and for index"),
        ({"thumb": "thumb_tip", "index": "index_nail"}, "'index_nail' is not in the URDF"),
        ({"thumb": "thumb_tip"}, "needs a thumb and one finger more"),
    ],
)
def test_a_fault_of_the_tips_is_found(tmp_path: Path, tips: dict[str, str], text: str):
    result = results_of(tmp_path, with_inertials(small_urdf()), tips)["tips"]
    assert not result.ok
    assert text in result.text


def test_a_hand_called_by_the_wrong_side_has_the_wrong_palm(tmp_path: Path):
    spec = small_hand(tmp_path).model_copy(update={"palm_rpy": (0.0, 0.0, 3.1416)})
    (palm,) = [result for result in check_device(spec, nowhere) if result.name == "palm"]
    assert not palm.ok
    assert palm.text == "180 degrees from the one found"
    assert "palm_rpy=(0.0000, 0.0000, 0.0000)" in str(palm.mend)


def test_unknown_velocities_are_a_fault(tmp_path: Path):
    spec = small_hand(tmp_path).model_copy(update={"velocity": None})
    (velocity,) = [result for result in check_device(spec, nowhere) if result.name == "velocity"]
    assert not velocity.ok


def test_a_codec_that_does_not_fit_is_a_fault_and_a_missing_one_is_not(tmp_path: Path):
    def damaged(spec: HandSpec) -> None:
        raise CodecMismatch("small-right.safetensors: is cut off. Delete it.")

    spec = small_hand(tmp_path)
    result = check_device(spec, damaged)[-1]
    assert (result.name, result.ok, result.mend) == ("codec", False, "Delete it.")
    assert check_device(spec, nowhere)[-1].ok
