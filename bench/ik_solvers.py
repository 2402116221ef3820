"""Solvers of inverse kinematics to compare with: each takes poses and seeds, and gives postures.

Each is used as its makers show it, told to stop at a tenth of a millimetre: a task for the flange, full steps, joint
limits. One that is not installed says so and is left out.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.kinematics import ArmKinematics, arm_kinematics
from xlvla_sdk.kinematics.ik import solve
from xlvla_sdk.specs import ArmSpec

STEPS = 40
"""At most, as many as ours."""
POSITION, ROTATION = 1e-4, 1e-3
"""Where the others stop [m, rad]: well within what counts as reached."""


class Solver(ABC):
    """One way to solve; `name` is its row in the tables."""

    name: str

    @abstractmethod
    def solve(self, T: np.ndarray, seed: np.ndarray) -> np.ndarray:
        """Postures (n, D) for poses (n, 4, 4), each begun at its seed (n, D)."""


class Ours(Solver):
    """All poses at once, or one after the other."""

    def __init__(self, spec: ArmSpec, at_once: bool) -> None:
        self.arm = arm_kinematics(spec)
        self.at_once = at_once
        self.name = "xlvla_sdk, together" if at_once else "xlvla_sdk, one by one"

    def solve(self, T: np.ndarray, seed: np.ndarray) -> np.ndarray:
        if self.at_once:
            return solve(self.arm, T, seed).qpos
        return np.array([solve(self.arm, *pair).qpos for pair in zip(T, seed, strict=True)])


class OneByOne(Solver):
    """A solver whose library takes one pose at a time."""

    def solve(self, T: np.ndarray, seed: np.ndarray) -> np.ndarray:
        return np.array([self.one(*pair) for pair in zip(T, seed, strict=True)])

    @abstractmethod
    def one(self, T: np.ndarray, seed: np.ndarray) -> np.ndarray:
        """A posture (D,) for a pose (4, 4)."""


class Pink(OneByOne):
    """pin-pink: a quadratic program a step (daqp), over Pinocchio's kinematics."""

    def __init__(self, spec: ArmSpec, folder: Path) -> None:
        self.pink, self.pin = import_module("pink"), import_module("pinocchio")
        self.name = f"pin-pink {version('pin-pink')}"
        self.model = self.pin.buildModelFromUrdf(str(alone(spec, folder)))
        self.data = self.model.createData()
        self.limits = [self.pink.limits.ConfigurationLimit(self.model, config_limit_gain=1.0)]
        self.task = self.pink.FrameTask(
            spec.flange_link, position_cost=1.0, orientation_cost=0.1, lm_damping=1e-3
        )

    def one(self, T: np.ndarray, seed: np.ndarray) -> np.ndarray:
        self.task.set_target(self.pin.SE3(T))
        configuration = self.pink.Configuration(self.model, self.data, seed)
        for _ in range(STEPS):
            error = self.task.compute_error(configuration)
            if small(error):
                break
            velocity = self.pink.solve_ik(
                configuration, [self.task], 1.0, solver="daqp", limits=self.limits, damping=1e-9
            )
            configuration.integrate_inplace(velocity, 1.0)
        return np.clip(
            configuration.q, self.model.lowerPositionLimit, self.model.upperPositionLimit
        )


class Mink(OneByOne):
    """mink: the same program (daqp), over MuJoCo's kinematics."""

    def __init__(self, spec: ArmSpec, folder: Path) -> None:
        self.mink, mujoco = import_module("mink"), import_module("mujoco")
        self.name = f"mink {version('mink')}"
        self.model = mujoco.MjModel.from_xml_path(str(alone(spec, folder, for_mujoco=True)))
        self.configuration = self.mink.Configuration(self.model)
        self.limits = [self.mink.ConfigurationLimit(self.model, gain=1.0)]
        self.task = self.mink.FrameTask(
            spec.flange_link, "body", position_cost=1.0, orientation_cost=0.1, lm_damping=1e-3
        )

    def one(self, T: np.ndarray, seed: np.ndarray) -> np.ndarray:
        self.task.set_target(self.mink.SE3.from_matrix(T))
        self.configuration.update(seed)
        for _ in range(STEPS):
            if small(self.task.compute_error(self.configuration)):
                break
            velocity = self.mink.solve_ik(
                self.configuration, [self.task], 1.0, "daqp", damping=1e-9, limits=self.limits
            )
            self.configuration.integrate_inplace(velocity, 1.0)
        return np.clip(self.configuration.q, *self.model.jnt_range.T)


