"""A network in numpy is made of its tensors, and of all of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.trained import random_networks
from xlvla_sdk.codec.mlp import Mlp


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
