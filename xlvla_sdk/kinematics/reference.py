"""pytorch_kinematics as the reference: an independent reader of the same URDF.

The only module that imports it. It ignores <mimic>, so the joints that follow are filled in here.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import torch
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.screws import HandKinematics, joint_drives
from xlvla_sdk.specs import HandSpec

PLACES = ("parent", "child", "origin", "axis")
"""What of a joint says where things are."""
TOLERANCE = 1e-6
"""How far our tips and the reference's may differ [m]."""


def reference_tips(
    spec: HandSpec, qpos: Float[np.ndarray, "batch D"]
) -> Float[np.ndarray, "batch F 3"]:
    """Fingertips in the palm frame [m] by pytorch_kinematics, in the order of `spec.fingers`."""
    # It logs an error and prints for what it does not know, such as a mesh or a transmission.
    logging.getLogger("pytorch_kinematics").setLevel(logging.CRITICAL)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        without_mujoco(),
    ):
        import pytorch_kinematics

        chain = pytorch_kinematics.build_chain_from_urdf(kinematics_alone(spec.urdf.read_bytes()))
        chain = chain.to(dtype=torch.float64)
    drives = joint_drives(spec.model, spec.joints)
    columns = []
    for name in chain.get_joint_parameter_names():
        column, multiplier, offset = drives.get(name, (0, 0.0, 0.0))
        columns.append(multiplier * qpos[:, column] + offset)
    poses = chain.forward_kinematics(torch.tensor(np.stack(columns, axis=1)))
    T_wrist = poses[spec.wrist_link].get_matrix().numpy()
    if len(T_wrist) == 1:
        T_wrist = np.repeat(T_wrist, len(qpos), axis=0)
    T_palm = np.linalg.inv(T_wrist @ spec.T_wrist_palm)
    tips = [
        (T_palm @ poses[spec.tip_links[finger]].get_matrix().numpy())[:, :3, 3]
        for finger in spec.fingers
    ]
    return np.stack(tips, axis=1)


def kinematics_alone(urdf: bytes) -> bytes:
    """A URDF with nothing but links and joints, each number of a joint's place as it is written.

    The reference refuses files for what kinematics does not need: a <limit> without a velocity.
    """
    robot = ElementTree.fromstring(urdf)
    for element in list(robot):
        if element.tag == "link":
            element[:] = []
        elif element.tag == "joint":
            element[:] = [part for part in element if part.tag in PLACES]
            element.append(ElementTree.Element("limit", effort="0", velocity="0"))
        else:
            robot.remove(element)
    return ElementTree.tostring(robot)


@contextlib.contextmanager
def without_mujoco() -> Iterator[None]:
    """pytorch_kinematics imports MuJoCo where there is one, for files that are not read here.

    MuJoCo takes its OpenGL platform from the environment while it is imported, once for the process,
    and only `xlvla_sdk.sim` knows one that works.
    """
    if "mujoco" in sys.modules:
        yield
        return
    sys.modules["mujoco"] = None  # pyright: ignore[reportArgumentType]  (its import fails then)
    try:
        yield
    finally:
        del sys.modules["mujoco"]


def check_against_reference(spec: HandSpec, kinematics: HandKinematics, count: int = 64) -> None:
    """Raises SpecError when another reader of the URDF puts a tip elsewhere.

    Args:
        spec: The hand.
        kinematics: What we read of it, in its own palm frame.
        count: Random postures compared.
    """
    qpos = np.random.default_rng(0).uniform(*spec.limits, size=(count, len(spec.joints)))
    apart = np.abs(reference_tips(spec, qpos) - kinematics.tips(qpos)).max(axis=(0, 2))
    worst = int(apart.argmax())
    if apart[worst] > TOLERANCE:
        raise SpecError(
            f"{spec.id}: pytorch_kinematics puts the {spec.fingers[worst]} tip "
            f"{apart[worst] * 1000:.3f} mm from where we do. The URDF says something that is read "
            "in two ways; simplify its origins and axes."
        )
