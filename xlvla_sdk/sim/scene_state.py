"""What a scene looks like at one moment: where its things are, how they move, what they touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.grains import Grains
from xlvla_sdk.sim.scene import Scene
from xlvla_sdk.sim.thing import PREFIX
from xlvla_sdk.specs import Side

ROBOT = "robot"
"""What a thing touches when it touches any link of the robot."""


@dataclass(frozen=True)
class ThingState:
    """One thing at one moment.

    Attributes:
        T_task_thing: Its pose; see Thing for its frame.
        velocity: Of its origin, in the task frame [m/s].
        angular_velocity: In the task frame [rad/s].
        touches: Names of the things it touches, and `robot`.
        hands: Sides of the hands that touch it; an arm's links are the `robot` alone.
    """

    T_task_thing: Float[np.ndarray, "4 4"]
    velocity: Float[np.ndarray, "3"]
    angular_velocity: Float[np.ndarray, "3"]
    touches: frozenset[str] = frozenset()
    hands: frozenset[Side] = frozenset()

    @property
    def position(self) -> Float[np.ndarray, "3"]:
        """The middle of its underside, in the task frame [m]."""
        return self.T_task_thing[:3, 3]

    @property
    def row(self) -> Float[np.ndarray, "9"]:
        """Its position [m], then the first and the second column of its rotation, in the task frame."""
        T = self.T_task_thing
        return np.concatenate([T[:3, 3], T[:3, 0], T[:3, 1]])

    @property
    def tilt(self) -> float:
        """How far it leans from how it stands [rad]."""
        return float(np.arccos(np.clip(self.T_task_thing[2, 2], -1.0, 1.0)))

    def rests(self, speed: float = 0.01, turning: float = 0.1) -> bool:
        """Whether it moves slower than `speed` [m/s] and `turning` [rad/s]."""
        slow = float(np.linalg.norm(self.velocity)) < speed
        return slow and float(np.linalg.norm(self.angular_velocity)) < turning


@dataclass(frozen=True, eq=False)
class GrainsState:
    """All grains of one name at one moment.

    Attributes:
        positions: Of their middles, in the task frame [m].
        velocities: In the task frame [m/s].
        touches: For each, the names of what it touches: things, grains (its own name as well), `robot`.
    """

    positions: Float[np.ndarray, "N 3"]
    velocities: Float[np.ndarray, "N 3"]
    touches: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class SceneState:
    """The loose things of a scene by name.

    Attributes:
        time_s: When, in simulated seconds.
        things: Every thing that is not fixed: what policies may be told.
        grains: What is poured, by its name: for the task's judge alone.
    """

    time_s: float
    things: Mapping[str, ThingState]
    grains: Mapping[str, GrainsState] = field(default_factory=dict)

    def __getitem__(self, name: str) -> ThingState:
        return self.things[name]


def scene_state(model: Any, data: Any, scene: Scene) -> SceneState:
    """The state of a scene in a running simulation, which it leaves as it is.

    Contacts are found anew from the positions: those that a simulation keeps are of the step
    before, and it keeps none between things that sleep.

    Args:
        model: MuJoCo's MjModel, with the scene in it.
        data: Its MjData.
        scene: What was added to the model.
    """
    mujoco = load_mujoco()
    awake = _awake(mujoco, model, data)
    touching, links = _touching(model, awake, _name), _touching(model, awake, _body)
    states = {}
    for thing in scene.loose:
        body = model.body(thing.id).id
        velocity = np.zeros(6)
        mujoco.mj_objectVelocity(model, awake, mujoco.mjtObj.mjOBJ_XBODY, body, velocity, 0)
        T = np.eye(4)
        T[:3, :3] = awake.xmat[body].reshape(3, 3)
        T[:3, 3] = awake.xpos[body]
        touches = frozenset(touching.get(body, set()))
        hands = frozenset(side for side in Side if _hand(side, links.get(body, ())))
        states[thing.name] = ThingState(T, velocity[3:], velocity[:3], touches, hands)
    grains = {some.name: _grains_state(model, awake, some, touching) for some in scene.grains}
    return SceneState(float(data.time), states, grains)


def _grains_state(
    model: Any, data: Any, grains: Grains, touching: Mapping[int, set[str]]
) -> GrainsState:
    numbers = range(len(grains.places))
    joints = [[data.joint(name) for name in grains.joints(number)] for number in numbers]
    return GrainsState(
        np.array([[joint.qpos[0] for joint in three] for three in joints]),
        np.array([[joint.qvel[0] for joint in three] for three in joints]),
        tuple(
            frozenset(touching.get(model.body(grains.body(number)).id, set())) for number in numbers
        ),
    )


def place_things(data: Any, scene: Scene, poses: Mapping[str, Float[np.ndarray, "4 4"]]) -> None:
    """Puts things elsewhere, at rest, at once; grains go with the thing that they begin in.

    Args:
        data: MuJoCo's MjData of a model with the scene in it; positions and velocities of the things named change.
        scene: What was added to the model.
        poses: T_task_thing by name.

    Raises:
        SpecError: When a thing is not in the scene, or is fixed.
    """
    mujoco = load_mujoco()
    for name, T in poses.items():
        joint = data.joint(scene.loose_thing(name).id)
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(T[:3, :3]).reshape(-1))
        joint.qpos[:3], joint.qpos[3:] = T[:3, 3], quaternion
        joint.qvel[:] = 0.0
    for grains in scene.grains:
        if grains.inside in poses:
            _place_grains(data, grains, poses[grains.inside])


def _place_grains(data: Any, grains: Grains, T: Float[np.ndarray, "4 4"]) -> None:
    for number, p in enumerate(grains.places @ T[:3, :3].T + T[:3, 3]):
        for name, value in zip(grains.joints(number), p, strict=True):
            joint = data.joint(name)
            joint.qpos[0], joint.qvel[0] = value, 0.0


def _awake(mujoco: Any, model: Any, data: Any) -> Any:
    """The same positions and velocities in an MjData in which nothing sleeps."""
    awake = mujoco.MjData(model)
    awake.qpos[:], awake.qvel[:] = data.qpos, data.qvel
    for step in (mujoco.mj_kinematics, mujoco.mj_comPos, mujoco.mj_comVel, mujoco.mj_collision):
        step(model, awake)
    return awake


def _hand(side: Side, links: Iterable[str]) -> bool:
    """Whether there is a link of this side's hand among bodies, as `trees` calls them."""
    return any(link.startswith(f"{side}_hand/") for link in links)


def _touching(model: Any, data: Any, called: Callable[[Any, int], str]) -> dict[int, set[str]]:
    """For each body, the names of what it touches."""
    touching: dict[int, set[str]] = {}
    for first, second in model.geom_bodyid[data.contact.geom].tolist() if data.ncon else ():
        touching.setdefault(first, set()).add(called(model, second))
        touching.setdefault(second, set()).add(called(model, first))
    return touching


def _body(model: Any, body: int) -> str:
    return model.body(body).name


def _name(model: Any, body: int) -> str:
    name = _body(model, body)
    # A grain's is `scene/sugar/7`: all of them have one name.
    return name.removeprefix(PREFIX).split("/")[0] if name.startswith(PREFIX) else ROBOT
