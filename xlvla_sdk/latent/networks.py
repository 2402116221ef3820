"""Encoder and decoder networks, and their way to and from numpy."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from xlvla_sdk.codec.codec import DELTA_SCALE, DELTAS, FINGERS_BESIDE, Reads
from xlvla_sdk.codec.mlp import EPSILON, Activation, Layer, Mlp

Gaussian = tuple[Float[Tensor, "batch L"], Float[Tensor, "batch L"]]
"""Mean and log-variance of codes."""


class Networks(nn.Module):
    """The two networks of one hand.

    Args:
        joints: Actuated joints, D.
        latent: Width of the latent, L.
        widths: Hidden widths, of the decoder's layers and, unless `encoder_widths` are given, of
            the encoder's.
        activation: What bends the hidden layers.
        reads: What the encoder is given: normalised joints, or those and the thumb-to-finger
            vectors, as LatentCodec says.
        encoder_widths: The encoder's, where they are others.
    """

    def __init__(
        self,
        joints: int,
        latent: int,
        widths: tuple[int, ...],
        activation: Activation = "relu",
        reads: Reads = "joints",
        encoder_widths: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.activation: Activation = activation
        self.reads: Reads = reads
        read = joints + (DELTAS if reads == "joints+deltas" else 0)
        self.encoder = _mlp((read, *(encoder_widths or widths), 2 * latent), activation)
        self.decoder = _mlp((latent, *widths, joints), activation)

    def encode(self, read: Float[Tensor, "batch read"]) -> Gaussian:
        """The code of what the encoder reads: joints in [-1, 1], and vectors as `scaled` gives."""
        mean, log_variance = self.encoder(read).split(self.latent, dim=-1)
        return mean, log_variance

    def decode(self, latent: Float[Tensor, "batch L"]) -> Float[Tensor, "batch D"]:
        """Joints in [-1, 1] of a code."""
        return self.decoder(latent).tanh()

    def frozen(self) -> Networks:
        """This module with every weight out of reach of any optimiser."""
        return self.requires_grad_(False).eval()

    def to_mlps(self) -> tuple[Mlp, Mlp]:
        """Encoder and decoder in numpy, bit for bit."""
        return _to_mlp(self.encoder, self.activation), _to_mlp(self.decoder, self.activation)

    @staticmethod
    def from_mlps(encoder: Mlp, decoder: Mlp, reads: Reads = "joints") -> Networks:
        """The reverse of `to_mlps`."""
        networks = Networks(
            decoder.width_out, decoder.width_in, _hidden(encoder), encoder.activation, reads
        )
        _from_mlp(encoder, networks.encoder)
        _from_mlp(decoder, networks.decoder)
        return networks


class GeometryEncoder(nn.Module):
    """Codes of thumb-to-finger vectors, whatever hand they are of.

    Args:
        latent: Width of the latent, L.
        widths: Hidden widths.
        activation: What bends the hidden layers.
    """

    def __init__(self, latent: int, widths: tuple[int, ...], activation: Activation) -> None:
        super().__init__()
        self.latent = latent
        self.widths = widths
        self.activation: Activation = activation
        self.network = _mlp((DELTAS + FINGERS_BESIDE, *widths, 2 * latent), activation)

    def encode(self, deltas: Float[Tensor, "batch 4 3"], has: Bool[Tensor, "batch 4"]) -> Gaussian:
        """The code of vectors (thumb minus finger [m]) of the fingers that are there."""
        read = torch.cat([scaled(deltas, has), has.to(deltas.dtype)], dim=-1)
        mean, log_variance = self.network(read).split(self.latent, dim=-1)
        return mean, log_variance

    def to_mlp(self) -> Mlp:
        """In numpy, bit for bit."""
        return _to_mlp(self.network, self.activation)

    @staticmethod
    def from_mlp(mlp: Mlp) -> GeometryEncoder:
        """The reverse of `to_mlp`."""
        made = GeometryEncoder(mlp.width_out // 2, _hidden(mlp), mlp.activation)
        _from_mlp(mlp, made.network)
        return made


def scaled(
    deltas: Float[Tensor, "batch 4 3"], has: Bool[Tensor, "batch 4"] | Bool[Tensor, " 4"]
) -> Float[Tensor, "batch 12"]:
    """Thumb-to-finger vectors [m] as encoders read them, zeros for a finger that is not there."""
    return (deltas * has[..., None]).flatten(1) * DELTA_SCALE


def _hidden(mlp: Mlp) -> tuple[int, ...]:
    return tuple(len(layer.bias) for layer in mlp.layers[:-1])


def _mlp(widths: tuple[int, ...], activation: Activation) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index, (wide_in, wide_out) in enumerate(pairwise(widths)):
        layers.append(nn.Linear(wide_in, wide_out))
        if index < len(widths) - 2:
            bend = nn.SiLU() if activation == "silu" else nn.ReLU()
            layers += [nn.LayerNorm(wide_out, eps=EPSILON), bend]
    return nn.Sequential(*layers)


def _to_mlp(network: nn.Sequential, activation: Activation) -> Mlp:
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
    return Mlp(tuple(layers), activation)


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
