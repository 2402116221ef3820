"""Decoders of several frozen hands as one: their layers are stacked, and every code goes through all.

At a few hundred rows four decoders cost more in calls of torch than in arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import layer_norm, pad, relu, silu

from xlvla_sdk.latent.networks import Networks


class FrozenDecoders:
    """Decoders that never learn; each answers as its `Networks.decode`.

    Args:
        networks: Of hands of one space: their hidden widths and activation are the same.
    """

    def __init__(self, networks: Sequence[Networks]) -> None:
        decoders = [list(network.decoder) for network in networks]
        joints = max(_linear(decoder[-1]).out_features for decoder in decoders)
        self._bend = silu if networks[0].activation == "silu" else relu
        self._weights: list[Tensor] = []  # (H, in, out)
        self._biases: list[Tensor] = []  # (H, 1, out)
        self._norms: list[tuple[Tensor, Tensor, float]] = []  # scale, shift (H, 1, out), epsilon
        for layers in zip(*decoders, strict=True):
            if isinstance(layers[0], nn.Linear):
                wide = layers[0].out_features if layers[0] is not decoders[0][-1] else joints
                self._weights.append(torch.stack([_weight(layer, wide) for layer in layers]))
                self._biases.append(torch.stack([_bias(layer, wide) for layer in layers]))
            elif isinstance(layers[0], nn.LayerNorm):
                self._norms.append(
                    (
                        torch.stack([layer.weight.detach()[None] for layer in layers]),
                        torch.stack([layer.bias.detach()[None] for layer in layers]),
                        layers[0].eps,
                    )
                )

    def __call__(self, latent: Float[Tensor, "rows L"]) -> Float[Tensor, "H rows D"]:
        """Normalised joints of every hand; zeros beyond the joints that it has."""
        x = latent.expand(len(self._weights[0]), -1, -1)
        for index, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            x = torch.baddbmm(bias, x, weight)
            if index < len(self._norms):
                scale, shift, epsilon = self._norms[index]
                x = layer_norm(x, x.shape[-1:], eps=epsilon)
                x = self._bend(torch.addcmul(shift, x, scale))
        return x.tanh()


def _linear(layer: nn.Module) -> nn.Linear:
    assert isinstance(layer, nn.Linear)
    return layer


def _weight(layer: nn.Module, wide: int) -> Float[Tensor, "in out"]:
    linear = _linear(layer)
    return pad(linear.weight.detach().T, (0, wide - linear.out_features)).contiguous()


def _bias(layer: nn.Module, wide: int) -> Float[Tensor, "1 out"]:
    linear = _linear(layer)
    return pad(linear.bias.detach()[None], (0, wide - linear.out_features))
