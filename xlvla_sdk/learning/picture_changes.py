"""Changes of pictures that change nothing about what is to be done: a little aside, lighter, darker.

Source: Kostrikov et al., Image Augmentation Is All You Need, 2020, for random shifts, whose edges repeat.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

ASIDE = 0.03
"""Furthest along either side of a picture, as a part of it: a camera is never mounted exactly alike,
and more would hide where things are."""
LIGHTER = 0.25
"""Furthest that brightness and contrast change, as parts of themselves and of half the brightest."""


def changed(
    pictures: UInt8[np.ndarray, "B K S S 3"], rng: np.random.Generator
) -> UInt8[np.ndarray, "B K S S 3"]:
    """Each picture shifted by whole pixels, and with another brightness and contrast."""
    count, size = pictures.shape[0] * pictures.shape[1], pictures.shape[2]
    most = round(ASIDE * size)
    aside = rng.integers(-most, most + 1, (count, 2))
    contrast = rng.uniform(1.0 - LIGHTER, 1.0 + LIGHTER, count)
    brightness = rng.uniform(-LIGHTER, LIGHTER, count)
    levels = contrast[:, None] * np.linspace(-1.0, 1.0, 256) + brightness[:, None]
    tables = np.clip(np.rint(127.5 * (levels + 1.0)), 0, 255).astype(np.uint8)
    found, at = np.empty_like(pictures).reshape(count, size, size, 3), np.arange(size)
    for number, picture in enumerate(pictures.reshape(count, size, size, 3)):
        down, across = (np.clip(at + by, 0, size - 1) for by in aside[number])
        found[number] = tables[number][picture[down][:, across]]
    return found.reshape(pictures.shape)
