"""A space is made of kinematics and a seed, and of nothing else."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trained import TINY, founding, train_tiny_space
from xlvla_sdk.codec import LatentSpace, load_space
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import save_space, space_hash
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent.losses import Weights
from xlvla_sdk.latent.pretraining import pretrain


def test_the_same_seed_gives_the_same_bytes(tiny_space: LatentSpace, tmp_path: Path):
    torch.manual_seed(99)
    again = train_tiny_space(tmp_path)
    assert again.id == tiny_space.id
    for space, name in ((tiny_space, "first"), (again, "second")):
        save_space(space, tmp_path / name)
    files = ("tiny-1.safetensors", "tiny-1.json")
    for file in files:
        first, second = ((tmp_path / name / file).read_bytes() for name in ("first", "second"))
        assert first == second


def test_another_seed_gives_another_space(tiny_space: LatentSpace, tmp_path: Path):
    other = train_tiny_space(tmp_path, seed=8, preset=replace(TINY, steps=1))
    assert other.hash != tiny_space.hash


def test_it_is_named_by_its_hash_and_says_how_it_was_trained(tiny_space: LatentSpace):
    digest = space_hash(
        {hand: (c.kinematics, codec_tensors(c)) for hand, c in tiny_space.hands.items()}
    )
    assert tiny_space.hash == digest
    assert list(tiny_space.hands) == ["small:right", "claw:right"]
    assert {codec.space for codec in tiny_space.hands.values()} == {f"tiny-1@{digest[:8]}"}
    assert tiny_space.width == TINY.latent
    card = tiny_space.card
    assert (card["seed"], card["preset"], card["torch"]) == (7, asdict(TINY), torch.__version__)
    assert np.isfinite(card["final_loss"])


def test_it_is_read_as_it_was_trained(tiny_space: LatentSpace, data_folder: Path):
    save_space(tiny_space, data_folder / "spaces")
    again = load_space("tiny-1")
    assert (again.hash, again.card["seed"]) == (tiny_space.hash, 7)
    qpos = np.array([[0.3, 0.4], [1.0, 0.0]])
    ours, theirs = (space.hands["small:right"] for space in (tiny_space, again))
    np.testing.assert_array_equal(ours.encode(qpos), theirs.encode(qpos))


def test_training_brings_the_loss_down(tmp_path: Path):
    losses: list[float] = []
    recipe = replace(TINY, steps=40, rate=1e-2)
    pretrain(founding(tmp_path), recipe, 7, "tiny-1", lambda *told: losses.append(told[2]))
    assert len(losses) == 40
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


@pytest.mark.parametrize(
    "recipe",
    [
        replace(TINY, steps=2, pinches="templates", cosine=False),
        replace(TINY, steps=2, weights=Weights(distance=0.0, direction=0.0)),
        replace(TINY, steps=2, weights=Weights(reconstruction=0.0, contact=50.0)),
        replace(TINY, steps=2, edges=True, own=True),
    ],
    ids=["templates", "without alignment", "without reconstruction", "edges and own tips"],
)
def test_recipes_of_every_kind_train(tmp_path: Path, recipe):
    assert np.isfinite(train_tiny_space(tmp_path, preset=recipe).card["final_loss"])


def test_fewer_than_two_hands_are_refused(tmp_path: Path):
    (one, kinematics), *_ = founding(tmp_path).items()
    with pytest.raises(XlvlaError, match=r"'lonely' has 1 founding hands \(small:right\).*another"):
        pretrain({one: kinematics}, TINY, 7, "lonely")
    with pytest.raises(XlvlaError, match=r"has 0 founding hands \(none\)"):
        pretrain({}, TINY, 7, "empty")
