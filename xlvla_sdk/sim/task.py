"""Task: what is to be done in a scene, where its things begin, and when it has been done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.scene import Scene
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.thing import standing
from xlvla_sdk.specs import Embodiment, Side

Poses = Mapping[str, Float[np.ndarray, "4 4"]]
"""T_task_thing by the thing's name."""
_DRAWS = 1000


@dataclass(frozen=True)
class Task:
    """Something to do.

    Attributes:
        name: What commands call it.
        scene: Where.
        instruction: What a policy is told, in words.
        paraphrases: The same in other words.
        horizon_s: How long a policy may take [s].
        reset: From a seed to where the loose things begin; the same seed, the same places. The
            task is never done there already.
        success: Whether a state is what was asked for, everything at rest and let go of.
        hold_s: How long `success` must stay true without a break for the task to be done [s].
        hands: Sides whose arm and hand the task needs; none where any one will do.
    """

    name: str
    scene: Scene
    instruction: str
    horizon_s: float
    reset: Callable[[int], Poses]
    success: Callable[[SceneState], bool]
    paraphrases: tuple[str, ...] = ()
    hold_s: float = 1.0
    hands: tuple[Side, ...] = ()

    @property
    def instructions(self) -> tuple[str, ...]:
        """The instruction, then its paraphrases."""
        return (self.instruction, *self.paraphrases)

    def require(self, embodiment: Embodiment) -> None:
        """SpecError when a body lacks a hand that the task needs, or the arm that moves it."""
        whole = [side.side for side in embodiment.sides if side.arm and side.hand]
        if lacking := [side for side in self.hands if side not in whole]:
            raise SpecError(
                f"{self.name} needs {' and '.join(self.hands)} hand, each on an arm: "
                f"{embodiment.name} has no {' and no '.join(lacking)} one. Name a body with both, "
                "as in xarm7+inspire:both."
            )


@dataclass(frozen=True)
class Area:
    """A rectangle on the table, in the task frame [m]."""

    x: tuple[float, float]
    y: tuple[float, float]


REACH = Area(x=(-0.05, 0.12), y=(-0.20, 0.20))
"""Where things begin [m]. By inverse kinematics, pinch points 90 mm over it: either xArm reaches
all of it with any of the hands, fingers forwards, 45 degrees down or straight down; the G1's two
arms together reach it with fingers 45 degrees down, and half of it with fingers straight down."""


def scattered(
    seed: int | np.random.Generator, radii: Mapping[str, float], area: Area, gap: float
) -> dict[str, Float[np.ndarray, "4 4"]]:
    """Random places for things that stand: uniform over an area, turned at random, apart.

    Args:
        seed: The same seed gives the same places.
        radii: By name, how far the thing's footprint reaches from its middle [m].
        area: Where their middles may be.
        gap: Free space between any two footprints, at the least [m].

    Raises:
        SpecError: When they do not fit.
    """
    random = np.random.default_rng(seed)
    for _ in range(_DRAWS):
        places = {
            name: np.array([random.uniform(*area.x), random.uniform(*area.y)]) for name in radii
        }
        yaws = random.uniform(-np.pi, np.pi, len(radii))
        if _apart(places, radii, gap):
            return {
                name: standing(float(x), float(y), float(yaw))
                for (name, (x, y)), yaw in zip(places.items(), yaws, strict=True)
            }
    raise SpecError(
        f"{', '.join(radii)} do not fit into x {area.x}, y {area.y} with {gap:g} m between them. "
        "Give a larger area, or a smaller gap."
    )


def _apart(places: Mapping[str, np.ndarray], radii: Mapping[str, float], gap: float) -> bool:
    names = list(places)
    return all(
        np.linalg.norm(places[first] - places[second]) >= radii[first] + radii[second] + gap
        for number, first in enumerate(names)
        for second in names[:number]
    )
