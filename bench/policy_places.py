"""What the encoder of variant `image` can see when it is asked directly: where things stand.

A link of the chain by itself: the same pictures, the same encoder, but taught where things are and not what to do.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.rows import THINGS
from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.learning.picture_changes import changed
from xlvla_sdk.learning.seeing_pictures import TOKENS, Eye
from xlvla_sdk.learning.variant_image import ImageVariant
from xlvla_sdk.learning.words import Words
from xlvla_sdk.leaving import heed

CHANNELS, HIDDEN, RATE, WARM = 64, 128, 1e-3, 50
HELD_OUT = 0.2
"""Of each cell's episodes, the last ones."""


class Places(nn.Module):
    """Where things stand, by the encoders of some cameras.

    Args:
        cameras: How many.
        numbers: How many say where things are.
    """

    def __init__(self, cameras: int, numbers: int) -> None:
        super().__init__()
        self.eyes = nn.ModuleList(Eye(CHANNELS) for _ in range(cameras))
        together = cameras * TOKENS * CHANNELS
        self.head = nn.Sequential(
            nn.Linear(together, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, numbers)
        )

    def forward(self, pictures: UInt8[Tensor, "B K S S 3"]) -> Float[Tensor, "B N"]:
        """Normalised places."""
        tokens = [
            eye(one).flatten(1) for eye, one in zip(self.eyes, pictures.unbind(1), strict=True)
        ]
        return self.head(torch.cat(tokens, dim=1))


def places_missed(
    dataset: Dataset, variant: ImageVariant, episodes: int, steps: int, batch: int, kept: Path
) -> list[float]:
    """By how much places along and across the table are missed in episodes that were not learned from.

    Args:
        dataset: With pictures and places of one task's things.
        variant: Cameras and size.
        episodes: Of each cell.
        steps, batch: Of its training.
        kept: A file; what is there is not measured again.

    Returns:
        Mean absolute error of each thing's x and y, thing by thing [m].
    """
    if kept.is_file():
        return json.loads(kept.read_text())
    pictures, places, held = _rows(dataset, variant, episodes)
    mean, std = places[~held].mean(axis=0), places[~held].std(axis=0)
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Places(len(variant.cameras), places.shape[1])
        _taught(network, pictures[~held], (places[~held] - mean) / std, steps, batch)
        with torch.inference_mode():
            some = np.flatnonzero(held)[::6]
            found = [network(torch.from_numpy(pictures[k : k + 1]))[0].numpy() for k in some]
    missed = np.abs(np.stack(found) * std + mean - places[some]).mean(axis=0).tolist()
    kept.write_text(json.dumps(missed))
    return missed


def _taught(
    network: Places, pictures: np.ndarray, places: np.ndarray, steps: int, batch: int
) -> None:
    optimizer, rng = torch.optim.AdamW(network.parameters(), RATE), np.random.default_rng(0)
    for step in range(steps):
        heed()
        for group in optimizer.param_groups:
            cosine = 0.5 + 0.5 * math.cos(math.pi * step / steps)
            group["lr"] = RATE * min(1.0, (step + 1) / WARM) * cosine
        rows = rng.integers(len(pictures), size=batch)
        found = network(torch.from_numpy(changed(pictures[rows], rng)))
        loss = (found - torch.from_numpy(places[rows])).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _rows(
    dataset: Dataset, variant: ImageVariant, episodes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures, places along and across the table, and which rows are held out."""
    viewing, places, held = variant.viewing(dataset), list[np.ndarray](), list[np.ndarray]()
    for episode in dataset:
        viewing.take(episode)
        things = episode.numbers(THINGS, dataset.feature(THINGS)).astype(np.float32)
        places.append(things.reshape(len(things), -1, 9)[:, :, :2].reshape(len(things), -1))
        last = episode.info.index % episodes >= (1.0 - HELD_OUT) * episodes
        held.append(np.full(len(things), last))
    pictures = viewing.shown(Words(()), str(dataset.root)).pictures
    return pictures, np.concatenate(places), np.concatenate(held)
