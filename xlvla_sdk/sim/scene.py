"""Scene: the things a robot works with, and what looks at them; put into a MuJoCo model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.bodies import place
from xlvla_sdk.sim.grains import Grains, add_grains
from xlvla_sdk.sim.thing import Thing, add_thing, standing
from xlvla_sdk.sim.things import (
    banana,
    bottle,
    bowl,
    box,
    can,
    floor,
    lemon,
    orange,
    table_top,
)

__all__ = [
    "EMPTY",
    "NEAR",
    "SCENES",
    "TABLE",
    "Scene",
    "Thing",
    "Viewpoint",
    "add_scene",
    "find_scene",
]


@dataclass(frozen=True)
class Viewpoint:
    """A camera that stands still.

    Attributes:
        name: `front` or `side`, what policies know it by.
        at: Where it is, in the task frame [m].
        lookat: The point in the middle of its picture, in the task frame [m].
        field_of_view: Vertical [deg].
    """

    name: str
    at: tuple[float, float, float]
    lookat: tuple[float, float, float]
    field_of_view: float = 45.0

    @property
    def T_task_camera(self) -> Float[np.ndarray, "4 4"]:
        """Its pose: x right, y up, z back towards the viewer."""
        back = np.subtract(self.at, self.lookat)
        back /= np.linalg.norm(back)
        right = np.cross((0.0, 0.0, 1.0), back)
        right /= np.linalg.norm(right)
        T = np.eye(4)
        T[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
        T[:3, 3] = self.at
        return T


FRONT = Viewpoint("front", at=(1.35, 0.0, 0.65), lookat=(0.05, 0.0, 0.1))
"""Across the table from the robot: sees its hands and what lies before them."""
SIDE = Viewpoint("side", at=(0.15, -1.45, 0.55), lookat=(0.05, 0.0, 0.1))
"""From the robot's right."""


@dataclass(frozen=True)
class Scene:
    """Things in the task frame: origin on the table's surface, x away from the robot, z up.

    Attributes:
        name: What commands call it.
        things: With names that are unique.
        cameras: What looks at them, beside the cameras on the robot.
        grains: What is poured, by names that no thing has.
    """

    name: str
    things: tuple[Thing, ...] = ()
    cameras: tuple[Viewpoint, ...] = (FRONT, SIDE)
    grains: tuple[Grains, ...] = ()

    def __post_init__(self) -> None:
        called = [*(thing.name for thing in self.things), *(some.name for some in self.grains)]
        for names in (called, [c.name for c in self.cameras]):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise SpecError(
                    f"scene {self.name}: has two called {', '.join(twice)}. Rename one."
                )
        for some in self.grains:
            self.loose_thing(some.inside)

    @property
    def loose(self) -> tuple[Thing, ...]:
        """The things that move when touched."""
        return tuple(thing for thing in self.things if not thing.fixed)

    def thing(self, name: str) -> Thing:
        """The thing of this name; SpecError naming the others when there is none."""
        for thing in self.things:
            if thing.name == name:
                return thing
        raise SpecError(
            f"scene {self.name}: has no '{name}'. It has: "
            f"{', '.join(thing.name for thing in self.things) or 'nothing'}."
        )

    def loose_thing(self, name: str) -> Thing:
        """The same, of one that can be moved; SpecError when it is fixed."""
        thing = self.thing(name)
        if thing.fixed:
            raise SpecError(f"scene {self.name}: '{name}' is fixed. Place it in the scene itself.")
        return thing

    def placed(self, poses: Mapping[str, Float[np.ndarray, "4 4"]]) -> Scene:
        """The same scene with these things elsewhere (T_task_thing by name)."""
        for name in poses:
            self.thing(name)
        things = tuple(
            replace(thing, T_task_thing=poses.get(thing.name, thing.T_task_thing))
            for thing in self.things
        )
        return replace(self, things=things)


def add_scene(mujoco: Any, draft: Any, scene: Scene) -> None:
    """Puts a scene into an MjSpec whose world is the task frame.

    A thing's body, and the free joint of one that is not fixed, is called `scene/NAME`; cameras
    have their own names. Nothing of it is called as a robot's link could be.
    """
    for thing in scene.things:
        add_thing(mujoco, draft, thing)
    for some in scene.grains:
        add_grains(mujoco, draft, some, scene.thing(some.inside).T_task_thing)
    for viewpoint in scene.cameras:
        camera = draft.worldbody.add_camera(name=viewpoint.name, fovy=viewpoint.field_of_view)
        place(mujoco, camera, viewpoint.T_task_camera)


EMPTY = Scene("empty")
"""Nothing but the robot."""
NEAR = Scene(
    "empty",
    cameras=(
        Viewpoint("front", at=(0.6, 0.0, 0.25), lookat=(0.0, 0.0, 0.1)),
        Viewpoint("side", at=(0.05, -0.6, 0.25), lookat=(0.0, 0.0, 0.1)),
    ),
)
"""The same for hands that no arm carries: its cameras stand as near as a hand needs."""
FURNITURE = (floor(), table_top())
TABLE = Scene(
    "table",
    (
        *FURNITURE,
        can(T_task_thing=standing(0.10, -0.15)),
        box(T_task_thing=standing(0.22, 0.05, yaw=0.6)),
        bottle(T_task_thing=standing(0.25, -0.22)),
        bowl(T_task_thing=standing(0.10, 0.22)),
        banana(T_task_thing=standing(0.30, 0.20, yaw=-0.5)),
        orange(T_task_thing=standing(0.02, 0.02)),
        lemon(T_task_thing=standing(0.30, -0.08)),
    ),
)
"""A table with a can, a box, a bottle, a bowl and three fruits."""
SCENES: Mapping[str, Scene] = {scene.name: scene for scene in (EMPTY, TABLE)}


def find_scene(name: str) -> Scene:
    """The scene of this name; SpecError naming the nearest when there is none."""
    if name in SCENES:
        return SCENES[name]
    near = get_close_matches(name, SCENES, 1, 0.4)
    raise SpecError(
        f"no scene is called '{name}'. {f'Did you mean {near[0]!r}? ' if near else ''}"
        f"There are: {', '.join(SCENES)}."
    )
