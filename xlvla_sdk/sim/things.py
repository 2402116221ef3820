"""Things of the real world, from primitives: sizes and masses as the real ones have them.

Sources of the numbers:

- YCB: Calli et al., Benchmarking in Manipulation Research, IEEE RAM 22(3), 2015, the table of
  objects. Its fruits are of plastic and too light: sizes are YCB's, masses those of real fruit.
- USDA: FoodData Central (SR Legacy), edible grams of a medium fruit over the share that is not
  refuse: what the fruit weighs with its peel.
- Sliding friction 0.5: between what is given for wood on wood (0.25 to 0.5), cardboard on wood and
  PET on wood; a choice. Torsional friction: two thirds of a contact patch's radius times the
  sliding coefficient, with a patch of some 8 mm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from xlvla_sdk.sim.shapes import Primitive
from xlvla_sdk.sim.thing import Thing, leaning, standing

FLOOR_DEPTH = 0.75
"""Height of the table [m]: a usual desk's (EN 527-1 gives 0.74 for fixed ones)."""
TABLE_X, TABLE_Y, TABLE_THICKNESS = (-0.15, 0.65), (-0.7, 0.7), 0.03
"""What the table covers in the task frame, and its thickness [m]: 1.4 by 0.8 m, a common desk."""
ROLLING = 0.0005
"""Rolling friction of round things [m]: a soft fruit on wood comes to rest within some turns."""

CAN_RADIUS, CAN_HEIGHT, CAN_MASS = 0.033, 0.115, 0.345
"""Beverage can, 330 ml: 66 by 115 mm, 13 g empty, full of soft drink (330 g)."""
BOX_SIZE, BOX_MASS = (0.038, 0.089, 0.175), 0.514
"""YCB 004, a box of sugar, full."""
BOTTLE_RADIUS, BOTTLE_HEIGHT, BOTTLE_MASS = 0.0325, 0.205, 0.515
"""PET bottle, 0.5 l: 65 mm wide, some 205 mm high, full of water, 15 g empty."""
FLASK_RADIUS, FLASK_HEIGHT, FLASK_MASS = 0.0325, 0.22, 0.35
"""Steel bottle, 0.5 l, straight: makers give 65 to 70 mm by 220 to 260 mm and 0.25 to 0.35 kg, empty."""
BOWL_RADIUS, BOWL_HEIGHT, BOWL_MASS = 0.0795, 0.053, 0.147
"""YCB 024."""
BANANA_RADIUS, BANANA_LENGTH, BANANA_MASS = 0.018, 0.190, 0.184
"""YCB 011: 36 mm thick, 190 mm long; USDA 118 g edible, 36 % refuse."""
ORANGE_RADIUS, ORANGE_MASS = 0.0365, 0.179
"""YCB 017: 73 mm; USDA 131 g edible, 27 % refuse."""
LEMON_RADIUS, LEMON_LENGTH, LEMON_MASS = 0.027, 0.068, 0.109
"""YCB 014: 54 by 68 mm; USDA 58 g edible, 47 % refuse."""
CONTAINER_SIZE, CONTAINER_WALL, CONTAINER_MASS = (0.30, 0.20, 0.07), 0.004, 0.45
"""Euro container 300 x 200, the 70 mm high one; makers give 0.4 to 0.5 kg. x, y and z [m]."""
BOWL_SIDES = 12
"""Flat pieces around the bowl."""

WOOD, RED, YELLOW = (0.78, 0.66, 0.52, 1.0), (0.80, 0.16, 0.14, 1.0), (0.93, 0.79, 0.20, 1.0)
BLUE, ORANGE, WHITE = (0.20, 0.42, 0.72, 1.0), (0.95, 0.55, 0.12, 1.0), (0.93, 0.92, 0.88, 1.0)
CLEAR, LIME, GREY = (0.55, 0.75, 0.85, 0.6), (0.90, 0.88, 0.25, 1.0), (0.45, 0.48, 0.52, 1.0)
GROUND, GREEN = (0.80, 0.81, 0.82, 1.0), (0.25, 0.62, 0.35, 1.0)


