"""The tasks that ship, one file each, by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.task import Task
from xlvla_sdk.sim.tasks.arrange_boxes import ARRANGE_BOXES
from xlvla_sdk.sim.tasks.cans_in_container import CANS_IN_CONTAINER
from xlvla_sdk.sim.tasks.hand_over_bottle import HAND_OVER_BOTTLE
from xlvla_sdk.sim.tasks.lemons_in_bowl import LEMONS_IN_BOWL
from xlvla_sdk.sim.tasks.place_box import PLACE_BOX
from xlvla_sdk.sim.tasks.pour_sauce import POUR_SAUCE
from xlvla_sdk.sim.tasks.pour_sugar import POUR_SUGAR
from xlvla_sdk.sim.tasks.prepare_fruits import PREPARE_FRUITS
from xlvla_sdk.sim.tasks.push_boxes import PUSH_BOXES
from xlvla_sdk.sim.tasks.push_cans import PUSH_CANS
from xlvla_sdk.sim.tasks.sort_cans import SORT_CANS
from xlvla_sdk.sim.tasks.stack_cans import STACK_CANS

TASKS: Mapping[str, Task] = {
    task.name: task
    for task in (
        PUSH_CANS,
        CANS_IN_CONTAINER,
        PLACE_BOX,
        PUSH_BOXES,
        STACK_CANS,
        SORT_CANS,
        PREPARE_FRUITS,
        LEMONS_IN_BOWL,
        ARRANGE_BOXES,
        POUR_SUGAR,
        POUR_SAUCE,
        HAND_OVER_BOTTLE,
    )
}


def find_task(name: str) -> Task:
    """The task of this name; SpecError naming the nearest when there is none."""
    if name in TASKS:
        return TASKS[name]
    near = get_close_matches(name, TASKS, 1, 0.4)
    raise SpecError(
        f"no task is called '{name}'. {f'Did you mean {near[0]!r}? ' if near else ''}"
        f"There are: {', '.join(TASKS)}."
    )
