"""Variant image where a dataset says where things are: it learns to find them, and acts by what it finds."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.learning.blobs import REACH, blobs, picture, place
from tests.learning.conftest import TINY
from tests.learning.demonstrations import PROMPT, WIDTH
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.learning.batch import UNMOVED, Batch
from xlvla_sdk.learning.files import CARD, load_policy
from xlvla_sdk.learning.moving import moved_about
from xlvla_sdk.learning.network import FlowNetwork
from xlvla_sdk.learning.policy import TrainedPolicy
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.seeing import Told
from xlvla_sdk.learning.seeing_found import moved
from xlvla_sdk.learning.shape import read_shape
from xlvla_sdk.learning.training import Recipe, train
from xlvla_sdk.learning.variant_image import ImageVariant
from xlvla_sdk.messages import Observation

SIZE = 32
THINGS = ("red blob", "ball")
RECIPE = Recipe(steps=150, batch=16, rate=1e-2, warm=10, keep=0.9, every=150)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return blobs(tmp_path_factory.mktemp("found") / "d", things=THINGS, episodes=40)


@pytest.fixture(scope="module")
def samples(dataset: Dataset) -> Samples:
    return Samples.of(dataset, variant=ImageVariant.of(dataset, size=SIZE))


@pytest.fixture(scope="module")
def trained(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finding") / "blobs"
    train(samples, folder, RECIPE, shape=TINY)
    return folder


@pytest.fixture(scope="module")
def network(trained: Path, samples: Samples) -> FlowNetwork:
    card, weights = load_policy(trained)
    network = FlowNetwork(read_shape(card["shape"]), sight=samples.variant.sight)
    network.load_state_dict(weights)
    return network.eval()


def asked(image: np.ndarray, frame: np.ndarray = UNMOVED) -> Told:
    """With a picture alone: what is said of things is nonsense, that nobody may look at."""
    return Told(
        state=torch.zeros(1, WIDTH),
        things=torch.full((1, 2, 9), 7.0),
        there=torch.ones(1, 2, dtype=torch.bool),
        names=torch.ones(1, 2, 2, dtype=torch.int64),
        prompts=torch.ones(1, 1, dtype=torch.int64),
        pictures=torch.from_numpy(image[None, None, :, 8:40].copy()),
        frame=torch.from_numpy(frame[None].astype(np.float32)),
    )


SEEN = [(-0.7, 0.6), (-0.5, -0.7), (0.6, -0.6), (0.7, 0.6)]


def test_things_are_found_where_they_are_seen(network: FlowNetwork):
    for side, below in SEEN:
        with torch.inference_mode():
            found, missed = network.sight.find(asked(picture(side, below)))
        where = found.things[0, 0].numpy()
        np.testing.assert_allclose(where, place(side, below), atol=0.35 * REACH)
        assert missed.tolist() == [0.0]


def test_what_is_not_seen_is_not_there(network: FlowNetwork):
    for side, below in SEEN:
        for ball in (False, True):
            with torch.inference_mode():
                found, _ = network.sight.find(asked(picture(side, below, ball=ball)))
            assert found.there.tolist() == [[True, ball]]


def test_what_is_found_is_moved_with_the_table(network: FlowNetwork):
    turned = np.array([0.3, -0.2, 0.1, 0.0, 1.0, 0.0, -1.0, 0.0, 0.0], dtype=np.float32)
    image = picture(0.6, -0.6)
    with torch.inference_mode():
        still = network.sight.find(asked(image))[0].things[0, 0].numpy()
        gone = network.sight.find(asked(image, turned))[0].things[0, 0].numpy()
    np.testing.assert_allclose(
        gone[:3], [0.3 - still[1], -0.2 + still[0], 0.1 + still[2]], atol=1e-6
    )
    np.testing.assert_allclose(gone[3:6], [-still[4], still[3], still[5]], atol=1e-6)


def test_poses_move_as_samples_do(samples: Samples):
    batch = samples.draw(np.random.default_rng(0), 20)
    middle, random = np.array([0.4, -0.1, 0.0]), np.random.default_rng(1)
    after = moved_about(batch, samples.arms, middle, random, 0.5, 0.05)
    found = moved(torch.from_numpy(batch.things), torch.from_numpy(after.frame))
    np.testing.assert_allclose(found.numpy(), after.things, atol=1e-6)
    assert np.abs(after.things - batch.things).max() > 0.02


def test_it_goes_where_it_finds_the_blob(trained: Path):
    policy = TrainedPolicy(trained)
    gone = []
    for side, below in SEEN:
        images = {"front": picture(side, below)}
        row = policy.infer(Observation(np.zeros(WIDTH), 0.0, images=images, prompt=PROMPT)).rows[-1]
        gone.append(row[33] / REACH)
    np.testing.assert_allclose(gone, [side for side, _ in SEEN], atol=0.4)


def untrained(samples: Samples) -> FlowNetwork:
    torch.manual_seed(0)
    shape = replace(
        TINY,
        width=WIDTH,
        horizon=samples.metadata.horizon,
        words=len(samples.words.known),
        arms=samples.arms,
    )
    return FlowNetwork(shape, samples.scales, samples.variant.sight)


def told_of(batch: Batch, rows: slice = slice(None)) -> Told:
    said = {one.name: torch.from_numpy(getattr(batch, one.name)[rows]) for one in fields(Told)}
    return Told(**said)


def test_it_learns_to_find_and_the_expert_leaves_that_alone(samples: Samples):
    network = untrained(samples)
    batch = samples.draw(np.random.default_rng(0), 8)
    told = told_of(batch)
    seen = network.see(told)
    network.guess(seen, torch.zeros(8, *batch.chunks.shape[1:]), torch.zeros(8)).sum().backward()
    eyes = [one for name, one in network.sight.named_parameters() if name.startswith("eyes")]
    assert eyes
    assert all(one.grad is None or not one.grad.any() for one in eyes)
    seen.missed.sum().backward()
    assert all(one.grad is not None and one.grad.any() for one in eyes)
    far = replace(told, things=told.things + told.there[..., None] * 0.5)
    assert (network.see(far).missed > network.see(told).missed + 1.0).all()


def test_parts_of_a_batch_add_up_to_the_loss_of_the_whole(samples: Samples):
    network, batch = untrained(samples), samples.draw(np.random.default_rng(0), 8)
    noise = np.random.default_rng(1).standard_normal(batch.chunks.shape).astype(np.float32)
    time = np.linspace(0.0, 0.9, 8, dtype=np.float32)

    def loss(rows: slice) -> float:
        rest = (batch.chunks, batch.weights, noise, time)
        with torch.no_grad():
            return float(
                network.loss(told_of(batch, rows), *(torch.from_numpy(one[rows]) for one in rest))
            )

    parts = (slice(0, 3), slice(3, 8))
    shares = [batch.weights[rows].sum() / batch.weights.sum() for rows in parts]
    together = sum(share * loss(rows) for share, rows in zip(shares, parts, strict=True))
    assert loss(slice(0, 8)) == pytest.approx(together, rel=1e-5)


def test_the_card_says_what_it_finds_and_nobody_is_asked_for_it(trained: Path, samples: Samples):
    card = json.loads((trained / CARD).read_text())
    assert card["finds"] == list(THINGS)
    metadata = TrainedPolicy(trained).metadata
    assert (metadata.cameras, metadata.things) == (("front",), False)
    assert ImageVariant.parse(card) == samples.variant
    del card["finds"]
    assert ImageVariant.parse(card) == ImageVariant(("front",), SIZE)