def floor() -> Thing:
    """What the table stands on, and what falls ends on."""
    slab = Primitive("box", _at(0.0, 0.0, -FLOOR_DEPTH - 0.05), (6.0, 6.0, 0.1))
    return Thing("floor", (slab,), colour=GROUND, fixed=True)


def table_top() -> Thing:
    """The table, without its legs; its surface is z = 0."""
    (left, right), (near, far) = TABLE_X, TABLE_Y
    size = (right - left, far - near, TABLE_THICKNESS)
    middle = _at((left + right) / 2, (near + far) / 2, -TABLE_THICKNESS / 2)
    return Thing("table", (Primitive("box", middle, size),), colour=WOOD, fixed=True)


def can(name: str = "can", **changes: Any) -> Thing:
    """A full beverage can."""
    body = Primitive("cylinder", _at(z=CAN_HEIGHT / 2), (CAN_RADIUS, CAN_HEIGHT))
    rolls = (0.5, 0.003, ROLLING / 5)
    return replace(Thing(name, (body,), CAN_MASS, friction=rolls, colour=RED), **changes)


def box(name: str = "box", **changes: Any) -> Thing:
    """A box of sugar that stands on its small face."""
    body = Primitive("box", _at(z=BOX_SIZE[2] / 2), BOX_SIZE)
    return replace(Thing(name, (body,), BOX_MASS, colour=YELLOW), **changes)


def bottle(name: str = "bottle", **changes: Any) -> Thing:
    """A full water bottle: a body, a shoulder and a neck of 28 mm, the usual thread."""
    body = Primitive("cylinder", _at(z=0.075), (BOTTLE_RADIUS, 0.15))
    shoulder = Primitive("cylinder", _at(z=0.165), (0.024, 0.03))
    neck = Primitive("cylinder", _at(z=(0.18 + BOTTLE_HEIGHT) / 2), (0.014, BOTTLE_HEIGHT - 0.18))
    shapes = (body, shoulder, neck)
    rolls = (0.5, 0.003, ROLLING / 5)
    return replace(Thing(name, shapes, BOTTLE_MASS, friction=rolls, colour=CLEAR), **changes)


def flask(name: str = "flask", **changes: Any) -> Thing:
    """An empty steel bottle, as wide at its top as at its bottom."""
    body = Primitive("cylinder", _at(z=FLASK_HEIGHT / 2), (FLASK_RADIUS, FLASK_HEIGHT))
    rolls = (0.5, 0.003, ROLLING / 5)
    return replace(Thing(name, (body,), FLASK_MASS, friction=rolls, colour=BLUE), **changes)


def bowl(name: str = "bowl", **changes: Any) -> Thing:
    """A bowl: a flat foot and slanted sides, open above, so that things lie in it."""
    foot, wall = 0.6 * BOWL_RADIUS, 0.005
    pieces = [Primitive("cylinder", _at(z=wall / 2), (foot, wall))]
    rise = BOWL_HEIGHT - 2.0 * wall  # the sides end clear of the table: it stands on its foot alone
    slant = np.arctan2(BOWL_RADIUS - foot, rise)
    length = float(np.hypot(BOWL_RADIUS - foot, rise))
    width = 2.0 * BOWL_RADIUS * float(np.tan(np.pi / BOWL_SIDES))
    for yaw in 2.0 * np.pi * np.arange(BOWL_SIDES) / BOWL_SIDES:
        middle = (foot + BOWL_RADIUS) / 2.0 - wall / 2.0
        T = (
            standing(0.0, 0.0, yaw)
            @ _at(middle, 0.0, BOWL_HEIGHT - rise / 2 - wall / 2)
            @ leaning(slant)
        )
        pieces.append(Primitive("box", T, (wall, width, length)))
    return replace(Thing(name, tuple(pieces), BOWL_MASS, colour=WHITE), **changes)


