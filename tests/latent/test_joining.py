"""What a hand begins with when it joins: constants of its postures, and a decoder that knows something."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.claw_hand import claw_hand
from tests.trained import OURS, train_tiny_space
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.joining import Stock, begin_beside, codes, make_stock
from xlvla_sdk.latent.losses import Pairs, source_pairs
from xlvla_sdk.latent.networks import GeometryEncoder, Networks
from xlvla_sdk.latent.presets import Preset


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> LatentSpace:
    return train_tiny_space(tmp_path_factory.mktemp("space"), preset=replace(OURS, steps=30))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> TipModel:
    hand = claw_hand(tmp_path_factory.mktemp("longer"), "longer", length=0.09)
    return TipModel(shared_kinematics(hand))


def stock_of(space: LatentSpace, model: TipModel, recipe: Preset = OURS) -> Stock:
    assert space.geometry is not None
    generator = torch.Generator().manual_seed(0)
    pinches = torch.rand(40, model.joints, generator=generator) * 2.0 - 1.0
    geometry = GeometryEncoder.from_mlp(space.geometry)
    return make_stock(model, pinches, recipe, geometry, space.width, "joints+deltas", generator)


def decoders(space: LatentSpace) -> list[torch.nn.Sequential]:
    return [
        Networks.from_mlps(codec.encoder, codec.decoder, codec.reads).frozen().decoder
        for codec in space.hands.values()
    ]


def test_a_stock_holds_what_geometry_says_of_its_postures(space: LatentSpace, model: TipModel):
    stock = stock_of(space, model)
    assert (stock.others, len(stock.postures)) == (160, 200)
    torch.testing.assert_close(stock.vectors, model.deltas(model.unnormalize(stock.postures)))
    assert space.geometry is not None
    geometry = GeometryEncoder.from_mlp(space.geometry)
    with torch.no_grad():
        mean, log_variance = geometry.encode(stock.vectors, model.has[1:].expand(200, 4))
    torch.testing.assert_close(stock.mean, mean)
    torch.testing.assert_close(stock.log_variance, log_variance)
    expected = source_pairs(stock.vectors, OURS.weights)
    for mine, theirs in zip(
        vars(Pairs.unpacked(stock.pairs)).values(), vars(expected).values(), strict=True
    ):
        assert torch.equal(mine, theirs)


def test_pinches_are_the_share_that_was_asked_for_and_stand_last(
    space: LatentSpace, model: TipModel
):
    stock = stock_of(space, model)
    rows = stock.drawn(50, 0.3, torch.Generator().manual_seed(1))
    assert (rows[:35] < stock.others).all()
    assert (rows[35:] >= stock.others).all()
    assert rows.max() < len(stock.postures)


def test_without_a_geometry_encoder_codes_are_the_encoders_own(space: LatentSpace, model: TipModel):
    generator = torch.Generator().manual_seed(0)
    pinches = torch.zeros(4, model.joints)
    stock = make_stock(model, pinches, OURS, None, space.width, "joints", generator)
    networks = Networks(model.joints, space.width, (8,), "silu", "joints")
    rows = torch.arange(6)
    mean, log_variance = codes(networks, stock, rows)
    expected = networks.encode(stock.postures[rows])
    torch.testing.assert_close(mean, expected[0])
    torch.testing.assert_close(log_variance, expected[1])


def test_a_decoder_begins_nearer_than_any_constant(space: LatentSpace, model: TipModel):
    """Its last layer is the least squares' answer: better than the mean of every joint."""
    stock = stock_of(space, model)
    networks = begin_beside(space, model, stock, decoders(space), OURS)
    with torch.no_grad():
        error = (networks.decode(stock.mean) - stock.postures).square().mean()
    constant = (stock.postures - stock.postures.mean(dim=0)).square().mean()
    assert error < 0.7 * constant


def test_its_hidden_layers_are_a_founding_hands_and_its_encoder_adds_nothing_yet(
    space: LatentSpace, model: TipModel
):
    stock = stock_of(space, model)
    founding = decoders(space)
    networks = begin_beside(space, model, stock, founding, OURS)
    mine = list(networks.decoder.parameters())[:-2]
    same = [
        all(torch.equal(a, b) for a, b in zip(mine, list(theirs.parameters())[:-2], strict=True))
        for theirs in founding
    ]
    assert same.count(True) == 1
    mean, log_variance = codes(networks, stock, torch.arange(20))
    assert torch.equal(mean, stock.mean[:20])
    assert torch.equal(log_variance, stock.log_variance[:20])


def test_what_is_taken_from_a_founding_hand_is_a_copy(space: LatentSpace, model: TipModel):
    stock = stock_of(space, model)
    founding = decoders(space)
    before = [p.clone() for decoder in founding for p in decoder.parameters()]
    networks = begin_beside(space, model, stock, founding, OURS)
    with torch.no_grad():
        for parameter in networks.parameters():
            parameter.add_(1.0)
    after = [p for decoder in founding for p in decoder.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
