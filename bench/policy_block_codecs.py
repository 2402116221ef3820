"""Codecs of blocks of rows: splines, principal components, a network."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.learning.splines import spline_basis
from xlvla_sdk.leaving import heed

ROWS = 64
"""Of a block."""
HIDDEN, STEPS, BATCH, RATE = 512, 1500, 64, 1e-3
"""Of the network."""
Blocks = Float[np.ndarray, "N H L"]


class BlockCodec(ABC):
    """Blocks of rows in fewer numbers.

    Attributes:
        name: Its row's name.
        size: How many numbers a block of the given width takes.
    """

    name: str
    size: int

    @abstractmethod
    def learn(self, blocks: Blocks) -> None:
        """From blocks of other hands; nothing for codecs that are not learned."""

    @abstractmethod
    def through(self, blocks: Blocks) -> Blocks:
        """The same blocks, coded and decoded."""


class Splines(BlockCodec):
    """Cubic splines a column, as policies say their chunks."""

    def __init__(self, points: int, width: int) -> None:
        self.name, self.size = f"splines, {points} points", points * width
        basis = spline_basis(ROWS, points)
        self._projection = basis @ np.linalg.pinv(basis)

    def learn(self, blocks: Blocks) -> None:
        """Nothing."""

    def through(self, blocks: Blocks) -> Blocks:
        return np.einsum("hk,nkl->nhl", self._projection, blocks)


class Linear(BlockCodec):
    """The best linear code: principal components of whole blocks."""

    def __init__(self, size: int) -> None:
        self.name, self.size = f"linear, {size} components", size
        self._mean, self._basis = np.zeros(0), np.zeros((0, size))

    def learn(self, blocks: Blocks) -> None:
        flat = blocks.reshape(len(blocks), -1)
        self._mean = flat.mean(axis=0)
        about = flat - self._mean
        vectors = np.linalg.eigh(about.T @ about)[1]
        self._basis = vectors[:, -self.size :]

    def through(self, blocks: Blocks) -> Blocks:
        flat = blocks.reshape(len(blocks), -1)
        coded = (flat - self._mean) @ self._basis
        return (coded @ self._basis.T + self._mean).reshape(blocks.shape)


class Squeezed(BlockCodec):
    """A network: an encoder and a decoder over whole blocks, taught to give back what they were shown."""

    def __init__(self, size: int) -> None:
        self.name, self.size = f"network, {size} numbers", size
        self._network: nn.Module = nn.Identity()
        self._mean, self._std = 0.0, 1.0

    def learn(self, blocks: Blocks) -> None:
        flat = blocks.reshape(len(blocks), -1)
        self._mean, self._std = float(flat.mean()), float(flat.std())
        shown = torch.from_numpy((flat - self._mean) / self._std).float()
        rng = np.random.default_rng(0)
        with one_thread(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self._network = _network(flat.shape[1], self.size)
            optimizer = torch.optim.AdamW(self._network.parameters(), RATE)
            falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
            for _ in range(STEPS):
                heed()
                some = shown[torch.from_numpy(rng.integers(len(shown), size=BATCH))]
                loss = (self._network(some) - some).square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                falling.step()

    def through(self, blocks: Blocks) -> Blocks:
        flat = (blocks.reshape(len(blocks), -1) - self._mean) / self._std
        with one_thread(), torch.inference_mode():
            found = self._network(torch.from_numpy(flat).float()).numpy().astype(float)
        return (found * self._std + self._mean).reshape(blocks.shape)


def _network(width: int, size: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(width, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, size),
        nn.Linear(size, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, width),
    )  # fmt: skip
