"""A discrete space: every code is of the codebook, and the codebook belongs to the space."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.claw_hand import claw_hand
from tests.trained import TINY, founding
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import read_space, save_space
from xlvla_sdk.errors import CodecMismatch, XlvlaError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.latent.quantising import Quantisation
from xlvla_sdk.latent.vq import fit_vq, pretrain_vq

HOW = Quantisation(groups=4, size=6)
QUICK = replace(TINY, steps=60, rate=1e-2)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> LatentSpace:
    hands = founding(tmp_path_factory.mktemp("founding"))
    return pretrain_vq(hands, 7, "vq-1", None, QUICK, HOW)


def codes(space: LatentSpace, hand: str) -> np.ndarray:
    codec = space.hands[hand]
    lower, upper = codec.limits
    part = np.random.default_rng(3).random((40, len(codec.joints)))
    return codec.encode(lower + (upper - lower) * part)


def test_all_hands_speak_of_the_same_entries(space: LatentSpace):
    small, claw = (space.hands[hand].codebook for hand in ("small:right", "claw:right"))
    assert small is not None
    assert claw is not None
    assert small.entries.shape == (4, 6, 2)
    assert np.array_equal(small.entries, claw.entries)
    for hand in space.hands:
        latent = codes(space, hand)
        assert np.array_equal(small.snap(latent), latent)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_space(space: LatentSpace, tmp_path: Path):
    torch.manual_seed(99)
    again = pretrain_vq(founding(tmp_path), 7, "vq-1", None, QUICK, HOW)
    assert again.id == space.id
    assert again.card == space.card
    other = pretrain_vq(founding(tmp_path), 8, "vq-1", None, replace(TINY, steps=1), HOW)
    assert other.hash != space.hash


def test_it_comes_back_from_its_file(space: LatentSpace, tmp_path: Path):
    save_space(space, tmp_path)
    again = read_space(tmp_path / "vq-1.safetensors")
    assert (again.id, again.card["method"]) == (space.id, "vq")
    assert again.card["quantisation"]["groups"] == 4
    for hand in space.hands:
        assert np.array_equal(codes(again, hand), codes(space, hand))


def test_training_brings_the_loss_down(tmp_path: Path):
    losses: list[float] = []
    how = replace(HOW, start=0.1)
    pretrain_vq(founding(tmp_path), 7, "vq-1", lambda *told: losses.append(told[2]), QUICK, how)
    assert len(losses) == 60
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[6:11])


def test_a_new_hand_takes_the_codebook_as_it_is(space: LatentSpace, tmp_path: Path):
    before = {hand: codec_tensors(codec) for hand, codec in space.hands.items()}
    kept = {h: {n: a.copy() for n, a in tensors.items()} for h, tensors in before.items()}
    kinematics = shared_kinematics(claw_hand(tmp_path, "long", length=0.06))
    codec = fit_vq(space, "long:right", kinematics, 7, None, TINY)
    book = next(iter(space.hands.values())).codebook
    assert codec.codebook is book
    assert (codec.space, codec.width) == (space.id, space.width)
    for hand, tensors in kept.items():
        now = codec_tensors(space.hands[hand])
        assert all(np.array_equal(now[name], array) for name, array in tensors.items())


def test_joining_learns_through_the_frozen_codebook(space: LatentSpace, tmp_path: Path):
    losses: list[float] = []
    kinematics = shared_kinematics(claw_hand(tmp_path, "long", length=0.06))
    fit_vq(space, "long:right", kinematics, 7, lambda *told: losses.append(told[2]), QUICK)
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])


def test_a_space_without_a_codebook_is_refused(tiny_space: LatentSpace, tmp_path: Path):
    kinematics = shared_kinematics(claw_hand(tmp_path))
    with pytest.raises(CodecMismatch, match=r"tiny-1@\w+ has no codebook"):
        fit_vq(tiny_space, "claw:right", kinematics, 7, None, TINY)


def test_one_hand_makes_no_space(tmp_path: Path):
    (hand, kinematics), *_ = founding(tmp_path).items()
    with pytest.raises(XlvlaError, match="'vq-1' has 1 founding hands"):
        pretrain_vq({hand: kinematics}, 7, "vq-1", None, TINY, HOW)


def test_groups_have_to_divide_the_latent(tmp_path: Path):
    with pytest.raises(XlvlaError, match="latent of 8 numbers does not part into 3 equal groups"):
        pretrain_vq(founding(tmp_path), 7, "vq-1", None, TINY, replace(HOW, groups=3))