class PytorchKinematics(OneByOne):
    """pytorch_kinematics' PseudoInverseIK, one try from the seed."""

    def __init__(self, spec: ArmSpec, folder: Path) -> None:
        self.pk, self.torch = import_module("pytorch_kinematics"), import_module("torch")
        self.torch.set_num_threads(1)
        self.name = f"pytorch_kinematics {version('pytorch_kinematics')}"
        text = alone(spec, folder).read_bytes()
        chain = self.pk.build_serial_chain_from_urdf(text, spec.flange_link)
        self.chain = chain.to(dtype=self.torch.float64)
        self.limits = self.torch.tensor(np.array(spec.limits).T)

    def one(self, T: np.ndarray, seed: np.ndarray) -> np.ndarray:
        solver = self.pk.PseudoInverseIK(
            self.chain,
            max_iterations=STEPS,
            retry_configs=self.torch.tensor(seed[None]),
            joint_limits=self.limits,
            pos_tolerance=POSITION,
            rot_tolerance=ROTATION,
            regularlization=1e-6,
            lr=1.0,
        )
        goal = self.pk.Transform3d(matrix=self.torch.tensor(T[None]))
        qpos = solver.solve(goal).solutions[0, 0].numpy()
        return np.clip(qpos, *self.limits.numpy().T)


def solvers(spec: ArmSpec, folder: Path) -> Iterator[Solver]:
    """Ours, and those that are installed; the others are named."""
    yield Ours(spec, at_once=True)
    yield Ours(spec, at_once=False)
    kinds: list[Any] = [Pink, Mink, PytorchKinematics]
    for kind in kinds:
        try:
            yield kind(spec, folder)
        except ImportError as error:
            print(f"SKIPPED {kind.__name__}: {error}. `pip install 'xlvla-sdk[compare]'` has it.")


def small(error: np.ndarray) -> bool:
    """Whether a pose's error, three of position and three of rotation, ends the search."""
    return bool(np.linalg.norm(error[:3]) < POSITION and np.linalg.norm(error[3:]) < ROTATION)


def errors(arm: ArmKinematics, T: np.ndarray, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far postures are from poses [mm, degrees]; one that leaves the limits counts as nowhere."""
    flange = arm.fk(qpos)
    far = 1e3 * np.linalg.norm(flange[:, :3, 3] - T[:, :3, 3], axis=1)
    # The chord is exact where the angle is small; the cosine is not.
    chord = np.linalg.norm(flange[:, :3, :3] - T[:, :3, :3], axis=(1, 2)) / np.sqrt(8.0)
    turn = np.degrees(2.0 * np.arcsin(np.minimum(chord, 1.0)))
    outside = ((qpos < arm.lower - 1e-9) | (qpos > arm.upper + 1e-9)).any(axis=1)
    return np.where(outside, np.inf, far), np.where(outside, np.inf, turn)


def alone(spec: ArmSpec, folder: Path, for_mujoco: bool = False) -> Path:
    """The URDF with nothing in it but the way from base to flange, written into `folder`."""
    robot = ET.fromstring(Path(str(spec.urdf)).read_bytes())
    way = spec.model.path(spec.base_link, spec.flange_link)
    joints, links = {j.name for j in way}, {spec.base_link, *(j.child for j in way)}
    for part in list(robot):
        kept = joints if part.tag == "joint" else links if part.tag == "link" else ()
        if part.get("name") not in kept:
            robot.remove(part)
    for link in robot.findall("link"):
        for shape in [*link.findall("visual"), *link.findall("collision")]:
            link.remove(shape)
    if for_mujoco:
        extension = ET.SubElement(robot, "mujoco")
        ET.SubElement(extension, "compiler", fusestatic="false", balanceinertia="true")
    path = folder / f"{spec.id.replace(':', '_')}{'_mujoco' if for_mujoco else ''}.urdf"
    path.write_bytes(ET.tostring(robot))
    return path
