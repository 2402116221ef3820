from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.learning.blobs import HEIGHT, REACH, blobs, picture
from tests.learning.conftest import TINY
from tests.learning.demonstrations import HORIZON, PROMPT, ROWS, WIDTH, reaches
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.pictures import decoded, squared
from xlvla_sdk.errors import DataError, PolicyError
from xlvla_sdk.learning.files import CARD, UNFINISHED, WEIGHTS
from xlvla_sdk.learning.policy import TrainedPolicy
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.training import Recipe, train
from xlvla_sdk.learning.variant_image import ImageVariant
from xlvla_sdk.learning.variants import chosen_variant
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy import OpenPIClient, PolicyServer, RemotePolicy

SIZE = 16
LEARNED = Recipe(steps=100, batch=16, rate=1e-2, warm=10, keep=0.95, every=40)
BRIEF = Recipe(steps=6, batch=4, warm=2, every=2)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return blobs(tmp_path_factory.mktemp("blobs") / "d")


@pytest.fixture(scope="module")
def samples(dataset: Dataset) -> Samples:
    return Samples.of(dataset, variant=ImageVariant.of(dataset, size=SIZE))


@pytest.fixture(scope="module")
def trained(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeing") / "blobs"
    train(samples, folder, LEARNED, shape=TINY)
    return folder


def seen(*cameras: str, image: np.ndarray | None = None) -> Observation:
    images = dict.fromkeys(cameras, picture(0.5) if image is None else image)
    return Observation(np.zeros(WIDTH), 0.0, images=images, prompt=PROMPT)


def goes(policy: TrainedPolicy, image: np.ndarray) -> float:
    """How far to the side the last row goes, as a part of the furthest."""
    rows = policy.infer(seen("front", image=image)).rows
    return float(rows[-1, 33] / REACH)


def test_where_the_blob_is_decides_where_it_goes(trained: Path):
    policy = TrainedPolicy(trained)
    sides = np.array([-0.9, -0.6, 0.6, 0.9])
    gone = np.array([goes(policy, picture(side, below=0.3)) for side in sides])
    np.testing.assert_allclose(gone, sides, atol=0.4)
    assert goes(policy, picture(0.8, -0.5)) - goes(policy, picture(-0.8, -0.5)) > 1.0


def test_a_camera_with_more_pixels_sees_alike(trained: Path):
    policy = TrainedPolicy(trained)
    fine = np.kron(picture(0.7), np.ones((3, 3, 1), np.uint8))
    assert goes(policy, fine) == pytest.approx(goes(policy, picture(0.7)), abs=0.05)


def test_the_card_says_what_it_sees_by(trained: Path, samples: Samples):
    card = json.loads((trained / CARD).read_text())
    assert (card["variant"], card["cameras"], card["picture_size"]) == ("image", ["front"], SIZE)
    metadata = TrainedPolicy(trained).metadata
    assert metadata == samples.metadata
    assert (metadata.cameras, metadata.things, metadata.horizon) == (("front",), False, HORIZON)


def test_served_it_asks_for_its_cameras_and_answers_alike(trained: Path):
    policy = TrainedPolicy(trained)
    with (
        PolicyServer(policy, port=0) as server,
        RemotePolicy(OpenPIClient(server.uri), patient=True) as remote,
    ):
        assert remote.metadata.cameras == ("front",)
        rows = remote.infer(seen("front")).rows
    np.testing.assert_allclose(rows, policy.infer(seen("front")).rows, atol=1e-5)


class Interrupted(Exception):
    pass


def test_one_that_was_interrupted_ends_in_the_same_bytes(samples: Samples, tmp_path: Path):
    def interrupt(step: int, _: int, __: float) -> None:
        if step == 3:
            raise Interrupted

    train(samples, tmp_path / "whole", BRIEF, shape=TINY)
    with pytest.raises(Interrupted):
        train(samples, tmp_path / "parts", BRIEF, shape=TINY, told=interrupt)
    train(samples, tmp_path / "parts", BRIEF, shape=TINY)
    for name in (CARD, WEIGHTS, UNFINISHED):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()
    other = replace(samples, variant=ImageVariant(("front",), 2 * SIZE))
    with pytest.raises(DataError, match="picture_size 16 there, 32 here"):
        train(other, tmp_path / "parts", BRIEF, shape=TINY)


def test_pictures_are_those_of_the_rows_decoded_at_the_size(samples: Samples, dataset: Dataset):
    assert samples.pictures.shape == (len(samples.state), 1, SIZE, SIZE, 3)
    assert samples.things.shape[1] == 0
    value = dataset.read(2).column("observation.images.front")[5].as_py()
    expected = squared(decoded(value, "it"), SIZE)
    np.testing.assert_array_equal(samples.pictures[2 * ROWS + 5, 0], expected)


def test_cameras_have_the_order_that_was_asked_for(tmp_path: Path):
    dataset = blobs(tmp_path / "d", cameras=("front", "right_wrist"), episodes=1)
    both = ImageVariant.of(dataset, ("right_wrist", "front"), SIZE)
    assert both.cameras == ("right_wrist", "front")
    assert Samples.of(dataset, variant=both).pictures.shape[1] == 2
    assert ImageVariant.of(dataset).cameras == ("front", "right_wrist")


def test_merged_datasets_keep_their_pictures(dataset: Dataset, samples: Samples, tmp_path: Path):
    merge([dataset, blobs(tmp_path / "one", episodes=1)], tmp_path / "all")
    pooled = Samples.of(Dataset.open(tmp_path / "all"), variant=samples.variant)
    np.testing.assert_array_equal(pooled.pictures[: len(samples.pictures)], samples.pictures)


@pytest.mark.parametrize(
    ("observation", "words"),
    [
        (seen(), r"no picture of 'front' \(there are: none\)"),
        (seen("side"), r"no picture of 'front' \(there are: side\)"),
        (seen("front", image=np.zeros((8, 8))), r"wanted is uint8 \(height, width, 3\)"),
    ],
)
def test_what_it_cannot_see_by_is_refused(trained: Path, observation: Observation, words: str):
    with pytest.raises(PolicyError, match=words):
        TrainedPolicy(trained).infer(observation)


def test_datasets_without_its_pictures_are_refused(dataset: Dataset, tmp_path: Path):
    without = reaches(tmp_path / "d", episodes=1)
    with pytest.raises(DataError, match=r"has no pictures, .* xlvla data render"):
        ImageVariant.of(without)
    with pytest.raises(DataError, match=r"no pictures of 'side'. It has those of: front"):
        ImageVariant.of(dataset, ("side",))
    with pytest.raises(DataError, match=r"no camera is named. Write --cameras front"):
        ImageVariant.of(dataset, ())
    with pytest.raises(DataError, match="has no pictures"):
        Samples.of(without, variant=ImageVariant(("front",), SIZE))


def test_a_variant_is_chosen_by_its_name(dataset: Dataset):
    assert chosen_variant("image", dataset, size=HEIGHT) == ImageVariant(("front",), HEIGHT)
    assert chosen_variant("state", dataset).to_json() == {"variant": "state"}
    with pytest.raises(DataError, match="variant state sees no pictures"):
        chosen_variant("state", dataset, ("front",))
    with pytest.raises(DataError, match="too small"):
        chosen_variant("image", dataset, size=4)
