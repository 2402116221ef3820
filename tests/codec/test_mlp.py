"""A network in numpy is made of its tensors, and of all of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from tests.trained import random_networks
from xlvla_sdk.codec.mlp import ACTIVATIONS, EPSILON, Activation, Layer, Mlp, silu

IN_TORCH = {"relu": nn.ReLU, "silu": nn.SiLU}


def random_mlp(activation: Activation, widths: tuple[int, ...], seed: int) -> Mlp:
    """A network with weights as large as trained ones."""
    rng = np.random.default_rng(seed)

    def layer(width_in: int, width_out: int, normed: bool) -> Layer:
        weight = rng.normal(size=(width_out, width_in)) / np.sqrt(width_in)
        bias, scale, shift = 0.3 * rng.normal(size=(3, width_out))
        arrays = [weight, bias, 1.0 + scale, shift] if normed else [weight, bias]
        return Layer(*(array.astype(np.float32) for array in arrays))

    pairs = list(pairwise(widths))
    layers = [layer(*pair, normed=index < len(pairs) - 1) for index, pair in enumerate(pairs)]
    return Mlp(tuple(layers), activation)


def in_torch(mlp: Mlp) -> nn.Sequential:
    """The same network of torch's own modules."""
    modules: list[nn.Module] = []
    for layer in mlp.layers:
        modules.append(nn.Linear(layer.weight.shape[1], layer.weight.shape[0]))
        if layer.scale is not None:
            modules += [nn.LayerNorm(len(layer.bias), eps=EPSILON), IN_TORCH[mlp.activation]()]
    network = nn.Sequential(*modules)
    arrays = [array for layer in mlp.layers for array in vars(layer).values() if array is not None]
    with torch.no_grad():
        for parameter, array in zip(network.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(array))
    return network


def test_tensors_make_the_network_again():
    encoder, decoder = random_networks(6, 8, (10, 12), 1).to_mlps()
    tensors = encoder.tensors("a.encoder") | decoder.tensors("a.decoder")
    again = Mlp.from_tensors(tensors, "a.encoder")
    x = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    np.testing.assert_array_equal(again(x), encoder(x))
    assert (again.width_in, again.width_out) == (6, 16)


@pytest.mark.parametrize("missing", ["e.0.weight", "e.0.scale", "e.1.bias"])
def test_a_missing_tensor_is_a_key_error(missing: str):
    tensors = random_networks(3, 2, (4,), 0).to_mlps()[0].tensors("e")
    del tensors[missing]
    with pytest.raises(KeyError):
        Mlp.from_tensors(tensors, "e")


def test_no_tensor_at_all_is_a_key_error():
    with pytest.raises(KeyError, match=r"e\.0\.weight"):
        Mlp.from_tensors({}, "e")


def test_every_activation_has_its_name():
    assert tuple(ACTIVATIONS) == get_args(Activation) == tuple(IN_TORCH)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("widths", [(6, 64, 128, 64, 64), (32, 256, 256, 12), (5, 3)])
def test_it_computes_what_torch_does(activation: Activation, widths: tuple[int, ...]):
    mlp = random_mlp(activation, widths, 3)
    x = np.random.default_rng(4).uniform(-1.0, 1.0, (64, widths[0])).astype(np.float32)
    with torch.no_grad():
        expected = in_torch(mlp)(torch.from_numpy(x)).numpy()
    answer = mlp(x)
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, expected, rtol=1e-6, atol=1e-6)


def test_silu_is_torchs_from_end_to_end_of_float32():
    x = np.concatenate([np.linspace(-120, 120, 4001), [-3e38, 0.0, 3e38]])
    x = x.astype(np.float32)[None]
    expected = nn.functional.silu(torch.from_numpy(x.copy())).numpy()
    silu(x)
    np.testing.assert_allclose(x, expected, rtol=3e-7, atol=1e-30)


def test_relu_needs_no_mention_and_silu_is_told_by_its_tensor():
    relu, silu = (random_mlp(activation, (3, 4, 2), 0) for activation in ACTIVATIONS)
    assert set(silu.tensors("e")) - set(relu.tensors("e")) == {"e.activation"}
    assert Mlp.from_tensors(relu.tensors("e"), "e").activation == "relu"
    assert Mlp.from_tensors(silu.tensors("e"), "e").activation == "silu"
    odd = silu.tensors("e") | {"e.activation": np.frombuffer(b"tanh", dtype=np.uint8)}
    with pytest.raises(ValueError, match="no activation is called 'tanh'; there are relu, silu"):
        Mlp.from_tensors(odd, "e")


def test_activations_give_different_answers():
    relu = random_mlp("relu", (3, 4, 2), 0)
    x = np.ones(3, np.float32)
    assert np.abs(relu(x) - replace(relu, activation="silu")(x)).max() > 1e-3
