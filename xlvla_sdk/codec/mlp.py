"""A small network in numpy: linear, LayerNorm, ReLU or SiLU, and a last linear layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float

EPSILON = 1e-5
"""LayerNorm's, as torch has it."""

Activation = Literal["relu", "silu"]

# Arrays of two axes, as the rows they meet: numpy looks at the value of a number to find its type,
# and walks operands of different axes by a slower way; at one row that is most of the time.
_ZERO, _ONE, _FAR_BELOW = (np.array([[number]], np.float32) for number in (0.0, 1.0, -80.0))


def relu(x: Float[np.ndarray, "rows width"]) -> None:
    """Puts max(x, 0) in the place of x."""
    np.maximum(x, _ZERO, out=x)


def silu(x: Float[np.ndarray, "rows width"]) -> None:
    """Puts x * sigmoid(x) in the place of x.

    What is below -80 is taken as -80, where it is 0 to 33 digits: exp would overflow beyond 88.
    """
    np.maximum(x, _FAR_BELOW, out=x)
    divisor = np.negative(x)
    np.exp(divisor, out=divisor)
    divisor += _ONE
    x /= divisor


ACTIVATIONS: Mapping[Activation, Callable[[np.ndarray], None]] = {"relu": relu, "silu": silu}


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
        rows = x.reshape(-1, self.width_in)
        for step in self._steps:
            rows = np.dot(rows, step.weight)
            rows += step.bias
            if step.norm is not None:
                step.norm(rows)
                bend(rows)
        return rows.reshape(*x.shape[:-1], self.width_out)

    @cached_property
    def _steps(self) -> tuple[_Step, ...]:
        return tuple(_step(layer) for layer in self.layers)

    @property
    def width_in(self) -> int:
        return self.layers[0].weight.shape[1]

    @property
    def width_out(self) -> int:
        return self.layers[-1].weight.shape[0]

    def answering(self, width: int) -> Mlp:
        """The same network with the first numbers of its answer alone."""
        *hidden, last = self.layers
        last = replace(last, weight=last.weight[:width], bias=last.bias[:width])
        return replace(self, layers=(*hidden, last))

    def knowing(self, rest: Float[np.ndarray, " known"]) -> Mlp:
        """The same network with the last numbers of what it reads told once and for all."""
        first, *others = self.layers
        asked = first.weight.shape[1] - len(rest)
        bias = first.bias + first.weight[:, asked:] @ rest
        return replace(
            self, layers=(replace(first, weight=first.weight[:, :asked], bias=bias), *others)
        )

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


@dataclass(frozen=True)
class _Norm:
    """A LayerNorm of rows whose mean is zero already."""

    mean: Float[np.ndarray, "width 1"]
    epsilon: Float[np.ndarray, "1 1"]
    scale: Float[np.ndarray, "1 width"]
    shift: Float[np.ndarray, "1 width"]

    def __call__(self, rows: Float[np.ndarray, "rows width"]) -> None:
        """Puts the normalised rows in the rows' place."""
        deviation = np.dot(rows * rows, self.mean)
        deviation += self.epsilon
        np.sqrt(deviation, out=deviation)
        rows /= deviation
        rows *= self.scale
        rows += self.shift


@dataclass(frozen=True)
class _Step:
    """A layer made ready: what can be computed without the input is."""

    weight: Float[np.ndarray, "in out"]
    bias: Float[np.ndarray, "1 out"]
    norm: _Norm | None


def _step(layer: Layer) -> _Step:
    """Weights are centred where a LayerNorm follows: it finds a mean of zero to take away."""
    kind = layer.weight.dtype
    if layer.scale is None or layer.shift is None:
        return _Step(np.ascontiguousarray(layer.weight.T), layer.bias[None], None)
    weight, bias = layer.weight.astype(float), layer.bias.astype(float)
    mean = np.full((len(bias), 1), 1.0 / len(bias), kind)
    norm = _Norm(mean, np.array([[EPSILON]], kind), layer.scale[None], layer.shift[None])
    centred = (weight - weight.mean(axis=0)).T
    return _Step(np.ascontiguousarray(centred, kind), (bias - bias.mean()).astype(kind)[None], norm)


def _ascii(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


def _read_activation(array: np.ndarray | None) -> Activation:
    name = "relu" if array is None else bytes(array).decode("ascii")
    for known in ACTIVATIONS:
        if known == name:
            return known
    raise ValueError(f"no activation is called '{name}'; there are {', '.join(ACTIVATIONS)}")
