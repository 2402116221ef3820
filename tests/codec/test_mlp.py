"""The numpy network is the torch network, and its tensors make it again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from xlvla_sdk.codec.mlp import Mlp
from xlvla_sdk.latent.networks import Networks

WIDTHS = st.lists(st.integers(2, 40), min_size=0, max_size=3).map(tuple)


def networks(joints: int, latent: int, widths: tuple[int, ...], seed: int) -> Networks:
    """Networks whose every weight is random, those of LayerNorm too."""
    torch.manual_seed(seed)
    made = Networks(joints, latent, widths)
    with torch.no_grad():
        for module in made.modules():
            if isinstance(module, nn.LayerNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.5, 0.5)
    return made


@settings(max_examples=25)
@given(joints=st.integers(1, 20), latent=st.integers(1, 32), widths=WIDTHS, seed=st.integers(0, 99))
def test_numpy_and_torch_agree(joints: int, latent: int, widths: tuple[int, ...], seed: int):
    torch_networks = networks(joints, latent, widths, seed)
    encoder, decoder = torch_networks.to_mlps()
    x = torch.rand(8, joints) * 2.0 - 1.0
    with torch.no_grad():
        mean, log_variance = torch_networks.encode(x)
        decoded = torch_networks.decode(mean)
    both = np.concatenate([mean.numpy(), log_variance.numpy()], axis=1)
    np.testing.assert_allclose(encoder(x.numpy()), both, rtol=0, atol=1e-6)
    np.testing.assert_allclose(np.tanh(decoder(mean.numpy())), decoded.numpy(), rtol=0, atol=1e-6)


def test_networks_go_to_numpy_and_back_bit_for_bit():
    first = networks(6, 8, (10, 12), 0)
    again = Networks.from_mlps(*first.to_mlps())
    theirs = again.state_dict()
    assert list(theirs) == list(first.state_dict())
    assert all(torch.equal(value, theirs[name]) for name, value in first.state_dict().items())


def test_what_went_to_numpy_no_longer_changes():
    first = networks(6, 8, (10,), 0)
    encoder, _ = first.to_mlps()
    before = encoder.layers[0].weight.copy()
    with torch.no_grad():
        next(first.parameters()).zero_()
    np.testing.assert_array_equal(encoder.layers[0].weight, before)


def test_tensors_make_the_network_again():
    encoder, decoder = networks(6, 8, (10, 12), 1).to_mlps()
    tensors = encoder.tensors("a.encoder") | decoder.tensors("a.decoder")
    again = Mlp.from_tensors(tensors, "a.encoder")
    x = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    np.testing.assert_array_equal(again(x), encoder(x))
    assert (again.width_in, again.width_out) == (6, 16)


@pytest.mark.parametrize("missing", ["e.0.weight", "e.0.scale", "e.1.bias"])
def test_a_missing_tensor_is_a_key_error(missing: str):
    tensors = networks(3, 2, (4,), 0).to_mlps()[0].tensors("e")
    del tensors[missing]
    with pytest.raises(KeyError):
        Mlp.from_tensors(tensors, "e")


def test_no_tensor_at_all_is_a_key_error():
    with pytest.raises(KeyError, match=r"e\.0\.weight"):
        Mlp.from_tensors({}, "e")


def test_frozen_networks_want_no_gradient():
    assert not any(weight.requires_grad for weight in networks(3, 2, (4,), 0).frozen().parameters())
