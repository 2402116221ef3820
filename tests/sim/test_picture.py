"""Pictures show the posture, with OpenGL and without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.small_hand import small_hand
from xlvla_sdk.sim import build_world, gl_platform, hand_camera, painter
from xlvla_sdk.sim.drawing import DrawnPainter
from xlvla_sdk.sim.picture import Painter
from xlvla_sdk.sim.stage import BACKGROUND
from xlvla_sdk.specs import HandSpec

SIZE = 96
BENT = np.array([1.0, 1.2])


def ink(picture: np.ndarray) -> np.ndarray:
    """Where something is drawn."""
    return np.abs(picture.astype(int) - 255.0 * np.array(BACKGROUND)).max(axis=-1) > 12


def postures(spec: HandSpec) -> np.ndarray:
    return np.stack([spec.rest, BENT])


def check_pictures(made_by: Painter, spec: HandSpec) -> None:
    """Two postures, two pictures, each holding the whole hand."""
    opened, bent = (made_by.picture(qpos) for qpos in postures(spec))
    assert opened.shape == (SIZE, SIZE, 3)
    for picture in (opened, bent):
        shown = ink(picture)
        assert 0.01 < shown.mean() < 0.6
        assert not shown[[0, -1]].any()
        assert not shown[:, [0, -1]].any()
    assert (ink(opened) != ink(bent)).mean() > 0.005


def test_pictures_are_drawn_where_no_opengl_loads(tmp_path: Path):
    spec = small_hand(tmp_path)
    with DrawnPainter(spec, hand_camera(spec, postures(spec)), SIZE, "turned off") as drawing:
        assert "turned off" in drawing.how
        check_pictures(drawing, spec)


@pytest.mark.gl
def test_rendered_pictures_show_what_drawn_ones_show(tmp_path: Path):
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    spec = small_hand(tmp_path)
    camera = hand_camera(spec, postures(spec))
    with painter(build_world(spec), camera, SIZE) as rendering:
        assert "OpenGL" in rendering.how
        check_pictures(rendering, spec)
        rendered = ink(rendering.picture(BENT))
    with DrawnPainter(spec, camera, SIZE, "") as drawing:
        drawn = ink(drawing.picture(BENT))
    assert (rendered & drawn).sum() > 0.8 * (rendered | drawn).sum()


def test_the_same_posture_is_drawn_the_same(tmp_path: Path):
    spec = small_hand(tmp_path)
    with DrawnPainter(spec, hand_camera(spec, postures(spec)), SIZE, "") as drawing:
        np.testing.assert_array_equal(drawing.picture(BENT), drawing.picture(BENT))


@pytest.mark.parametrize("given", ["off", "osmesa-that-is-not-there"])
def test_a_platform_that_does_not_work_leaves_physics_and_says_what_mends_it(
    given: str, tmp_path: Path
):
    """In a process of its own, since MuJoCo chooses its platform once."""
    spec = small_hand(tmp_path)
    program = (
        "from xlvla_sdk import hand_from_urdf, Side\n"
        "from xlvla_sdk.sim import MujocoDriver, gl_platform\n"
        f"spec = hand_from_urdf({str(spec.urdf)!r}, Side.RIGHT, {dict(spec.tip_links)!r}, 'small')\n"
        "with MujocoDriver(spec) as driver:\n"
        "    driver.advance(0.1)\n"
        "print(gl_platform().name, gl_platform().reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "MUJOCO_GL": given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("None ")
    assert f"MUJOCO_GL={given}" in done.stdout
