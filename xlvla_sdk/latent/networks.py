"""Encoder and decoder networks, and their way to and from numpy."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from xlvla_sdk.codec.mlp import EPSILON, Layer, Mlp


class Networks(nn.Module):
    """The two networks of one hand.

    Args:
        joints: Actuated joints, D.
        latent: Width of the latent, L.
        widths: Hidden widths, the same in both networks.
    """

    def __init__(self, joints: int, latent: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.latent = latent
        self.encoder = _mlp((joints, *widths, 2 * latent))
        self.decoder = _mlp((latent, *widths, joints))

    def encode(
        self, normalized: Float[Tensor, "batch D"]
    ) -> tuple[Float[Tensor, "batch L"], Float[Tensor, "batch L"]]:
        """Mean and log-variance of a posture's code; joints in [-1, 1]."""
        mean, log_variance = self.encoder(normalized).split(self.latent, dim=-1)
        return mean, log_variance

    def decode(self, latent: Float[Tensor, "batch L"]) -> Float[Tensor, "batch D"]:
        """Joints in [-1, 1] of a code."""
        return self.decoder(latent).tanh()

    def frozen(self) -> Networks:
        """This module with every weight out of reach of any optimiser."""
        return self.requires_grad_(False).eval()

    def to_mlps(self) -> tuple[Mlp, Mlp]:
        """Encoder and decoder in numpy, bit for bit."""
        return _to_mlp(self.encoder), _to_mlp(self.decoder)

    @staticmethod
    def from_mlps(encoder: Mlp, decoder: Mlp) -> Networks:
        """The reverse of `to_mlps`."""
        widths = tuple(len(layer.bias) for layer in encoder.layers[:-1])
        networks = Networks(encoder.width_in, decoder.width_in, widths)
        _from_mlp(encoder, networks.encoder)
        _from_mlp(decoder, networks.decoder)
        return networks


def _mlp(widths: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index, (wide_in, wide_out) in enumerate(pairwise(widths)):
        layers.append(nn.Linear(wide_in, wide_out))
        if index < len(widths) - 2:
            layers += [nn.LayerNorm(wide_out, eps=EPSILON), nn.ReLU()]
    return nn.Sequential(*layers)


def _to_mlp(network: nn.Sequential) -> Mlp:
    def array(tensor: Tensor) -> np.ndarray:
        return tensor.detach().cpu().numpy().copy()

    layers = []
    modules = list(network)
    for index, module in enumerate(modules):
        if not isinstance(module, nn.Linear):
            continue
        norm = modules[index + 1] if index + 1 < len(modules) else None
        layer = Layer(array(module.weight), array(module.bias))
        if isinstance(norm, nn.LayerNorm):
            layer = replace(layer, scale=array(norm.weight), shift=array(norm.bias))
        layers.append(layer)
    return Mlp(tuple(layers))


def _from_mlp(mlp: Mlp, network: nn.Sequential) -> None:
    arrays = [
        value
        for layer in mlp.layers
        for value in (layer.weight, layer.bias, layer.scale, layer.shift)
        if value is not None
    ]
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(np.array(value)))
