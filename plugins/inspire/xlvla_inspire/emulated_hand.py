"""An RH56 that is not there: its registers, and what its motors make of them.

Written from the maker's manual (PRJ-02-TS-U-001 V1.0.0, section 2.6) a second time; nothing of the
driver is used. What the manual leaves open is marked as a choice.
"""

from __future__ import annotations

import struct

import numpy as np

from xlvla_sdk.testing import EmulatedJoints

SIX = 6
STROKE_S = {"tactile": 0.6, "plain": 0.8}  # full speed, unloaded; manual, and third parties' DFX
LISTED = {  # address: bytes
    1000: 1, 1002: 1, 1004: 1, 1005: 1, 1006: 1, 1009: 1, 1032: 12, 1044: 12, 1474: 12, 1486: 12,
    1498: 12, 1522: 12, 1534: 12, 1546: 12, 1582: 12, 1594: 12, 1606: 6, 1612: 6, 1618: 6,
}  # fmt: skip
OF_PLAIN = {1020: 12}  # current limits
OF_TACTILE = {1700: 4, 3000: 2124}  # network address; touch
READ_ONLY = (1534, 1546, 1582, 1594, 1606, 1612, 1618, 3000)
STALL_S = 0.3  # a choice
STALL_AWAY = 30  # counts; a choice
HOT = 70  # deg C from which a motor is too hot; a choice


