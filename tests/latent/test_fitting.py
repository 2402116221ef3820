"""A new hand learns the frozen space, and nothing of the space changes by a bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.claw_hand import claw_hand
from tests.random_hand import random_hand
from tests.trained import OURS, TINY, train_tiny_space
from xlvla_sdk.codec import LatentSpace, load_codec, save_codec
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import save_space, space_hash
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import fitting, founding, sampling
from xlvla_sdk.latent.fitting import FrozenHand, fit, freeze, twin
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.specs import Side


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> HandKinematics:
    hand = claw_hand(tmp_path_factory.mktemp("new"), "new", Side.LEFT, 0.045)
    return shared_kinematics(hand)


@pytest.fixture(autouse=True)
def uniform_stock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing hands is tested elsewhere and takes most of a short training."""

    def stock(model: TipModel, preset: Preset, generator: torch.Generator, *_: int) -> torch.Tensor:
        return sampling.uniform(model, preset.pool, generator)

    for module in (fitting, founding):
        monkeypatch.setattr(module, "pinch_stock", stock)


def bits(space: LatentSpace) -> dict[str, bytes]:
    return {
        f"{hand} {name}": array.tobytes()
        for hand, codec in space.hands.items()
        for name, array in codec_tensors(codec).items()
    }


def weights(frozen: list[FrozenHand]) -> list[bytes]:
    return [p.numpy().tobytes() for hand in frozen for p in hand.networks.parameters()]


