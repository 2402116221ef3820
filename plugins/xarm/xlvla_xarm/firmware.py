"""XArmFirmware: the bytes of an emulated control box, written from the vendor's protocol by itself.

Source: xArm-Developer/xArm-Python-SDK 1.18.4: `xarm/core/wrapper/uxbus_cmd_tcp.py` (the header and the
state byte), `xarm/core/config/x_config.py`, class `UxbusReg` (registers). It shares no code with the
driver, and imports nothing of the SDK.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Sequence

import numpy as np

from xlvla_sdk.testing import Faults, Firmware
from xlvla_xarm.emulated_arm import EmulatedArm
from xlvla_xarm.emulated_report import rich_report

TURNAROUND_S = 0.0002
"""From a request to its reply [s]; a choice, below the 0.5 ms that the vendor asks of the network."""
LONGEST = 1024
"""A request that says it is longer is taken for noise [bytes]; a choice."""
MODBUS, HEARTBEAT = 0, 1  # protocols; the vendor's own are 2 and 3
ALL_MOTORS = 8


class XArmFirmware(Firmware):
    """Requests to replies, for as many connections as there are.

    Args:
        arm: What it runs.
        faults: For replies that answer something else (`foreign`).

    Attributes:
        heard: The newest requests as they came, oldest first.
    """

    def __init__(self, arm: EmulatedArm, faults: Faults) -> None:
        self.arm = arm
        self.joints = arm.joints
        self.faults = faults
        self.heard: deque[bytes] = deque(maxlen=4096)
        self._left: dict[int, bytes] = {}

    def receive(self, data: bytes, now: float, client: int = 0) -> Sequence[tuple[float, bytes]]:
        """Takes bytes of a connection; returns the replies to the requests that they complete."""
        left = self._left.get(client, b"") + data
        replies: list[tuple[float, bytes]] = []
        while len(left) >= 6:
            length = struct.unpack_from(">H", left, 4)[0]
            if not 1 <= length <= LONGEST:
                left = b""
            if len(left) < 6 + length:
                break
            request, left = left[: 6 + length], left[6 + length :]
            self.heard.append(request)
            replies += [(TURNAROUND_S, reply) for reply in self._reply(request, now)]
        self._left[client] = left
        return replies

    def leave(self, client: int) -> None:
        """Forgets a connection. The arm does what it was told last: there is no watchdog."""
        self._left.pop(client, None)

    def reboot(self, now: float) -> None:
        """Starts anew."""
        self._left.clear()
        self.arm.start(now)

    def report(self, now: float) -> bytes:
        """What the rich report port says."""
        return rich_report(self.arm, now)

    def _reply(self, request: bytes, now: float) -> list[bytes]:
        transaction, protocol, _, register = struct.unpack_from(">HHHB", request)
        if protocol == HEARTBEAT:
            return []
        if protocol == MODBUS:  # unit, function: nothing of it is emulated
            function = request[7] if len(request) > 7 else 0
            return [struct.pack(">HHHBBB", transaction, MODBUS, 3, register, function | 0x80, 1)]
        data = self._done(register, request[7:], now)
        state = (
            0x40 * (self.arm.error != 0)
            | 0x20 * (self.arm.warning != 0)
            | 0x10 * (not self.arm.ready)
            | 0x08 * (data is None)
        )
        transaction ^= self.faults.strikes("foreign")
        body = bytes([register, state]) + (data or b"")
        return [struct.pack(">HHH", transaction, protocol, len(body)) + body]

    def _done(self, register: int, said: bytes, now: float) -> bytes | None:
        """Does what a request says; returns its reply's data, None for an invalid one."""
        match register, len(said):
            case 1, 0:
                return _text(self.arm.version)
            case 13, 0:
                return bytes([self.arm.shown_state(now)])
            case 14, 0:
                return bytes(2)  # no commands wait
            case 15, 0:
                return bytes([self.arm.error, self.arm.warning])
            case 42, 0 | 1:
                return self._joint_states(said, now)
            case _:
                return b"" if self._obeyed(register, said, now) else None

    def _obeyed(self, register: int, said: bytes, now: float) -> bool:
        match register, len(said):
            case 11, 2 if said[0] == ALL_MOTORS:
                self.arm.enable(bool(said[1]), now)
            case 12, 1:
                return self.arm.set_state(said[0], now)
            case 16, 0:
                self.arm.clear()
            case 17, 0:
                self.arm.warning = 0
            case 19, 1 | 2:  # from firmware 1.10.0 on there is a second byte
                return self.arm.set_mode(said[0], now)
            case 29, 40:  # seven joints; speed, acceleration and time, which are reserved
                return self.arm.follow(struct.unpack("<7f", said[:28]), now)
            case 36, 16:
                self.arm.load = struct.unpack("<4f", said)
            case _:
                return False
        return True

    def _joint_states(self, said: bytes, now: float) -> bytes | None:
        kinds = (said[0] & 0x0F) if said else 1  # without the byte: positions alone
        if not 1 <= kinds <= 3:
            return None
        told = [self.joints.position(now), self.arm.velocity(now), self.arm.torque][:kinds]
        return np.concatenate(told).astype("<f4").tobytes()


def _text(text: str) -> bytes:
    return text.encode().ljust(40, b"\0") + b"\0"