class EmulatedHand:
    """Registers as bytes in one memory, words with their low byte first, and six motors.

    Joints are in the hand's order: little, ring, middle, index finger, thumb's bend, thumb's rotation.

    Args:
        tactile: Whether it is a DFTP; else a DFX or DFQ.
        hand_id: Its id.

    Attributes:
        joints: The motors, in counts: 0 closed, 1000 open.
        contact: Counts at which a joint meets something, by joint.
        errors: Error bits by joint, beyond those it finds itself.
        temperatures: Of the motors [deg C].
        load: Added to the currents that the motors show [mA].
        touch: The words of all touch fields, in the order of their addresses.
        reads_over_gaps: Whether unlisted registers read as zero; else they are refused. Which a real
            hand does is not known.
        network: Its network address.
        saved: How often it was told to store its settings in flash.
    """

    def __init__(self, tactile: bool, hand_id: int) -> None:
        self.tactile = tactile
        self.hand_id = hand_id
        self.most_force = 3000 if tactile else 1000
        self._fastest = 1000 / STROKE_S["tactile" if tactile else "plain"]  # [counts/s]
        self.joints = EmulatedJoints([0.0] * SIX, [1000.0] * SIX, self._fastest, [700.0] * SIX)
        self.contact: dict[int, int] = {}
        self.errors = [0] * SIX
        self.temperatures = [35] * SIX
        self.load = [0] * SIX
        self.touch = np.zeros(1062, dtype="<i2")
        self.reads_over_gaps = True
        self.network = (192, 168, 11, 210)
        self.saved = 0
        self._memory = bytearray(6000)
        self._told = np.full(SIX, 700)
        self._told_s = 0.0
        self._away_since: dict[int, float] = {}
        self._has = {**LISTED, **(OF_TACTILE if tactile else OF_PLAIN)}
        self.start()

    def start(self) -> None:
        """Power comes: what is not saved is at its default; the motors hold where they stand."""
        self._store(1000, bytes([self.hand_id]))
        self._words(1032, [1000] * SIX)
        self._words(1044, [self.most_force] * SIX)
        self._words(1498, [self.most_force] * SIX)
        self._words(1522, [1000] * SIX)
        self._words(1486, [-1] * SIX)
        self._store(1700, bytes(self.network) if self.tactile else bytes(4))
        self.joints.speed[:] = self._fastest
        self.errors = [0] * SIX
        self._away_since.clear()

    def read(self, address: int, size: int, now: float) -> bytes | None:
        """Bytes from an address on; None where there is no register."""
        if not self._readable(address, size):
            return None
        self._measure(now)
        return bytes(self._memory[address : address + size])

    def write(self, address: int, data: bytes, now: float) -> bool:
        """Sets bytes from an address on; whether there is such a register and it may be written."""
        start = max((begin for begin in self._has if begin <= address), default=None)
        if start is None or start in READ_ONLY or address + len(data) > start + self._has[start]:
            self.joints.violations.append(f"{len(data)} bytes were written at {address}")
            return False
        self._store(address, data)
        self._act(start, address - start, data, now)
        return True

    def _act(self, register: int, offset: int, data: bytes, now: float) -> None:
        first = offset // 2
        values = dict(enumerate(_signed(data), first)) if register >= 1032 else {}
        if register == 1486:
            self._aim(values, now)
        elif register == 1522:
            self._check("speed", values, 1000)
            for joint, speed in values.items():
                self.joints.position(now)
                self.joints.speed[joint] = max(1, speed) / 1000 * self._fastest
        elif register in (1498, 1044):
            self._check("force", values, self.most_force)
        elif register == 1004 and data[0] == 1:
            self.errors = [bits & 0b10 for bits in self.errors]
            self._away_since.clear()
            self._told_s = now
        elif register == 1005:
            self.saved += 1
        elif register in (1006, 1009, 1474):
            self.joints.violations.append(
                f"register {register} was written, which no driver should"
            )

    def _aim(self, values: dict[int, int], now: float) -> None:
        target = np.full(SIX, np.nan)
        for joint, value in values.items():
            if value == -1:
                continue
            self._told[joint] = value
            stop = self.contact.get(joint, 0)
            target[joint] = max(value, stop) if 0 <= value <= 1000 else value
        self.joints.command(target, now)
        self._told_s = now

    def _check(self, what: str, values: dict[int, int], most: int) -> None:
        for joint, value in values.items():
            if not 0 <= value <= most:
                self.joints.violations.append(f"{what} of joint {joint} was set to {value}")

    def _measure(self, now: float) -> None:
        position = self.joints.position(now)
        moving = self.joints.moving(now, within=0.005)
        pressed = [
            self._told[joint] < self.contact.get(joint, -1) and not moving[joint]
            for joint in range(SIX)
        ]
        errors = self._errors(position, now)
        limits = _signed(bytes(self._memory[1498:1510]))
        self._words(1534, [round(2 * (1000 - p)) for p in position])
        self._words(1546, [round(p) for p in position])
        self._words(1582, [limits[joint] if pressed[joint] else 0 for joint in range(SIX)])
        drawn = [300 if moving[joint] else 20 for joint in range(SIX)]  # a choice
        self._words(1594, [ma + more for ma, more in zip(drawn, self.load, strict=True)])
        self._store(1606, bytes(errors))
        self._store(1612, bytes(self._status(errors, moving, pressed, position)))
        self._store(1618, bytes(self.temperatures))
        if self.tactile:
            self._store(3000, self.touch.astype("<i2").tobytes())

    def _errors(self, position: np.ndarray, now: float) -> list[int]:
        for joint in range(SIX):
            away = joint in self.joints.stuck and abs(self._told[joint] - position[joint])
            if not away or away <= STALL_AWAY:
                self._away_since.pop(joint, None)
            elif now - self._away_since.setdefault(joint, self._told_s) >= STALL_S:
                self.errors[joint] |= 0b1
        hot = [0b10 if degrees >= HOT else 0 for degrees in self.temperatures]
        return [bits | more for bits, more in zip(self.errors, hot, strict=True)]

    def _status(
        self, errors: list[int], moving: np.ndarray, pressed: list[bool], position: np.ndarray
    ) -> list[int]:
        found = []
        for joint, bits in enumerate(errors):
            if bits:
                found.append(6 if bits == 0b1 else 5 if bits == 0b100 else 7)
            elif pressed[joint]:
                found.append(3)
            elif moving[joint]:
                found.append(1 if self._told[joint] < position[joint] else 0)
            else:
                found.append(2)
        return found

    def _readable(self, address: int, size: int) -> bool:
        if not 1000 <= address < address + size <= len(self._memory):
            return False
        if self.reads_over_gaps:
            return True
        listed = {at for start, long in self._has.items() for at in range(start, start + long)}
        listed |= {start + 1 for start, long in self._has.items() if long == 1}  # its word's other
        return listed.issuperset(range(address, address + size))

    def _words(self, address: int, values: list[int]) -> None:
        self._store(address, struct.pack(f"<{len(values)}h", *values))

    def _store(self, address: int, data: bytes) -> None:
        self._memory[address : address + len(data)] = data


def _signed(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 2}h", data[: len(data) // 2 * 2])
