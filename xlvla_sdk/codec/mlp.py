"""A small network in numpy: linear, LayerNorm, ReLU, and a last linear layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

EPSILON = 1e-5
"""LayerNorm's, as torch has it."""


@dataclass(frozen=True)
class Layer:
    """Weights of one linear layer, with its LayerNorm's where one follows."""

    weight: Float[np.ndarray, "out in"]
    bias: Float[np.ndarray, " out"]
    scale: Float[np.ndarray, " out"] | None = None
    shift: Float[np.ndarray, " out"] | None = None


@dataclass(frozen=True)
class Mlp:
    """Layers in order; all but the last are normalised and rectified."""

    layers: tuple[Layer, ...]

    def __call__(self, x: Float[np.ndarray, "*batch in"]) -> Float[np.ndarray, "*batch out"]:
        for layer in self.layers:
            x = x @ layer.weight.T + layer.bias
            if layer.scale is not None:
                x = x - x.mean(axis=-1, keepdims=True)
                x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPSILON)
                x = np.maximum(x * layer.scale + layer.shift, 0.0)
        return x

    @property
    def width_in(self) -> int:
        return self.layers[0].weight.shape[1]

    @property
    def width_out(self) -> int:
        return self.layers[-1].weight.shape[0]

    def tensors(self, prefix: str) -> dict[str, np.ndarray]:
        """Every array by name, `prefix.0.weight` and so on."""
        return {
            f"{prefix}.{index}.{name}": value
            for index, layer in enumerate(self.layers)
            for name, value in vars(layer).items()
            if value is not None
        }

    @staticmethod
    def from_tensors(tensors: Mapping[str, np.ndarray], prefix: str) -> Mlp:
        """The reverse of `tensors`; KeyError when a layer is missing."""
        count = len(
            [name for name in tensors if name.startswith(f"{prefix}.") and name.endswith(".weight")]
        )
        if count == 0:
            raise KeyError(f"{prefix}.0.weight")
        layers = []
        for index in range(count):
            at = f"{prefix}.{index}"
            normed = index < count - 1
            layers.append(
                Layer(
                    tensors[f"{at}.weight"],
                    tensors[f"{at}.bias"],
                    tensors[f"{at}.scale"] if normed else None,
                    tensors[f"{at}.shift"] if normed else None,
                )
            )
        return Mlp(tuple(layers))
