"""Codebook: a latent of finitely many values, group by group; numpy, no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class Codebook:
    """The values that the groups of a discrete latent may take.

    The latent's numbers stand in groups of equal width, and each group is one of its own entries:
    16 groups of 64 entries are 96 bits a posture.

    Attributes:
        entries: Unitless, (groups, entries of a group, width of a group).
    """

    entries: Float[np.ndarray, "groups size part"]

    @property
    def width(self) -> int:
        """Width of the latent, L."""
        return self.entries.shape[0] * self.entries.shape[2]

    def snap(self, latent: Float[np.ndarray, "*batch L"]) -> Float[np.ndarray, "*batch L"]:
        """The nearest latent that the codebook has; a latent of the codebook stays as it is."""
        tokens = self.tokens(latent)
        parts = [entries[tokens[..., group]] for group, entries in enumerate(self.entries)]
        return np.concatenate(parts, axis=-1)

    def tokens(self, latent: Float[np.ndarray, "*batch L"]) -> Int[np.ndarray, "*batch groups"]:
        """Which entry of each group is nearest; the first of two that are as near."""
        parts = np.split(np.asarray(latent, dtype=self.entries.dtype), len(self.entries), axis=-1)
        nearest = [
            np.square(part[..., None, :] - entries).sum(axis=-1).argmin(axis=-1)
            for part, entries in zip(parts, self.entries, strict=True)
        ]
        return np.stack(nearest, axis=-1)
