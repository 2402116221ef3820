"""A small network in numpy: linear, LayerNorm, ReLU or SiLU, and a last linear layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

EPSILON = 1e-5
"""LayerNorm's, as torch has it."""

Activation = Literal["relu", "silu"]


def relu(x: Float[np.ndarray, "*batch width"]) -> Float[np.ndarray, "*batch width"]:
    """max(x, 0)."""
    return np.maximum(x, 0.0)


def silu(x: Float[np.ndarray, "*batch width"]) -> Float[np.ndarray, "*batch width"]:
    """x * sigmoid(x), of no less than -80: there it is 0 to 33 digits, and exp does not overflow."""
    x = np.maximum(x, -80.0)
    return x / (1.0 + np.exp(-x))


ACTIVATIONS: Mapping[Activation, Callable[[np.ndarray], np.ndarray]] = {"relu": relu, "silu": silu}


@dataclass(frozen=True)
class Layer:
    """Weights of one linear layer, with its LayerNorm's where one follows."""

    weight: Float[np.ndarray, "out in"]
    bias: Float[np.ndarray, " out"]
    scale: Float[np.ndarray, " out"] | None = None
    shift: Float[np.ndarray, " out"] | None = None


@dataclass(frozen=True)
class Mlp:
    """Layers in order; all but the last are normalised and then bent by the activation."""

    layers: tuple[Layer, ...]
    activation: Activation = "relu"

    def __call__(self, x: Float[np.ndarray, "*batch in"]) -> Float[np.ndarray, "*batch out"]:
        bend = ACTIVATIONS[self.activation]
        for layer in self.layers:
            x = x @ layer.weight.T + layer.bias
            if layer.scale is not None:
                x = x - x.mean(axis=-1, keepdims=True)
                x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPSILON)
                x = bend(x * layer.scale + layer.shift)
        return x

    @property
    def width_in(self) -> int:
        return self.layers[0].weight.shape[1]

    @property
    def width_out(self) -> int:
        return self.layers[-1].weight.shape[0]

    def tensors(self, prefix: str) -> dict[str, np.ndarray]:
        """Every array by name, `prefix.0.weight` and so on.

        An activation other than relu is one of them, `prefix.activation`, its name in ASCII: so it
        is in every file and every hash that the weights are in.
        """
        bent = (
            {} if self.activation == "relu" else {f"{prefix}.activation": _ascii(self.activation)}
        )
        return bent | {
            f"{prefix}.{index}.{name}": value
            for index, layer in enumerate(self.layers)
            for name, value in vars(layer).items()
            if value is not None
        }

    @staticmethod
    def from_tensors(tensors: Mapping[str, np.ndarray], prefix: str) -> Mlp:
        """The reverse of `tensors`; without a mention, the activation is relu.

        Raises:
            KeyError: When a layer is missing.
            ValueError: When the activation is unknown.
        """
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
        return Mlp(tuple(layers), _read_activation(tensors.get(f"{prefix}.activation")))


def _ascii(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def _read_activation(array: np.ndarray | None) -> Activation:
    name = "relu" if array is None else bytes(array).decode("ascii")
    for known in ACTIVATIONS:
        if known == name:
            return known
    raise ValueError(f"no activation is called '{name}'; there are {', '.join(ACTIVATIONS)}")
