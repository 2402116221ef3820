"""The palm frame is found where makers give it, however the wrist link is turned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand, claw_urdf
from tests.registered import hands
from tests.small_hand import small_hand
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import find_palm, with_palm_found
from xlvla_sdk.kinematics.palm import SNAP_DEGREES
from xlvla_sdk.specs import HandSpec, Side
from xlvla_sdk.specs.urdf_file import pose


def turned(spec: HandSpec, folder: Path, rpy: tuple[float, float, float]) -> HandSpec:
    """The hand below a new wrist link in which its palm stands at `rpy`."""
    text = Path(str(spec.urdf)).read_text()
    mount = (
        f'<link name="wrist"/><joint name="mount" type="fixed"><parent link="wrist"/>'
        f'<child link="palm"/><origin rpy="{" ".join(map(str, rpy))}"/></joint></robot>'
    )
    path = folder / "turned.urdf"
    path.write_text(text.replace("</robot>", mount))
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    return HandSpec(**{**fields, "urdf": path, "wrist_link": "wrist"})


@pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)
def test_the_palm_of_every_registered_hand_is_found(spec: HandSpec):
    np.testing.assert_allclose(find_palm(spec), spec.T_wrist_palm[:3, :3], atol=1e-9)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("make", [small_hand, claw_hand])
@pytest.mark.parametrize("rpy", [(0.0, 0.0, 0.0), (np.pi / 2, 0.0, 0.0), (0.0, np.pi / 2, np.pi)])
def test_an_aligned_palm_is_found_exactly(make, side, rpy, tmp_path: Path):
    spec = turned(make(tmp_path, side=side), tmp_path, rpy)
    wanted = pose(np.zeros(3), np.array(rpy))[:3, :3]
    np.testing.assert_allclose(find_palm(spec), wanted, atol=1e-9)


def test_a_palm_that_is_not_aligned_is_left_as_it_is_found(tmp_path: Path):
    rpy = (0.7, 0.6, 0.5)
    found = find_palm(turned(claw_hand(tmp_path), tmp_path, rpy))
    wanted = pose(np.zeros(3), np.array(rpy))[:3, :3]
    apart = np.degrees(np.arccos((np.trace(found.T @ wanted) - 1.0) / 2.0))
    assert apart < SNAP_DEGREES
    np.testing.assert_allclose(found.T @ found, np.eye(3), atol=1e-12)
    assert np.linalg.det(found) == pytest.approx(1.0)


def test_the_frame_that_is_found_is_written_into_the_spec(tmp_path: Path):
    rpy = (np.pi / 2, 0.0, 0.0)
    spec = with_palm_found(turned(claw_hand(tmp_path), tmp_path, rpy))
    np.testing.assert_allclose(spec.palm_rpy, rpy, atol=1e-9)
    np.testing.assert_allclose(find_palm(spec), spec.T_wrist_palm[:3, :3], atol=1e-9)


@pytest.mark.parametrize("side", Side)
def test_the_wrong_side_is_refused(side: Side, tmp_path: Path):
    spec = claw_hand(tmp_path, side=side)
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    other = Side.LEFT if side is Side.RIGHT else Side.RIGHT
    with pytest.raises(SpecError, match=rf"claw:{other}.*rather a {side} one.*palm_rpy"):
        find_palm(HandSpec(**{**fields, "side": other}))


def test_knuckles_that_coincide_are_refused(tmp_path: Path):
    spec = claw_hand(tmp_path)
    text = claw_urdf().replace('xyz="0 -0.005 0.06"', 'xyz="0 0.025 0.06"')
    Path(str(spec.urdf)).write_text(text)
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    with pytest.raises(SpecError, match=r"claw:right: the palm frame .* coincide\. Give palm_rpy"):
        find_palm(HandSpec(**fields))
