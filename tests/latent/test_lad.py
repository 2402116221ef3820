"""A supervised space: matched rows, contrastive encoders, regression decoders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.claw_hand import claw_hand
from tests.small_hand import small_hand
from tests.trained import TINY, founding
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import read_space, save_space
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.latent.lad import Supervision, contrastive_loss, fit_lad, pretrain_lad

HOW = Supervision(rows=24, oracle_steps=6)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> LatentSpace:
    hands = founding(tmp_path_factory.mktemp("founding"))
    return pretrain_lad(hands, 7, "lad-1", None, TINY, HOW)


def test_the_same_seed_gives_the_same_space(space: LatentSpace, tmp_path: Path):
    torch.manual_seed(99)
    again = pretrain_lad(founding(tmp_path), 7, "lad-1", None, TINY, HOW)
    assert again.id == space.id
    assert again.card == space.card


def test_it_comes_back_from_its_file(space: LatentSpace, tmp_path: Path):
    save_space(space, tmp_path)
    again = read_space(tmp_path / "lad-1.safetensors")
    assert (again.id, again.card["method"]) == (space.id, "lad")
    assert again.card["supervision"]["rows"] == 24
    ours, theirs = space.hands["claw:right"], again.hands["claw:right"]
    assert ours.codebook is None
    assert np.array_equal(ours.encode(ours.limits.lower), theirs.encode(ours.limits.lower))


def test_both_stages_are_told_of_as_one(tmp_path: Path):
    told: list[tuple[int, int]] = []
    pretrain_lad(founding(tmp_path), 7, "lad-1", lambda *said: told.append(said[:2]), TINY, HOW)
    assert told == [(step + 1, TINY.steps) for step in range(TINY.steps)]


@pytest.mark.slow
def test_decoders_learn_to_do_the_same(tmp_path: Path):
    """Hands that differ in nothing but their names: what one does, the other is to do too."""
    hands = {f"{n}:right": shared_kinematics(small_hand(tmp_path, n)) for n in ("one", "two")}
    recipe = replace(TINY, steps=300, batch=64, rate=5e-3, widths=(32, 32))
    trained = pretrain_lad(hands, 7, "lad-1", None, recipe, replace(HOW, rows=200, oracle_steps=60))
    one, two = trained.hands.values()
    lower, upper = one.limits
    qpos = lower + (upper - lower) * np.random.default_rng(5).random((200, 2))
    error = np.abs(two.decode(one.encode(qpos)) - qpos).mean(axis=0) / (upper - lower)
    assert error.max() < 0.06


def test_a_new_hand_joins_and_the_others_stay(space: LatentSpace, tmp_path: Path):
    kept = {h: {n: a.copy() for n, a in codec_tensors(c).items()} for h, c in space.hands.items()}
    losses: list[float] = []
    kinematics = shared_kinematics(claw_hand(tmp_path, "long", length=0.06))
    recipe = replace(TINY, steps=60, rate=1e-2)
    told = lambda *said: losses.append(said[2])  # noqa: E731
    codec = fit_lad(space, "long:right", kinematics, 7, told, recipe, HOW)
    assert (codec.space, codec.width) == (space.id, space.width)
    regressed = losses[round(HOW.encoders_alone * recipe.steps) :]
    assert np.mean(regressed[-5:]) < 0.9 * np.mean(regressed[:5])
    for hand, tensors in kept.items():
        now = codec_tensors(space.hands[hand])
        assert all(np.array_equal(now[name], array) for name, array in tensors.items())


def test_one_hand_makes_no_space(tmp_path: Path):
    (hand, kinematics), *_ = founding(tmp_path).items()
    with pytest.raises(XlvlaError, match="'lad-1' has 1 founding hands"):
        pretrain_lad({hand: kinematics}, 7, "lad-1", None, TINY, HOW)


def test_matched_codes_cost_least_where_others_are_far():
    one = torch.eye(4) * 10.0
    assert float(contrastive_loss(one, one, 1.0)) == pytest.approx(0.0, abs=1e-6)
    assert float(contrastive_loss(one, one.flip(0), 1.0)) > 100.0
    same = torch.ones(4, 3)
    assert float(contrastive_loss(same, same, 0.1)) == pytest.approx(np.log(4.0))


def test_the_contrast_is_the_same_both_ways():
    one, other = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    there, back = contrastive_loss(one, other, 0.5), contrastive_loss(other, one, 0.5)
    assert float(there) == pytest.approx(float(back))
