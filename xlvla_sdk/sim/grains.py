"""Grains: many small balls that are alike, of what is poured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.bodies import DRAWN
from xlvla_sdk.sim.thing import CONTACT_SOLREF, PREFIX, Colour

AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
"""Joints of a grain: it slides along all three and does not turn, so that it never rolls away."""


@dataclass(frozen=True, eq=False)
class Grains:
    """Balls that begin in a thing and leave it one by one.

    They are no things of the scene: a task's judge knows of each of them, a policy of none.

    Attributes:
        name: What all of them are called, unique among the scene's things: `sugar`.
        inside: The thing that they begin in.
        places: Where their middles begin, in that thing's frame [m].
        radius: Of each [m].
        mass: Of each [kg].
        friction: Sliding coefficient; in a contact theirs counts, whatever the partner's.
        colour: Red, green, blue, opacity in [0, 1].
    """

    name: str
    inside: str
    places: Float[np.ndarray, "N 3"]
    radius: float
    mass: float
    friction: float = 0.5
    colour: Colour = (0.95, 0.94, 0.90, 1.0)

    def __post_init__(self) -> None:
        if not (self.radius > 0.0 and self.mass > 0.0):
            raise SpecError(
                f"{self.name}: balls of {self.radius:g} m and {self.mass:g} kg are none. Give a "
                "radius and a mass above zero."
            )
        apart = np.linalg.norm(self.places[:, None] - self.places[None], axis=-1)
        apart[np.diag_indices_from(apart)] = np.inf
        if apart.min(initial=np.inf) < 2.0 * self.radius:
            first, second = np.unravel_index(int(apart.argmin()), apart.shape)
            raise SpecError(
                f"{self.name}: grains {first} and {second} begin in each other. Place their middles "
                f"{2.0 * self.radius:g} m apart or further."
            )

    def joints(self, number: int) -> tuple[str, ...]:
        """Names of the three joints of one grain in a model, x first."""
        return tuple(f"{self.body(number)}/{axis}" for axis in AXES)

    def body(self, number: int) -> str:
        """Name of one grain's body in a model."""
        return f"{PREFIX}{self.name}/{number}"


def add_grains(mujoco: Any, draft: Any, grains: Grains, T_task_inside: np.ndarray) -> None:
    """Puts grains into an MjSpec; the position of each joint is the grain's in the task frame.

    Args:
        mujoco: The module.
        draft: Gets them.
        grains: Which.
        T_task_inside: Pose of the thing that they begin in.
    """
    for number, p in enumerate(grains.places @ T_task_inside[:3, :3].T + T_task_inside[:3, 3]):
        body = draft.worldbody.add_body(name=grains.body(number), pos=p)
        for joint, axis, start in zip(grains.joints(number), AXES.values(), p, strict=True):
            body.add_joint(name=joint, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=axis, ref=start)
        geom = body.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=(grains.radius, 0.0, 0.0))
        geom.group, geom.rgba, geom.mass = DRAWN, grains.colour, grains.mass
        geom.friction = (grains.friction, 0.0, 0.0)
        geom.solref = CONTACT_SOLREF
        # A contact has the larger condim and friction of two partners, unless one has priority.
        geom.priority, geom.condim = 1, 3


def layered(count: int, radius: float, inner: float, bottom: float) -> Float[np.ndarray, "count 3"]:
    """Places for balls in a round vessel, ring by ring and layer upon layer.

    Args:
        count: How many.
        radius: Of a ball [m].
        inner: Of the vessel, inside [m].
        bottom: Height of the vessel's bottom, inside [m].

    Raises:
        SpecError: A vessel that no ball fits into.
    """
    pitch = 2.1 * radius
    if inner < radius:
        raise SpecError(f"balls of {radius:g} m do not fit into a vessel of {inner:g} m. Widen it.")
    layer = [np.zeros(2)]
    for ring in range(1, int((inner - radius) / pitch) + 1):
        turns = 2.0 * np.pi * np.arange(6 * ring) / (6 * ring)
        layer += list(ring * pitch * np.stack([np.cos(turns), np.sin(turns)], axis=1))
    places = [
        (*layer[number % len(layer)], bottom + radius + pitch * (number // len(layer)))
        for number in range(count)
    ]
    return np.array(places, dtype=float).reshape(count, 3)
