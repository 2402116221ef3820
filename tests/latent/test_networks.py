"""The torch networks are the numpy ones, and go there and back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trained import random_geometry, random_networks
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.mlp import Activation
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.networks import GeometryEncoder, Networks

WIDTHS = st.lists(st.integers(2, 40), min_size=0, max_size=3).map(tuple)


@settings(max_examples=25)
@given(joints=st.integers(1, 20), latent=st.integers(1, 32), widths=WIDTHS, seed=st.integers(0, 99))
def test_numpy_and_torch_agree(joints: int, latent: int, widths: tuple[int, ...], seed: int):
    networks = random_networks(joints, latent, widths, seed)
    encoder, decoder = networks.to_mlps()
    x = torch.rand(8, joints, generator=torch.Generator().manual_seed(seed)) * 2.0 - 1.0
    with torch.no_grad():
        mean, log_variance = networks.encode(x)
        decoded = networks.decode(mean)
    both = np.concatenate([mean.numpy(), log_variance.numpy()], axis=1)
    np.testing.assert_allclose(encoder(x.numpy()), both, rtol=0, atol=1e-6)
    np.testing.assert_allclose(np.tanh(decoder(mean.numpy())), decoded.numpy(), rtol=0, atol=1e-6)


def test_networks_go_to_numpy_and_back_bit_for_bit():
    first = random_networks(6, 8, (10, 12), 0)
    theirs = Networks.from_mlps(*first.to_mlps()).state_dict()
    assert list(theirs) == list(first.state_dict())
    assert all(torch.equal(value, theirs[name]) for name, value in first.state_dict().items())


def test_a_codec_is_the_torch_hand_that_was_trained(tiny_space: LatentSpace):
    for codec in tiny_space.hands.values():
        model = TipModel(codec.kinematics, torch.float64)
        networks = Networks.from_mlps(codec.encoder, codec.decoder).double()
        qpos = np.random.default_rng(0).uniform(*codec.limits, size=(16, len(codec.joints)))
        with torch.no_grad():
            latent, _ = networks.encode(model.normalize(torch.from_numpy(qpos)))
            decoded = model.unnormalize(networks.decode(latent))
        np.testing.assert_allclose(codec.encode(qpos), latent.numpy(), rtol=0, atol=1e-6)
        np.testing.assert_allclose(codec.decode(latent.numpy()), decoded.numpy(), atol=1e-6)


def test_what_went_to_numpy_no_longer_changes():
    first = random_networks(6, 8, (10,), 0)
    encoder, _ = first.to_mlps()
    before = encoder.layers[0].weight.copy()
    with torch.no_grad():
        next(first.parameters()).zero_()
    np.testing.assert_array_equal(encoder.layers[0].weight, before)


def test_frozen_networks_want_no_gradient():
    frozen = random_networks(3, 2, (4,), 0).frozen()
    assert not any(weight.requires_grad for weight in frozen.parameters())


def test_decoded_joints_stay_between_minus_one_and_one():
    networks = random_networks(5, 4, (8,), 0)
    assert networks.decode(torch.full((1, 4), 1e6)).abs().max() <= 1.0


HAS = torch.tensor([True, True, False, True])


def vectors(rows: int = 8) -> torch.Tensor:
    return 0.1 * torch.randn(rows, 4, 3, generator=torch.Generator().manual_seed(1))


def test_a_finger_that_is_not_there_is_not_read():
    geometry, deltas = random_geometry(8, (10,), 0), vectors()
    elsewhere = deltas.clone()
    elsewhere[:, 2] += 1.0
    has = HAS.expand(8, 4)
    assert torch.equal(geometry.encode(deltas, has)[0], geometry.encode(elsewhere, has)[0])
    nowhere, everywhere = deltas * HAS[:, None], torch.ones(8, 4, dtype=torch.bool)
    codes = geometry.encode(nowhere, has)[0], geometry.encode(nowhere, everywhere)[0]
    assert (codes[0] - codes[1]).abs().max() > 1e-3


@pytest.mark.parametrize("activation", ["relu", "silu"])
def test_the_geometry_encoder_goes_to_numpy_and_back_bit_for_bit(activation: Activation):
    first = random_geometry(8, (10, 12), 0, activation)
    mlp = first.to_mlp()
    again = GeometryEncoder.from_mlp(mlp)
    assert (again.latent, again.widths, again.activation) == (8, (10, 12), activation)
    theirs = again.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in first.state_dict().items())
    deltas, has = vectors(), HAS.expand(8, 4)
    with torch.no_grad():
        expected = torch.cat(first.encode(deltas, has), dim=1)
    read = np.concatenate([10.0 * (deltas * has[..., None]).reshape(8, 12), has], axis=1)
    np.testing.assert_allclose(mlp(read.astype(np.float32)), expected, rtol=0, atol=1e-6)
