"""Pictures drawn later are those that a camera would have taken."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.codecs import small_codec
from tests.datasets import make_dataset, waves
from tests.registered import embodiment
from tests.synthesis.lifting import BODY, LIFT
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.rows import PHYSICS
from xlvla_sdk.data.sidecar import PLACE
from xlvla_sdk.errors import DataError, SpecError
from xlvla_sdk.layouts import XL1
from xlvla_sdk.sim import Simulation, build_world, gl_platform
from xlvla_sdk.sim.camera import Eye
from xlvla_sdk.synthesis import RenderPlan, render

FRONT, WRIST = "observation.images.front", "observation.images.right_wrist"
SIZE = 64

pytestmark = pytest.mark.usefixtures("lift")


@pytest.fixture
def opengl() -> None:
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)


def picture(dataset: Dataset, camera: str, row: int) -> np.ndarray:
    data = dataset.read(0).column(camera)[row].as_py()["bytes"]
    with Image.open(BytesIO(data)) as found:
        assert found.format == "JPEG"
        return np.asarray(found.convert("RGB")).astype(int)


@pytest.mark.gl
@pytest.mark.usefixtures("opengl")
def test_pictures_are_what_the_cameras_saw(lifts: Dataset, tmp_path: Path):
    made = render(RenderPlan(lifts.root, ("front", "right_wrist"), SIZE), tmp_path / "o")
    assert made.info.cameras == (FRONT, WRIST)
    simulation = Simulation(build_world(embodiment(BODY), scene=LIFT.scene))
    simulation.reset(LIFT.reset(0))
    eye = Eye(simulation, (SIZE, SIZE))
    for camera, column in (("front", FRONT), ("right_wrist", WRIST)):
        away = np.abs(eye.picture(camera).astype(int) - picture(made, column, 0))
        assert away.mean() < 4.0, "JPEG's own error"
    eye.close()
    rows = len(made.read(0))
    assert (picture(made, WRIST, 0) != picture(made, WRIST, rows - 1)).any()
    for name in (PHYSICS, "action"):
        assert made.read(1).column(name).equals(lifts.read(1).column(name))
    assert [made.simulated(k) for k in (0, 1)] == [lifts.simulated(k) for k in (0, 1)]
    statistics = json.loads((made.root / "meta" / "stats.json").read_text())[FRONT]
    assert 0.0 < np.ravel(statistics["mean"])[0] < 1.0


@pytest.mark.slow
@pytest.mark.gl
@pytest.mark.usefixtures("opengl")
def test_an_interrupted_one_goes_on_with_what_is_left(lifts: Dataset, tmp_path: Path):
    class Interrupted(Exception):
        pass

    def told(done: int, of: int) -> None:
        raise Interrupted

    plan = RenderPlan(lifts.root, ("front",), SIZE)
    with pytest.raises(Interrupted):
        render(plan, tmp_path / "o", told=told)
    assert not (tmp_path / "o").exists()
    drawn: list[tuple[int, int]] = []
    resumed = render(plan, tmp_path / "o", told=lambda done, of: drawn.append((done, of)))
    assert drawn == [(2, 2)]
    whole = render(plan, tmp_path / "whole", version="v2.1")
    for episode in (0, 1):
        assert resumed.read(episode).column(FRONT).equals(whole.read(episode).column(FRONT))


@pytest.mark.slow
@pytest.mark.gl
@pytest.mark.usefixtures("opengl")
def test_an_encoded_dataset_is_drawn_as_well(lifts: Dataset, tmp_path: Path):
    hand = embodiment(BODY).hands[0]
    codecs = {hand.id: small_codec(hand)}
    encode(lifts, XL1(embodiment(BODY), codecs), tmp_path / "encoded", codecs=codecs)
    made = render(RenderPlan(tmp_path / "encoded", ("side",), SIZE), tmp_path / "o")
    assert made.info.cameras == ("observation.images.side",)
    assert made.sidecar is not None
    assert made.sidecar.layout == "xl-1"
    with pytest.raises(DataError, match="has pictures of 'side' already"):
        render(RenderPlan(made.root, ("front", "side"), SIZE), tmp_path / "again")


def test_a_camera_that_is_not_there_is_refused(lifts: Dataset, tmp_path: Path):
    with pytest.raises(SpecError, match=r"no camera 'wrist'. There are: front, side, right_wrist"):
        render(RenderPlan(lifts.root, ("wrist",)), tmp_path / "o")
    with pytest.raises(DataError, match="no camera is named"):
        render(RenderPlan(lifts.root, ()), tmp_path / "o")


def test_a_dataset_without_states_is_refused(tmp_path: Path):
    recorded = make_dataset(tmp_path / "o1", [waves(-np.ones(2), np.ones(2))], ["a", "b"])
    with pytest.raises(DataError, match="holds no states of a simulation"):
        render(RenderPlan(recorded.root, ("front",)), tmp_path / "o")


def test_another_world_than_the_recorded_one_is_refused(lifts: Dataset, tmp_path: Path):
    shutil.copytree(lifts.root, tmp_path / "copy")
    path = tmp_path / "copy" / PLACE
    said = json.loads(path.read_text())
    said["simulated"][1]["model"] = "0" * 64
    path.write_text(json.dumps(said))
    with pytest.raises(
        DataError, match=r"episode 1: was simulated in another world.*00000000 then"
    ):
        render(RenderPlan(tmp_path / "copy", ("front",)), tmp_path / "o")
    said["simulated"] = []
    path.write_text(json.dumps(said))
    with pytest.raises(DataError, match="episode 0: was not simulated"):
        render(RenderPlan(tmp_path / "copy", ("front",)), tmp_path / "o")
    assert not (tmp_path / "o").exists()