def banana(name: str = "banana", **changes: Any) -> Thing:
    """A banana on its side: three capsules along an arc of some 60 degrees."""
    piece, bend = (BANANA_LENGTH - 2 * BANANA_RADIUS) / 3.0, np.radians(20.0)
    outer = piece / 2 * (1.0 + np.cos(bend))
    sunk = -piece / 2 * np.sin(bend)
    shapes = tuple(
        Primitive(
            "capsule",
            _at(x, y, BANANA_RADIUS) @ standing(0.0, 0.0, turn) @ LYING,
            (BANANA_RADIUS, piece),
        )
        for x, y, turn in ((-outer, sunk, bend), (0.0, 0.0, 0.0), (outer, sunk, -bend))
    )
    soft = (0.6, 0.004, ROLLING)
    return replace(Thing(name, shapes, BANANA_MASS, friction=soft, colour=YELLOW), **changes)


def orange(name: str = "orange", **changes: Any) -> Thing:
    """An orange."""
    body = Primitive("sphere", _at(z=ORANGE_RADIUS), (ORANGE_RADIUS,))
    soft = (0.6, 0.004, ROLLING)
    return replace(Thing(name, (body,), ORANGE_MASS, friction=soft, colour=ORANGE), **changes)


def lemon(name: str = "lemon", **changes: Any) -> Thing:
    """A lemon on its side."""
    size = (LEMON_RADIUS, LEMON_LENGTH - 2 * LEMON_RADIUS)
    body = Primitive("capsule", _at(z=LEMON_RADIUS) @ LYING, size)
    soft = (0.6, 0.004, ROLLING)
    return replace(Thing(name, (body,), LEMON_MASS, friction=soft, colour=LIME), **changes)


def container(name: str = "container", **changes: Any) -> Thing:
    """An open container: a bottom and four walls."""
    x, y, z = CONTAINER_SIZE
    wall = CONTAINER_WALL
    shapes = [Primitive("box", _at(z=wall / 2), (x, y, wall))]
    for sign in (-1.0, 1.0):
        side = _at(sign * (x - wall) / 2, 0.0, z / 2)
        end = _at(0.0, sign * (y - wall) / 2, z / 2)
        shapes += [Primitive("box", side, (wall, y, z)), Primitive("box", end, (x, wall, z))]
    return replace(Thing(name, tuple(shapes), CONTAINER_MASS, colour=BLUE), **changes)


def pedestal(name: str, height: float, width: float, **changes: Any) -> Thing:
    """A fixed block with a square top.

    Args:
        name: What to call it.
        height: Above what it stands on [m].
        width: Of its top [m].
        changes: Of the thing, as its pose.
    """
    body = Primitive("box", _at(z=height / 2), (width, width, height))
    return replace(Thing(name, (body,), fixed=True, colour=GREEN), **changes)


def carton(name: str, height: float, **changes: Any) -> Thing:
    """A box as `box`, of another height and as heavy for its size.

    Args:
        name: What to call it.
        height: As it stands [m].
        changes: Of the thing, as its colour.
    """
    x, y, full = BOX_SIZE
    body = Primitive("box", _at(z=height / 2), (x, y, height))
    mass = BOX_MASS * height / full
    return replace(Thing(name, (body,), mass, colour=YELLOW), **changes)


def strip(name: str, width: float, length: float, **changes: Any) -> Thing:
    """A line painted on the table, which nothing can touch.

    Args:
        name: What to call it.
        width: Along its x [m].
        length: Along its y [m].
        changes: Of the thing, as its pose.
    """
    paint = Primitive("box", _at(), (width, length, 0.001))
    return replace(Thing(name, (paint,), colour=GREEN, fixed=True, solid=False), **changes)


def _at(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    T = np.eye(4)
    T[:3, 3] = x, y, z
    return T


LYING = leaning(np.pi / 2)
"""The axis of a capsule along x."""