def test_every_weight_of_the_frozen_space_stays_bit_for_bit(
    tiny_space: LatentSpace,
    newcomer: HandKinematics,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """In memory, in the file, and in the torch networks that the gradients went through."""
    save_space(tiny_space, tmp_path)
    before, file = bits(tiny_space), (tmp_path / "tiny-1.safetensors").read_bytes()
    frozen: list[FrozenHand] = []
    at_first: list[bytes] = []

    def watched(*given) -> FrozenHand:
        frozen.append(freeze(*given))
        at_first.extend(weights(frozen[-1:]))
        return frozen[-1]

    monkeypatch.setattr(fitting, "freeze", watched)
    fit(tiny_space, "new:left", newcomer, TINY)
    assert bits(tiny_space) == before
    assert weights(frozen) == at_first
    assert sorted(at_first) == sorted(before.values())
    digest = space_hash(
        {hand: (c.kinematics, codec_tensors(c)) for hand, c in tiny_space.hands.items()}
    )
    assert digest == tiny_space.hash
    save_space(tiny_space, tmp_path)
    assert (tmp_path / "tiny-1.safetensors").read_bytes() == file


def test_the_same_seed_gives_the_same_bytes(
    tiny_space: LatentSpace, newcomer: HandKinematics, tmp_path: Path
):
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        torch.manual_seed(len(name))
        recipe = replace(TINY, steps=6)
        save_codec(fit(tiny_space, "new:left", newcomer, recipe, seed), tmp_path / name)
    first, again, other = ((tmp_path / n).read_bytes() for n in ("first", "again", "other"))
    assert first == again
    assert first != other


def test_the_codec_is_the_new_hands_in_the_frozen_space(
    tiny_space: LatentSpace, newcomer: HandKinematics
):
    losses: list[float] = []
    recipe = replace(TINY, latent=99, steps=40, rate=1e-2)
    codec = fit(
        tiny_space, "new:left", newcomer, recipe, progress=lambda *told: losses.append(told[2])
    )
    assert (codec.hand, codec.space) == ("new:left", tiny_space.id)
    assert codec.width == tiny_space.width
    assert codec.kinematics is newcomer
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    middle = np.mean(codec.limits, axis=0)
    assert codec.decode(tiny_space.hands["claw:right"].encode(middle)).shape == middle.shape


@pytest.mark.parametrize("changed", [{"inward": 3}, {"edges": True, "own": True}])
def test_recipes_of_every_kind_fit(
    tiny_space: LatentSpace, newcomer: HandKinematics, changed: dict[str, Any]
):
    recipe = replace(TINY, steps=2, **changed)
    assert np.isfinite(fit(tiny_space, "new:left", newcomer, recipe).decode(np.zeros(8))).all()


def test_frozen_hands_are_constants(tiny_space: LatentSpace):
    codec = tiny_space.hands["claw:right"]
    frozen = freeze(codec, TINY, torch.Generator().manual_seed(0))
    assert len(frozen.latent) == 2 * TINY.pool
    constants = (frozen.latent, frozen.deltas, *frozen.networks.parameters())
    assert not any(tensor.requires_grad for tensor in constants)


def test_a_hand_that_shares_no_finger_is_refused(tiny_space: LatentSpace, tmp_path: Path):
    spec = random_hand(tmp_path, 6)
    kinematics = shared_kinematics(spec)
    pinky = replace(kinematics.fingers[1], name="pinky")
    odd = replace(kinematics, fingers=(kinematics.fingers[0], pinky))
    with pytest.raises(XlvlaError, match=r"odd:right: none of its fingers \(pinky\) .*tip_links"):
        fit(tiny_space, "odd:right", odd, TINY)


def test_founding_hands_that_share_no_finger_are_left_out(
    tiny_space: LatentSpace, newcomer: HandKinematics
):
    """The small hand has no middle finger, the claw has."""
    thumb, _, middle = newcomer.fingers
    codec = fit(
        tiny_space,
        "two:right",
        replace(newcomer, fingers=(thumb, middle)),
        replace(TINY, steps=3),
    )
    assert np.isfinite(codec.decode(np.zeros(tiny_space.width))).all()


def test_a_hand_with_a_twin_is_fitted_for_a_shorter_time(
    tiny_space: LatentSpace,
    newcomer: HandKinematics,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(fitting, "FIT", replace(TINY, steps=5))
    monkeypatch.setattr(fitting, "FIT_TWIN", replace(TINY, steps=2))
    longer = shared_kinematics(claw_hand(tmp_path, "longer", length=0.09))
    steps: list[int] = []
    for kinematics in (newcomer, longer):
        fit(tiny_space, "new:left", kinematics, progress=lambda *told: steps.append(told[1]))
    assert steps == [2] * 2 + [5] * 5


def test_a_hand_that_moves_almost_as_a_founding_one_has_a_twin(
    tiny_space: LatentSpace, newcomer: HandKinematics, tmp_path: Path
):
    found = twin(tiny_space, newcomer)
    assert found is not None
    assert found.hand == "claw:right"
    longer = shared_kinematics(claw_hand(tmp_path, "longer", length=0.09))
    fewer = replace(newcomer, fingers=newcomer.fingers[:2])
    assert [twin(tiny_space, hand) for hand in (longer, fewer)] == [None, None]


def test_fitting_begins_at_the_twins_networks(tiny_space: LatentSpace, newcomer: HandKinematics):
    codec = fit(tiny_space, "new:left", newcomer, replace(TINY, steps=1, rate=0.0))
    begun, claw = (codec_tensors(c) for c in (codec, tiny_space.hands["claw:right"]))
    assert all(np.array_equal(begun[name], claw[name]) for name in claw)


@pytest.fixture(scope="module")
def whole_space(tmp_path_factory: pytest.TempPathFactory) -> LatentSpace:
    """A space with a geometry encoder and pinches."""
    return train_tiny_space(tmp_path_factory.mktemp("whole"), preset=replace(OURS, steps=3))


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> HandKinematics:
    """No founding hand's twin."""
    return shared_kinematics(claw_hand(tmp_path_factory.mktemp("longer"), "longer", length=0.09))


def test_codes_begin_at_the_geometry_encoders(whole_space: LatentSpace, longer: HandKinematics):
    """Before the first step a hand's code is what geometry says; widths are not the recipe's."""
    standing = replace(OURS, steps=1, rate=0.0, widths=(5,), activation="relu", inward=3)
    codec = fit(whole_space, "longer:right", longer, standing)
    geometry = whole_space.geometry
    assert geometry is not None
    assert codec.geometry is geometry
    assert [len(layer.bias) for layer in codec.encoder.layers[:-1]] == list(OURS.residual)
    qpos = np.random.default_rng(0).uniform(*longer.limits, (9, 4))
    read = np.hstack([10.0 * longer.deltas(qpos).reshape(9, 12), np.tile([1.0, 1, 0, 0], (9, 1))])
    expected = geometry(read.astype(np.float32))[:, : whole_space.width]
    np.testing.assert_allclose(codec.encode(qpos), expected, atol=1e-5)
    assert np.abs(expected).max() > 0.1


def test_the_geometry_encoder_is_never_trained(whole_space: LatentSpace, longer: HandKinematics):
    assert whole_space.geometry is not None
    before = [layer.weight.copy() for layer in whole_space.geometry.layers]
    codec = fit(whole_space, "longer:right", longer, replace(OURS, steps=5))
    assert codec.geometry is not None
    for old, layer in zip(before, codec.geometry.layers, strict=True):
        np.testing.assert_array_equal(layer.weight, old)
    assert np.abs(codec.encoder.layers[-1].weight).max() > 0.0


def test_a_saved_codec_has_the_geometry_encoder_with_it(
    whole_space: LatentSpace, longer: HandKinematics, tmp_path: Path
):
    codec = fit(whole_space, "longer:right", longer, replace(OURS, steps=2))
    save_codec(codec, tmp_path / "codec.safetensors")
    again = load_codec(tmp_path / "codec.safetensors")
    qpos = np.random.default_rng(0).uniform(*longer.limits, (9, 4))
    np.testing.assert_array_equal(again.encode(qpos), codec.encode(qpos))


@pytest.mark.parametrize("space", ["tiny_space", "whole_space"])
def test_an_encoder_of_joints_alone_begins_at_random(
    space: str, longer: HandKinematics, request: pytest.FixtureRequest
):
    standing = replace(TINY, steps=1, rate=0.0, widths=(5,))
    codec = fit(request.getfixturevalue(space), "longer:right", longer, standing)
    assert (codec.reads, codec.encoder.activation) == ("joints", "relu")
    assert codec.encoder.layers[0].weight.shape == (5, 4)


def test_a_spaces_pinches_are_taken_and_not_made_again(
    whole_space: LatentSpace, longer: HandKinematics, monkeypatch: pytest.MonkeyPatch
):
    closed: list[int] = []

    def stock(model: TipModel, preset: Preset, generator: torch.Generator, *_: int) -> torch.Tensor:
        closed.append(model.joints)
        return sampling.uniform(model, preset.pool, generator)

    for module in (fitting, founding):
        monkeypatch.setattr(module, "pinch_stock", stock)
    one = replace(OURS, steps=1)
    fit(whole_space, "longer:right", longer, one)
    assert closed == [4]  # the new hand's own
    fit(replace(whole_space, pinches={}), "longer:right", longer, one)
    assert closed == [4, 2, 4, 4]


def test_what_training_did_stands_among_the_measures(
    whole_space: LatentSpace, longer: HandKinematics
):
    """At rate zero the loss on fixed postures cannot fall: there is no use in going on."""
    still = fit(whole_space, "longer:right", longer, replace(OURS, steps=40, rate=0.0))
    assert still.measures["training"] == {"steps": 6 + 20, "of": 40, "early": True}
    once = fit(whole_space, "longer:right", longer, replace(OURS, steps=1))
    assert once.measures["training"] == {"steps": 1, "of": 1, "early": False}


def test_a_hand_whose_numbers_are_not_finite_is_named(
    tiny_space: LatentSpace, newcomer: HandKinematics
):
    thumb = replace(newcomer.fingers[0], tip=np.full(3, np.nan))
    nowhere = replace(newcomer, fingers=(thumb, *newcomer.fingers[1:]))
    with pytest.raises(XlvlaError, match=r"step 0 of 12: .*Not finite: fingertips of new:left\.$"):
        fit(tiny_space, "new:left", nowhere, TINY)
