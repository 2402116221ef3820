"""A hand on an xArm 7 closes on a can that stands on a plinth, and lifts it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from tests.registered import embodiment
from xlvla_sdk.kinematics.arm import arm_kinematics
from xlvla_sdk.kinematics.ik import solve, solve_anywhere
from xlvla_sdk.sim import Simulation, World, build_world
from xlvla_sdk.sim.scene import FURNITURE, Scene
from xlvla_sdk.sim.shapes import Primitive
from xlvla_sdk.sim.thing import Thing, standing
from xlvla_sdk.sim.things import CAN_HEIGHT, can
from xlvla_sdk.specs import HandSpec, placed_sides

X, Y, PLINTH = 0.15, -0.2, 0.2
"""Where the can stands, and how high [m]: the arm's wrist clears the table."""
DT = 0.02
LIFT = 0.15
"""How far the arm goes up [m]."""
FORWARD = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""The palm frame of a right hand that reaches for a glass: fingers along x, palm towards y."""
OPPOSED = {
    "ability": ((0.055, 0.105), {"thumb_q1": -1.5, "thumb_q2": 0.0}),
    "inspire": (
        (0.055, 0.150),
        {"thumb_proximal_yaw_joint": 1.25, "thumb_proximal_pitch_joint": 0.0},
    ),
    "xhand": (
        (0.065, 0.125),
        {"right_hand_thumb_bend_joint": 1.4, "right_hand_thumb_rota_joint1": 0.0},
    ),
    "paxini": (
        (0.055, 0.140),
        {"right_thumb_joint_0": -0.2, "right_thumb_joint_1": 1.4},
    ),
}
"""For each hand where the can's axis is before its palm (x, z) [m], and a thumb that opposes."""


@dataclass(frozen=True)
class Lifted:
    """What a can did, in metres: how it rose with the hand, and moved in a second held there."""

    rose: float
    moved: float
    touches_robot_alone: bool


def can_world(hand: str) -> World:
    """The robot, the table, the can on its plinth."""
    block = Primitive("box", standing(0.0, 0.0, z=PLINTH / 2.0), (0.08, 0.08, PLINTH))
    plinth = Thing("plinth", (block,), T_task_thing=standing(X, Y), fixed=True)
    scene = Scene("can on a plinth", (*FURNITURE, plinth, can()))
    return build_world(embodiment(f"xarm7+{hand}:right"), scene=scene)


def lift(world: World, hand: str, offset: Float[np.ndarray, "3"], yaw: float) -> Lifted:
    """Closes, goes up, stays for half a second and then one more.

    Args:
        world: See can_world.
        hand: Its hand.
        offset: Of the can before the palm from where it is best held (x, y, z) [m].
        yaw: The hand comes from this direction about the vertical [rad].
    """
    _, spec = world.embodiment.parts
    assert isinstance(spec, HandSpec)
    (before, along), thumb = OPPOSED[hand]
    T_task_palm = np.eye(4)
    cosine, sine = np.cos(yaw), np.sin(yaw)
    turn = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    T_task_palm[:3, :3] = turn @ FORWARD
    held = np.array([before, 0.0, along]) + offset
    T_task_palm[:3, 3] = (X, Y, PLINTH + CAN_HEIGHT / 2.0) - T_task_palm[:3, :3] @ held
    opened = spec.posture("open").copy()
    for joint, angle in thumb.items():
        opened[spec.joints.index(joint)] = angle
    simulation = Simulation(world)
    simulation.reset({"can": standing(X, Y, z=PLINTH)})
    grasp = _Grasp(simulation, T_task_palm)
    world.place(simulation.data, np.concatenate([grasp.arm, opened]))
    for part in np.linspace(0.0, 1.0, 50):
        grasp.step(opened + part * (spec.posture("fist") - opened))
    before_z = simulation.state["can"].position[2]
    for _ in range(75):
        grasp.rise(LIFT / 75)
        grasp.step()
    for _ in range(25):
        grasp.step()
    up = simulation.state["can"].position.copy()
    for _ in range(50):
        grasp.step()
    end = simulation.state["can"]
    moved = float(np.linalg.norm(end.position - up))
    return Lifted(float(up[2] - before_z), moved, end.touches == {"robot"})


class _Grasp:
    """The arm's and the hand's drivers, and where the palm is to be."""

    def __init__(self, simulation: Simulation, T_task_palm: Float[np.ndarray, "4 4"]) -> None:
        self.simulation = simulation
        self.drivers = simulation.drivers
        for driver in self.drivers:
            driver.open()
        (self.placed,) = placed_sides(simulation.world.embodiment)
        arm, hand = self.placed.body.arm, self.placed.body.hand
        assert arm is not None
        assert hand is not None
        self.kinematics = arm_kinematics(arm)
        self.T_flange_palm = self.placed.T_flange_wrist @ hand.T_wrist_palm
        self.T_task_palm = T_task_palm.copy()
        reached = solve_anywhere(self.kinematics, self._flange(), 20, 0)
        assert reached.reached, "the arm reaches the can"
        self.arm = reached.qpos

    def rise(self, by: float) -> None:
        """Takes the palm up [m]."""
        self.T_task_palm[2, 3] += by
        self.arm = solve(self.kinematics, self._flange(), self.arm).qpos

    def step(self, fingers: np.ndarray | None = None) -> None:
        """One command to the arm, one to the hand where its fingers move, and their time."""
        self.drivers[0].command(self.arm)
        if fingers is not None:
            self.drivers[1].command(fingers)
        self.simulation.advance(DT)

    def _flange(self) -> np.ndarray:
        T_base_task = np.linalg.inv(self.placed.T_task_base)
        return T_base_task @ self.T_task_palm @ np.linalg.inv(self.T_flange_palm)
