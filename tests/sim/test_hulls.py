"""Meshes are drawn as their convex hulls, by either painter, and nothing collides with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.meshed_hand import box, with_meshes, write_stl
from tests.scaffold.odd_hands import row
from xlvla_sdk.scaffold import Answers, draft_hand
from xlvla_sdk.sim import build_world, hand_camera
from xlvla_sdk.sim.drawing import DrawnPainter
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.facets import facets
from xlvla_sdk.sim.hulls import hull
from xlvla_sdk.sim.live import surfaces
from xlvla_sdk.sim.shapes import Primitive, drawn
from xlvla_sdk.specs import HandSpec, Side, load_urdf
from xlvla_sdk.specs.urdf import Shape


def found(folder: Path, points: np.ndarray, scale: float = 1.0) -> np.ndarray | None:
    write_stl(folder / "mesh.stl", points)
    shape = Shape("mesh", np.eye(4), (), "mesh.stl", None, (scale, scale, scale))
    return hull(str(folder / "hand.urdf"), shape)


def volume(corners: np.ndarray) -> float:
    """By the divergence theorem: right only where every facet's outside is outside."""
    a, b, c, d = np.moveaxis(facets(Primitive("hull", np.eye(4), (), corners=corners)), 1, 0)
    halves = [np.einsum("ij,ij->i", p, np.cross(q, r)).sum() for p, q, r in ((a, b, c), (a, c, d))]
    return float(sum(halves)) / 6.0


@pytest.mark.parametrize("size", [(0.02, 0.02, 0.02), (0.01, 0.015, 0.09)])
def test_the_hull_of_a_box_is_the_box(size: tuple[float, float, float], tmp_path: Path):
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    corners = found(tmp_path, box(size) @ (turned * np.linalg.det(turned)) + 0.03)
    assert corners is not None
    assert volume(corners) == pytest.approx(np.prod(size), rel=1e-3)


def test_the_hull_of_a_ball_is_nearly_the_ball(tmp_path: Path):
    rays = np.random.default_rng(2).normal(size=(6000, 3))
    ball = 20.0 * rays / np.linalg.norm(rays, axis=1, keepdims=True)
    corners = found(tmp_path, ball.reshape(-1, 3, 3), scale=0.001)
    assert corners is not None
    assert 0.92 < volume(corners) / (4 / 3 * np.pi * 0.02**3) < 1.0


def test_what_has_no_volume_or_no_file_has_no_hull(tmp_path: Path):
    flat = box((0.02, 0.03, 0.0))
    assert found(tmp_path, flat) is None
    assert hull(str(tmp_path / "hand.urdf"), Shape("mesh", np.eye(4), (), "none.stl")) is None
    corners = found(tmp_path, box((0.02, 0.03, 0.01)))
    assert corners is not None, "a file that was written again is read again"


@pytest.fixture
def hands(tmp_path: Path) -> tuple[HandSpec, HandSpec]:
    """A hand of boxes, and the same of nothing but meshes."""
    boxes = row(tmp_path, (0.03, 0.0))
    answers = Answers(side=Side.RIGHT, tips={"thumb": "f0_2", "index": "f1_2"})
    solid = draft_hand(boxes, answers)
    meshed = draft_hand(with_meshes(boxes), answers)
    assert meshed.fingers["index"].tip_reason == "the far end of 'f1_2's shape"
    tip, wanted = (np.array(draft.fingers["index"].tip_xyz) for draft in (meshed, solid))
    np.testing.assert_allclose(tip, wanted, atol=1e-8)
    return solid.spec("solid"), meshed.spec("meshed")


def test_a_hand_of_meshes_looks_as_one_of_the_same_solids(hands: tuple[HandSpec, HandSpec]):
    pictures = []
    for hand in hands:
        painter = DrawnPainter(hand, hand_camera(hands[0], hands[0].rest[None]), 200, "a test")
        pictures.append(painter.picture(hand.rest).astype(float))
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.5
    near = hand_camera(hands[1], hands[1].rest[None])
    assert near.distance == pytest.approx(hand_camera(hands[0], hands[0].rest[None]).distance)


def test_a_world_shows_hulls_and_lets_nothing_collide_with_them(
    hands: tuple[HandSpec, HandSpec], caplog: pytest.LogCaptureFixture
):
    model = build_world(hands[1]).model
    meshes = model.geom_type == load_mujoco().mjtGeom.mjGEOM_MESH
    assert meshes.sum() == 4
    assert not model.geom_contype[meshes].any()
    assert not model.geom_conaffinity[meshes].any()
    reach = model.geom_aabb[meshes][:, 3:].max(axis=1)
    np.testing.assert_allclose(reach, 0.02, atol=1e-6)
    assert "meshes" not in caplog.text
    live = [part for bodies in surfaces(model).values() for part in bodies.values()]
    assert len(live) == 4
    for part in live:  # what viser draws is 40 mm long, along the finger
        np.testing.assert_allclose(
            np.ptp(part.reshape(-1, 3), axis=0), [0.01, 0.01, 0.04], atol=1e-6
        )


def test_meshes_that_are_not_there_are_bones(hands: tuple[HandSpec, HandSpec]):
    source = Path(str(hands[1].urdf))
    for mesh in (source.parent / "meshes").iterdir():
        mesh.unlink()
    kinds = {one.kind for looks in drawn(load_urdf(source)).values() for one in looks}
    assert kinds == {"capsule"}
