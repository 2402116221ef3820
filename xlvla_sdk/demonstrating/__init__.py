"""Scripted demonstrations: the simulated tasks done by what a simulation knows, on any arm with a hand.

    body = registry().embodiment("xarm7+xhand:right")
    task = find_task("push-cans")
    simulation = Simulation(build_world(body, scene=task.scene))
    simulation.reset(task.reset(seed))
    rows: list[Instant] = []
    result = demonstrate(demonstrator(task, body, seed, noise=0.01), task, simulation, rows.append)
    result.success  # the task's own judge says so, never the script

`demonstrator(task, embodiment, seed, noise=, station=)` makes a `Demonstrator` for one episode. It has
`start` (the whole qpos it begins at, a simulation's own), `qpos(state) -> target` (asked once every
`DT` = 0.05 s with the scene's state; where every joint is to be one DT later, within limits and velocity
limits), and `over` (nothing left to do). `demonstrate(...)` plays it through the same checked drivers as
any policy and tells `note` of every row as an `Instant`: `time_s`, measured `qpos`, `target` (the
action), `state`. While `note` runs, `simulation.data` is the full physics state of that row.
The same task, body, seed, noise and disturbance give the same rows, bit for bit.
"""

from xlvla_sdk.demonstrating.demonstration import Demonstration, Instant, Mover, demonstrate
from xlvla_sdk.demonstrating.demonstrator import Demonstrator, demonstrator
from xlvla_sdk.demonstrating.disturbance import Disturbance
from xlvla_sdk.demonstrating.waypoint import DT

__all__ = [
    "DT",
    "Demonstration",
    "Demonstrator",
    "Disturbance",
    "Instant",
    "Mover",
    "demonstrate",
    "demonstrator",
]
