"""Vessels: round things that are open above, from flat pieces around an axis.

Sources of the numbers:

- The jar is as wide as a beverage can, so that every hand that holds a can holds it; 150 mm high, 200 g
  for a metal caster of that size. Both are choices.
- The sauce bottle is as wide as a PET bottle of 0.5 l (`things.BOTTLE_RADIUS`), its body 130 mm and the
  whole 180 mm high, with a mouth of 46 mm as wide-necked bottles have it; 150 g. Choices as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from xlvla_sdk.sim.shapes import Primitive
from xlvla_sdk.sim.thing import Thing, leaning, standing
from xlvla_sdk.sim.things import BOTTLE_RADIUS, CAN_RADIUS

WALL = 0.004
"""Thickness of a vessel's walls and bottom [m]: a ball that falls does not pass it in one timestep."""
FACETS = 12
"""Flat pieces around a vessel."""
JAR_RADIUS, JAR_HEIGHT, JAR_MASS = CAN_RADIUS, 0.15, 0.2
SAUCE_RADIUS, SAUCE_HEIGHT, SAUCE_MASS = BOTTLE_RADIUS, 0.18, 0.15
SAUCE_MOUTH, SAUCE_BODY, SAUCE_NECK = 0.023, 0.13, 0.155
"""Outer radius of the mouth, heights where the shoulder begins and where the neck begins [m]."""
METAL, GLASS = (0.75, 0.77, 0.80, 0.55), (0.75, 0.86, 0.80, 0.45)


def jar(name: str = "jar", **changes: Any) -> Thing:
    """A jar that is open above."""
    profile = ((0.0, JAR_RADIUS), (JAR_HEIGHT, JAR_RADIUS))
    return replace(_vessel(name, profile, JAR_MASS), colour=METAL, **changes)


def sauce_bottle(name: str = "sauce_bottle", **changes: Any) -> Thing:
    """A bottle without its cap: a body, a shoulder, a wide neck."""
    profile = (
        (0.0, SAUCE_RADIUS),
        (SAUCE_BODY, SAUCE_RADIUS),
        (SAUCE_NECK, SAUCE_MOUTH),
        (SAUCE_HEIGHT, SAUCE_MOUTH),
    )
    return replace(_vessel(name, profile, SAUCE_MASS), colour=GLASS, **changes)


def _vessel(name: str, profile: Sequence[tuple[float, float]], mass: float) -> Thing:
    """A bottom, and walls whose outside goes through heights and radii, upwards [m]."""
    bottom = _turned(0.0, 0.0, WALL / 2.0)
    base = Primitive("cylinder", bottom, (profile[0][1], WALL))
    walls = [piece for lower, upper in pairwise(profile) for piece in _ring(lower, upper)]
    return Thing(name, (base, *walls), mass)


def _ring(lower: tuple[float, float], upper: tuple[float, float]) -> Iterator[Primitive]:
    """Flat pieces from one height and radius to the next; wide enough to meet where it is wider."""
    (z, r), (higher, other) = lower, upper
    length, lean = float(np.hypot(higher - z, other - r)), float(np.arctan2(other - r, higher - z))
    width = 2.0 * max(r, other) * float(np.tan(np.pi / FACETS))
    inwards = WALL / 2.0 * np.array([np.cos(lean), -np.sin(lean)])
    middle = np.array([(r + other) / 2.0, (z + higher) / 2.0]) - inwards
    for turn in 2.0 * np.pi * np.arange(FACETS) / FACETS:
        T = _turned(turn, *middle) @ leaning(lean)
        yield Primitive("box", T, (WALL, width, length))


def _turned(turn: float, x: float, z: float) -> np.ndarray:
    """A pose x off the axis, turned about it [rad, m]."""
    return standing(np.cos(turn) * x, np.sin(turn) * x, turn, z)
