"""Episodes that a task's script plays: what a body could do at all, before a policy is asked of it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.policy_cells import Judged
from bench.policy_layouts import body_name
from xlvla_sdk.demonstrating import demonstrate, demonstrator
from xlvla_sdk.leaving import heed
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import Simulation, build_world
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.specs import Station


def scripted(
    name: str, hand: str, seeds: Sequence[int], station: Station | None = None
) -> list[Judged]:
    """A task's seeds on a pool's hand, done by its script, without noise."""
    task, body = find_task(name), registry().embodiment(body_name(name, hand))
    world = build_world(body, station, task.scene)
    found = []
    for seed in seeds:
        heed()
        simulation = Simulation(world)
        simulation.reset(task.reset(seed))
        who = demonstrator(task, body, seed, station=station)
        done = demonstrate(who, task, simulation).success
        found.append(Judged(name, hand, "script", seed, done, "" if done else "not done"))
    return found
