"""What a training step cannot do without: its matrix products, counted and timed alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from time import perf_counter

import torch

from xlvla_sdk.latent.presets import Preset

Product = tuple[int, int, int]
"""(n, k, m): a matrix of n rows and k columns times one of k rows and m columns."""


def products(joints: Sequence[int], preset: Preset) -> list[Product]:
    """Every product of a pretraining step, forward and backward.

    Args:
        joints: How many actuated joints each hand has.
        preset: The recipe: every hand's codes go through every hand's decoder.
    """
    own, everyone = preset.batch, preset.batch * len(joints)
    found: list[Product] = []
    for count in joints:
        found += _network((count, *preset.widths, 2 * preset.latent), own, input_learns=False)
        found += _network((preset.latent, *preset.widths, count), everyone, input_learns=True)
    return found


def _network(widths: tuple[int, ...], rows: int, input_learns: bool) -> list[Product]:
    found: list[Product] = []
    for layer, (wide_in, wide_out) in enumerate(pairwise(widths)):
        found.append((rows, wide_in, wide_out))
        found.append((wide_out, rows, wide_in))  # the weights' gradient
        if layer > 0 or input_learns:
            found.append((rows, wide_out, wide_in))  # the input's
    return found


def flops(wanted: Sequence[Product]) -> int:
    """Floating-point operations: a multiplication and an addition for each term."""
    return sum(2 * n * k * m for n, k, m in wanted)


class Floor:
    """The products of a step and nothing else, each into memory that is there already."""

    def __init__(self, wanted: Sequence[Product]) -> None:
        generator = torch.Generator().manual_seed(0)

        def matrix(*shape: int) -> torch.Tensor:
            return torch.randn(shape, generator=generator)

        self.work = [(matrix(n, k), matrix(k, m), torch.empty(n, m)) for n, k, m in wanted]

    def seconds(self, steps: int, threads: int) -> float:
        """How long the products of some steps take on some threads [s]."""
        torch.set_num_threads(threads)
        began = perf_counter()
        for _ in range(steps):
            for a, b, out in self.work:
                torch.mm(a, b, out=out)
        return perf_counter() - began
