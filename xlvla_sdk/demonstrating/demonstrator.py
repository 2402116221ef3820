"""Demonstrator: a task's script on a body, one target of the whole qpos after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.arranging import arrange_boxes
from xlvla_sdk.demonstrating.filling import fill_container, sort_cans
from xlvla_sdk.demonstrating.handing import hand_over_bottle
from xlvla_sdk.demonstrating.limb import Limb, limbs
from xlvla_sdk.demonstrating.placing import place_box
from xlvla_sdk.demonstrating.plan import Plan, Script, Situation, loosened
from xlvla_sdk.demonstrating.pouring import pour_sauce, pour_sugar
from xlvla_sdk.demonstrating.preparing import prepare_fruits
from xlvla_sdk.demonstrating.pushing import push_cans
from xlvla_sdk.demonstrating.pushing_boxes import push_boxes
from xlvla_sdk.demonstrating.stacking import stack_cans
from xlvla_sdk.demonstrating.tidying import tidy_lemons
from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.parts import starting_posture
from xlvla_sdk.sim.scene_state import SceneState
from xlvla_sdk.sim.task import Task
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.specs import Embodiment, Station

logger = logging.getLogger(__name__)

OFF = 0.02
"""An arm that stays further off its way [m] is spoken of."""
SCRIPTS: Mapping[str, Callable[[Sequence[Limb], Situation], Script]] = {
    "push-cans": push_cans,
    "place-box": place_box,
    "cans-in-container": fill_container,
    "push-boxes": push_boxes,
    "stack-cans": stack_cans,
    "sort-cans": sort_cans,
    "prepare-fruits": prepare_fruits,
    "lemons-in-bowl": tidy_lemons,
    "arrange-boxes": arrange_boxes,
    "pour-sugar": pour_sugar,
    "pour-sauce": pour_sauce,
    "hand-over-bottle": hand_over_bottle,
}
"""How each task is done, by the task's name."""


class Demonstrator:
    """Does one episode of a task. Not for a second episode: make another.

    It knows where things are, looks anew before each of its motions, and tries again what did not
    work. Whether the task is done is not for it to say.

    Args:
        script: How the task is done.
        embodiment: The body's order of joints.
        body: Its arms with hands.
        seed: Of the noise.
        noise: Standard deviation of where loose waypoints are [m].

    Attributes:
        start: The whole qpos it begins at [rad, m]: as a simulation does.
    """

    def __init__(
        self,
        script: Callable[[Sequence[Limb], Situation], Script],
        embodiment: Embodiment,
        body: Sequence[Limb],
        seed: int,
        noise: float,
    ) -> None:
        self.start = np.concatenate([starting_posture(part) for part in embodiment.parts])
        self._begin = lambda situation: script(body, situation)
        self._script: Script | None = None
        self._target = self.start.copy()
        self._rows: list[np.ndarray] = []
        self._random = np.random.default_rng([seed, 1])
        self._noise = noise
        self._over = False

    @property
    def over(self) -> bool:
        """Whether nothing is left to do: targets stay what they are."""
        return self._over and not self._rows

    def qpos(self, state: SceneState) -> Float[np.ndarray, " D"]:
        """Where every joint is to be 0.05 s from now; asked for once every 0.05 s.

        Args:
            state: Where things are now.

        Returns:
            The whole qpos [rad, m], within limits and velocity limits.
        """
        if not self._rows and not self._over:
            self._decide(Situation(state, self._target.copy()))
        if self._rows:
            self._target = self._rows.pop(0)
        return self._target.copy()

    def _decide(self, situation: Situation) -> None:
        try:
            if self._script is None:
                self._script = self._begin(situation)
                plan = next(self._script)
            else:
                plan = self._script.send(situation)
        except StopIteration:
            self._over = True
            return
        self._rows = self._played(plan)

    def _played(self, plan: Plan) -> list[np.ndarray]:
        """The body's targets while one of its limbs does a plan."""
        columns = plan.limb.columns
        waypoints = loosened(plan.waypoints, self._noise, self._random)
        motion = plan.limb.motion(self._target[columns], waypoints)
        if motion.position_error > OFF:
            logger.warning(
                "%s %s: stays %.0f mm off a way that it should go. Can it reach all of the task from "
                "where its station has it?",
                plan.limb.arm.name,
                plan.limb.side,
                1e3 * motion.position_error,
            )
        rows = np.tile(self._target, (len(motion.qpos), 1))
        rows[:, columns] = motion.qpos
        return list(rows)


def demonstrator(
    task: Task | str,
    embodiment: Embodiment,
    seed: int,
    *,
    noise: float = 0.0,
    station: Station | None = None,
) -> Demonstrator:
    """Who does a task on a body.

    Args:
        task: The task, or its name.
        embodiment: The body; it needs an arm with a hand.
        seed: Of the noise; where things begin is the task's own `reset(seed)`.
        noise: Standard deviation of where loose waypoints are [m]; 0.01 varies, 0.03 is a lot.
        station: Where arms stand and how hands are mounted; the specs' own when left out.

    Raises:
        SpecError: No such task, none that has a script, no arm with a hand, or not both of them where
            the task needs both.
    """
    chosen = find_task(task) if isinstance(task, str) else task
    if chosen.name not in SCRIPTS:
        raise SpecError(
            f"{chosen.name}: nobody has written how it is done. There are scripts for "
            f"{', '.join(SCRIPTS)}; see xlvla_sdk/demonstrating/demonstrator.py."
        )
    if not noise >= 0.0:
        raise SpecError(f"{chosen.name}: noise of {noise:g} m is none. Give 0 or more.")
    body = limbs(embodiment, station)
    chosen.require(embodiment)
    return Demonstrator(SCRIPTS[chosen.name], embodiment, body, seed, noise)
