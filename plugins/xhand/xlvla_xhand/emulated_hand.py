"""EmulatedHand: motors, boards, fingertips and memory of an XHAND1 that is not there.

Source: structures and error numbers of the maker's headers 0.10.3
(yoimika/xhand_control_python@b61a82d). How torque grows and when a motor gives up is chosen.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from xlvla_sdk import ArmSpec, HandSpec, Side
from xlvla_sdk.testing import EmulatedJoints

IDLE, POSITION, FORCE = 0, 3, 5
TOO_HOT, WRONG_MODE, OUT_OF_RANGE, OVER_CURRENT = 28, 29, 30, 35
HOTTEST = 80
"""Where a motor gives up [deg C]; a choice."""
STALLED_S = 1.0
"""How long a motor pushes at its torque limit before it counts as over-current [s]; a choice."""
COUNTS_PER_RAD = 20.0
"""Torque a unit of gain gives for an error [counts/rad]; a choice."""
TIPS = {2: 0, 5: 1, 7: 2, 9: 3, 11: 4}
"""The joints whose board has a fingertip's, and which."""
SIDE, SERIAL, ID, NAME, SILENT, SIZE = 20, 21, 53, 54, 206, 256


class EmulatedHand:
    """The hand itself, without its wire.

    A joint moves in modes 3 and 5 when it has gain and torque; else it stays where it is, limp.

    Args:
        spec: Which side.

    Attributes:
        joints: Its motors [rad].
        number: Its id on the line.
        modes: What each motor does.
        temperatures: Of the motors [deg C]; one above `HOTTEST` sets its error, and lets go.
        errors: (12, 3) error numbers of palm board, joint's board and fingertip's board.
        torques: What each motor gives [counts].
        pressed: (5, 120, 3) forces on the touch cells [counts].
        firmware: The boards' version.
    """

    def __init__(self, spec: HandSpec | ArmSpec) -> None:
        lower, upper = spec.limits
        start = np.clip(np.zeros(12), lower, upper) + 0.1 * (upper - lower)
        self.joints = EmulatedJoints(lower, upper, spec.velocity_limits, start)
        self.modes = [IDLE] * 12
        self.temperatures = [31] * 12
        self.errors = np.zeros((12, 3), int)
        self.torques = np.zeros(12, int)
        self.pressed = np.zeros((5, 120, 3), int)
        self.firmware = "1.4.2"
        self._zero = np.zeros((5, 120, 3), int)
        self._torque_limits = np.zeros(12, int)
        self._gains = np.zeros(12)
        self._targets = np.zeros(12)
        self._pushing_since: list[float | None] = [None] * 12
        letter = "L" if spec.side is Side.LEFT else "R"
        self._memory = bytearray(SIZE)
        self._memory[SIDE] = ord(letter)
        self.remember(SERIAL, f"XH1{letter}EMULATED0001".encode())
        self.remember(NAME, b"emulated")

    @property
    def number(self) -> int:
        """Its id, which stands in its memory."""
        return self._memory[ID]

    @number.setter
    def number(self, number: int) -> None:
        self._memory[ID] = number

    @property
    def silent(self) -> bool:
        """Whether it keeps its states to itself; what the flag does is not documented."""
        return self._memory[SILENT] != 0

    @silent.setter
    def silent(self, flag: bool) -> None:
        self._memory[SILENT] = flag

    def command(self, payload: bytes, now: float) -> None:
        """Takes twelve records of 24 bytes."""
        self._give_up(now)
        wanted = np.full(12, math.nan)
        for joint in range(12):
            number, kp, _ki, _kd, position, limit, mode = struct.unpack_from(
                "<HhhhfHH", payload, 24 * joint
            )
            if number == joint:
                wanted[joint] = self._take(joint, kp, position, limit, mode)
        self.joints.halt(now)  # who is told nothing stays
        self.joints.command(wanted, now)

    def state(self, now: float) -> bytes:
        """Twelve records of joints, five of fingertips."""
        self._give_up(now)
        position = self.joints.position(now)
        joints = b"".join(self._joint(joint, position[joint]) for joint in range(12))
        return joints + b"".join(map(_fingertip, self.pressed - self._zero))

    def zero_touch(self, finger: int) -> None:
        """What a fingertip feels is its zero from now on."""
        self._zero[finger] = self.pressed[finger]

    def version(self, board: int) -> bytes:
        """Sixteen bytes of text."""
        kind = "joint" if board < 12 else "palm"
        return f"{kind} {self.firmware}".encode().ljust(16, b"\0")

    def memory(self, begin: int, length: int) -> bytes:
        """Some of its memory; zeros beyond it."""
        return bytes(self._memory[begin : begin + length]).ljust(length, b"\0")

    def remember(self, begin: int, data: bytes) -> None:
        """Writes to its memory; nothing beyond it."""
        data = data[: max(0, SIZE - begin)]
        self._memory[begin : begin + len(data)] = data

    def reboot(self, now: float) -> None:
        """Limp, without errors; what it measures and who it is stay."""
        self.joints.halt(now)
        self.modes = [IDLE] * 12
        self.errors[:] = 0
        self.torques[:] = 0
        self._pushing_since = [None] * 12
        self.silent = False

    def _take(self, joint: int, kp: int, position: float, limit: int, mode: int) -> float:
        """What a joint goes for; NaN when it does not move."""
        if mode not in (IDLE, POSITION, FORCE):
            self.errors[joint, 1] = WRONG_MODE
            return math.nan
        gave_up = self.errors[joint, 1] in (TOO_HOT, OVER_CURRENT)
        self.modes[joint] = IDLE if gave_up else mode
        self._torque_limits[joint], self._gains[joint] = limit, max(kp, 0)
        if self.modes[joint] == IDLE or kp <= 0 or limit == 0:
            return math.nan
        self._targets[joint] = position
        if not self.joints.lower[joint] <= position <= self.joints.upper[joint]:
            self.errors[joint, 1] = OUT_OF_RANGE
        return position

    def _give_up(self, now: float) -> None:
        """Torques of now; lets go of the motors that are too hot, or stalled for too long."""
        gap = np.abs(self._targets - self.joints.position(now))
        driven = np.array(self.modes) != IDLE
        torque = np.minimum(self._gains * COUNTS_PER_RAD * gap, self._torque_limits)
        self.torques = np.where(driven, torque, 0.0).astype(int)
        for joint in range(12):
            if self.temperatures[joint] > HOTTEST:
                self.fail(joint, TOO_HOT, now)
            if self._stalled(joint, now):
                self.fail(joint, OVER_CURRENT, now)

    def _stalled(self, joint: int, now: float) -> bool:
        pushes = self.modes[joint] != IDLE and self.torques[joint] >= self._torque_limits[joint] > 0
        if not (pushes and joint in self.joints.stuck):
            self._pushing_since[joint] = None
            return False
        since = self._pushing_since[joint]
        if since is None:
            self._pushing_since[joint] = since = now
        return now - since >= STALLED_S

    def fail(self, joint: int, error: int, now: float) -> None:
        """A motor's error: it lets go."""
        self.errors[joint, 1] = error
        self.modes[joint] = IDLE
        self.torques[joint] = 0
        limp = np.full(12, math.nan)
        limp[joint] = self.joints.position(now)[joint]
        self.joints.command(limp, now)

    def _joint(self, joint: int, position: float) -> bytes:
        span = self.joints.upper[joint] - self.joints.lower[joint]
        reading = int(4095 * min(max((position - self.joints.lower[joint]) / span, 0.0), 1.0))
        return struct.pack(
            "<BBfHHHHHHHHH",
            joint,
            TIPS.get(joint, 0xFF),
            position,
            self.torques[joint],
            self.modes[joint] | reading << 4,
            self.temperatures[joint],
            *self.errors[joint],
            0,
            0,
            0,
        )


def _fingertip(cells: np.ndarray) -> bytes:
    """384 bytes: the resulting force, the cells, 20 temperatures, their mean."""
    forces = np.concatenate([cells.sum(axis=0, keepdims=True), cells])
    forces = forces.clip([-128, -128, 0], [127, 127, 255]) & 0xFF
    return bytes(forces.astype(np.uint8).ravel()) + bytes([29] * 21)
