"""HandReply: what the XHAND1 answers a command with, and what it means.

The same 2208 bytes come over RS485 and out of the maker's package.

Source: `FingerState_t` and `SenserData_t` of the maker's headers 0.10.3
(yoimika/xhand_control_python@b61a82d).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from xlvla_sdk.errors import DriverError
from xlvla_xhand import FINGERS
from xlvla_xhand.frames import JOINTS, LONGEST, Mode
from xlvla_xhand.words import in_words, is_alarm

CELLS = 120
"""Touch cells of a fingertip, each with a force in three directions."""
BOARDS = ("palm board", "joint's board", "fingertip's board")
JOINT = np.dtype(
    [
        ("id", "u1"),
        ("sensor", "u1"),
        ("position", "<f4"),  # [rad]
        ("torque", "<u2"),
        ("raw_position", "<u2"),  # bits 0 to 3 are the mode, the others the position sensor's
        ("temperature", "<u2"),  # the low byte is [deg C]
        ("errors", "<u2", 3),
        ("reserved", "<u2", 3),
    ]
)
SENSOR = np.dtype(
    [
        ("force", "u1", 3),
        ("cells", "u1", (CELLS, 3)),
        ("temperatures", "u1", 20),
        ("temperature", "u1"),
    ]
)
HAND = np.dtype([("joints", JOINT, JOINTS), ("sensors", SENSOR, 5)])


@dataclass(frozen=True)
class HandReply:
    """One answer, joints in the hand's numbers, which are the URDF's order.

    Attributes:
        position: Measured positions [rad].
        torque: Measured torques in the hand's counts; their N m are not published.
        mode: What each motor does, a `Mode`.
        raw_position: Readings of the position sensors, 12 bits.
        temperature: Motor temperatures [deg C].
        errors: (12, 3) error numbers of palm board, joint's board and fingertip's board.
        force: (5, 3) resulting forces x, y, z of the fingertips, thumb to pinky, in the sensor's
            counts; their newtons are not published.
        cells: (5, 120, 3) forces of the single cells, in counts.
        tip_temperature: Temperatures of the fingertips [deg C].
    """

    position: np.ndarray
    torque: np.ndarray
    mode: np.ndarray
    raw_position: np.ndarray
    temperature: np.ndarray
    errors: np.ndarray
    force: np.ndarray
    cells: np.ndarray
    tip_temperature: np.ndarray

    @property
    def touch(self) -> Mapping[str, np.ndarray]:
        """`<finger>_tip`: the resulting force (3,); `<finger>_cells`: (120, 3); counts."""
        places = {f"{finger}_tip": self.force[at] for at, finger in enumerate(FINGERS)}
        cells = {f"{finger}_cells": self.cells[at] for at, finger in enumerate(FINGERS)}
        return MappingProxyType({**places, **cells})

    def faults(self, joints: Sequence[str], boards: Sequence[int] = (0, 1, 2)) -> tuple[str, ...]:
        """What the boards say is wrong, in words.

        Args:
            joints: The joints' names.
            boards: Whose words count, by their place in `errors`.
        """
        return tuple(
            f"{joints[joint]}: {BOARDS[board]}: {in_words(int(self.errors[joint, board]))}"
            for joint, board in np.argwhere(self.errors)
            if board in boards
        )

    def alarms(self, joints: Sequence[str], boards: Sequence[int]) -> tuple[str, ...]:
        """Those of the faults with which a joint must not be moved on."""
        grave = replace(self, errors=np.where(is_alarm(self.errors), self.errors, 0))
        return grave.faults(joints, boards)

    def limp(self, joints: Sequence[str]) -> tuple[str, ...]:
        """The joints that are powerless, in words."""
        return tuple(
            f"{joints[joint]}: powerless though it was told to move; the hand may have restarted"
            for joint in np.flatnonzero(self.mode == Mode.POWERLESS)
        )


def decode(data: bytes, who: str) -> HandReply:
    """What the data of a state hold.

    Args:
        data: 2208 bytes.
        who: The device, for messages.

    Raises:
        DriverError: Another length, joints in another order, or a position that is no number.
    """
    if len(data) != LONGEST:
        raise DriverError(
            f"{who}: its state has {len(data)} bytes, known is one of {LONGEST}. "
            "Check that this is an XHAND1, and its firmware with the maker's program."
        )
    hand = np.frombuffer(data, HAND)[0]
    joints, sensors = hand["joints"], hand["sensors"]
    if (joints["id"] != np.arange(JOINTS)).any() or not np.isfinite(joints["position"]).all():
        raise DriverError(
            f"{who}: its state is not one of joints 0 to 11 with a number for each position. "
            "Switch the hand off and on."
        )
    return HandReply(
        position=joints["position"].astype(float),
        torque=joints["torque"].astype(int),
        mode=joints["raw_position"] & 0xF,
        raw_position=joints["raw_position"] >> 4,
        temperature=(joints["temperature"] & 0xFF).astype(float),
        errors=joints["errors"].astype(int),
        force=_signed(sensors["force"]),
        cells=_signed(sensors["cells"]),
        tip_temperature=sensors["temperature"].astype(float),
    )


def _signed(forces: np.ndarray) -> np.ndarray:
    """Forces x and y are signed, z is not: a fingertip can only be pressed."""
    values = forces.astype(float)
    values[..., :2] = forces[..., :2].view(np.int8)
    return values
