"""Thing: what stands on the table, as shapes, mass and friction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.bodies import DRAWN, KINDS, half_sizes, place
from xlvla_sdk.sim.shapes import Primitive

Colour = tuple[float, float, float, float]
PREFIX = "scene/"
"""Before the names of things in a model, so that none is taken for a link of a robot."""
CONTACT_SOLREF = (0.005, 1.0)
"""Time constant [s] and damping ratio of a contact between things: they are hard."""


@dataclass(frozen=True)
class Thing:
    """One rigid thing. Its frame: z up as it stands, the origin in the middle of its underside.

    Attributes:
        name: Unique in its scene.
        shapes: What it is made of, in its own frame [m]; the colour of each is the thing's.
        mass: Of the whole thing [kg]; spread over the shapes by their volume.
        T_task_thing: Where it stands before a task says otherwise.
        friction: Sliding (unitless), torsional [m] and rolling [m] coefficients. In a contact the
            larger of both partners' counts.
        colour: Red, green, blue, opacity in [0, 1].
        fixed: Whether it stays where it is, whatever touches it.
        solid: Whether it can be touched; a mark on the table cannot.
    """

    name: str
    shapes: tuple[Primitive, ...]
    mass: float = 0.0
    T_task_thing: Float[np.ndarray, "4 4"] = field(default_factory=lambda: np.eye(4))
    friction: tuple[float, float, float] = (0.5, 0.003, 0.0)
    colour: Colour = (0.7, 0.7, 0.7, 1.0)
    fixed: bool = False
    solid: bool = True

    def __post_init__(self) -> None:
        if not self.shapes:
            raise SpecError(f"{self.name}: has no shapes. A thing needs one at least.")
        if not self.fixed and not self.mass > 0.0:
            raise SpecError(
                f"{self.name}: weighs {self.mass:g} kg. Give a mass above zero, or fixed=True."
            )

    @property
    def id(self) -> str:
        """The name of its body in a model; its free joint has the same."""
        return PREFIX + self.name


def standing(x: float, y: float, yaw: float = 0.0, z: float = 0.0) -> Float[np.ndarray, "4 4"]:
    """The pose of a thing that stands upright.

    Args:
        x: Forward, in the task frame [m].
        y: To the left [m].
        yaw: Turn about the vertical [rad].
        z: Height of what it stands on [m].
    """
    T = np.eye(4)
    T[:2, :2] = [[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]]
    T[:3, 3] = x, y, z
    return T


def leaning(angle: float) -> Float[np.ndarray, "4 4"]:
    """A pose turned about y, the upper end towards x [rad]."""
    T = np.eye(4)
    T[0, 0] = T[2, 2] = np.cos(angle)
    T[0, 2], T[2, 0] = np.sin(angle), -np.sin(angle)
    return T


def add_thing(mujoco: Any, draft: Any, thing: Thing) -> None:
    """Puts a thing into an MjSpec; one that is not fixed gets a free joint."""
    body = draft.worldbody.add_body(name=thing.id)
    place(mujoco, body, thing.T_task_thing)
    if not thing.fixed:
        body.add_freejoint(name=thing.id)
    volumes = [volume(shape) for shape in thing.shapes]
    for shape, share in zip(thing.shapes, volumes, strict=True):
        kind = getattr(mujoco.mjtGeom, f"mjGEOM_{KINDS[shape.kind]}")
        geom = body.add_geom(type=kind, size=half_sizes(shape), group=DRAWN)
        place(mujoco, geom, shape.T_link_shape)
        geom.mass = thing.mass * share / sum(volumes)
        geom.rgba = thing.colour
        geom.contype = geom.conaffinity = int(thing.solid)
        geom.friction = thing.friction
        geom.condim = 6 if thing.friction[2] > 0.0 else 4
        geom.solref = CONTACT_SOLREF


def volume(shape: Primitive) -> float:
    """Of one solid [m^3]."""
    match shape.kind:
        case "box":
            return float(np.prod(shape.size))
        case "sphere":
            return 4.0 / 3.0 * np.pi * shape.size[0] ** 3
        case _:
            radius, length = shape.size
            ends = 4.0 / 3.0 * radius if shape.kind == "capsule" else 0.0
            return np.pi * radius**2 * (length + ends)
