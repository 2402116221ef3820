"""A simulation's cameras, its film and its page show what is in it."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import numpy as np
import pytest

from tests.registered import embodiment
from xlvla_sdk.errors import DataError, DriverError, SpecError
from xlvla_sdk.sim import Film, LivePage, Simulation, build_world, gl_platform
from xlvla_sdk.sim.camera import Eye
from xlvla_sdk.sim.live import surfaces
from xlvla_sdk.sim.scene import TABLE, standing

BODY = "xarm7+inspire:right"


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation(build_world(embodiment(BODY), scene=TABLE))


def red(image: np.ndarray) -> np.ndarray:
    """Where a picture is as red as the can."""
    rgb = image.astype(int)
    return (rgb[..., 0] > 120) & (rgb[..., 1] < 80) & (rgb[..., 2] < 80)


def test_an_unknown_camera_is_refused_with_those_that_are(simulation: Simulation):
    with pytest.raises(SpecError, match="front, side, right_wrist"):
        simulation.camera("left_wrist")


def test_a_camera_that_is_not_open_says_so(simulation: Simulation):
    with pytest.raises(DriverError, match="not open"):
        simulation.camera("front").read()


def test_without_opengl_a_camera_says_what_mends_it(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MUJOCO_GL", "off")
    gl_platform.cache_clear()
    try:
        with pytest.raises(DriverError, match="MUJOCO_GL=off"):
            simulation.camera("front").open()
    finally:
        gl_platform.cache_clear()


@pytest.mark.gl
def test_every_camera_sees_the_can_where_it_is():
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    simulation = Simulation(build_world(embodiment(BODY), scene=TABLE))
    seen = {}
    for y in (-0.2, 0.2):
        simulation.reset({"can": standing(0.1, y), "bottle": standing(0.5, -0.5)})
        eye = Eye(simulation, (160, 120))
        for name in ("front", "side", "right_wrist"):
            seen[name, y] = np.argwhere(red(eye.picture(name))).mean(axis=0)
        eye.close()
    assert seen["front", -0.2][1] < 80 < seen["front", 0.2][1], "the robot's right is left here"
    assert seen["side", -0.2][0] > seen["side", 0.2][0], "nearer is lower"


@pytest.mark.gl
def test_a_new_picture_comes_with_simulated_time_and_the_same_state_looks_the_same():
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    simulation = Simulation(build_world(embodiment(BODY), scene=TABLE))
    with simulation.camera("front") as camera:
        first = camera.read()
        assert first.image.shape == (240, 320, 3)
        assert first.time_s == 0.0
        simulation.advance(0.01)
        assert camera.read() is first
        simulation.advance(0.03)
        assert camera.read().time_s == pytest.approx(0.04)
    simulation.reset()
    with simulation.camera("front") as camera:
        np.testing.assert_array_equal(camera.read().image, first.image)


@pytest.mark.gl
def test_a_film_has_every_moment_of_the_run(tmp_path: Path):
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    av = pytest.importorskip("av")
    simulation = Simulation(build_world(embodiment("inspire:right"), scene=TABLE))
    film = Film(simulation)
    with simulation.drivers[0] as driver:
        driver.command(driver.spec.posture("fist"))
        simulation.advance(0.2)
    film.save(tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 25
    assert len(pictures) == 6
    assert pictures[0].shape == (480, 640, 3)
    assert np.abs(pictures[0].astype(int) - pictures[-1]).max() > 60, "the hand has closed"


@pytest.mark.gl
def test_a_camera_that_opens_before_the_body_begins_at_the_clocks_time(simulation: Simulation):
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    late = Simulation(simulation.world, lambda: 1e6)
    with late.camera("front") as camera:
        assert camera.read().time_s == 1e6
        assert late.data.time == 0.0


def test_a_film_of_nothing_is_refused(simulation: Simulation, tmp_path: Path):
    pytest.importorskip("av")
    with pytest.raises(DataError, match="nothing to show"):
        Film(simulation).save(tmp_path / "out.mp4")


def test_what_the_page_draws_is_what_the_model_has(simulation: Simulation):
    drawn = surfaces(simulation.world.model)
    names = {simulation.world.model.body(body).name for body in drawn}
    assert {"right_arm/link7", "right_hand/palm", "scene/can"} <= names
    (can,) = drawn[simulation.world.model.body("scene/can").id].values()
    low, high = can.reshape(-1, 3).min(axis=0), can.reshape(-1, 3).max(axis=0)
    np.testing.assert_allclose(high - low, (0.066, 0.066, 0.115), atol=0.001)


def test_the_page_is_served_to_this_machine_alone_and_follows_the_simulation(
    simulation: Simulation, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("viser")
    with LivePage(simulation, port=18473) as page:
        assert page.url.startswith("http://127.0.0.1:")
        assert b"<html" in urllib.request.urlopen(page.url, timeout=10).read()[:500].lower()
        simulation.reset({"can": standing(0.2, 0.1)})
        page.show()
        frame = page._frames[simulation.world.model.body("scene/can").id]
        np.testing.assert_allclose(frame.position[:2], (0.2, 0.1), atol=1e-6)
    page.close()
    simulation.advance(0.2)
    assert capsys.readouterr().out == "", "stdout is for results"
