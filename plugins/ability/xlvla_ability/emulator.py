"""An Ability Hand that is not there: its firmware as the maker's document tells it, on a serial wire.

Written from PSYONIC's interface control document (ICD) 1.8 apart from the driver: they share no code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from xlvla_sdk.testing import EmulatedJoints, Emulator, Faults, Firmware, SerialWire, Wire

BAUD = 460800  # ICD 3.1.2.1, the factory's
COUNT = 150.0 / 32767.0  # [degree], ICD 3.4.1
RANGE = 100.0 / COUNT  # what the maker's wrapper lets be asked for
SPEED = RANGE / 0.2  # [count/s]: the fastest grip closes in 0.2 s, python wrapper, set_grip
QUIET_S = 0.3  # ICD 3: then it leaves API mode
TURNAROUND_S = 50e-6  # a choice; the ICD says "immediately"
GEARS = (649.0, 649.0, 649.0, 649.0, 649.0, 162.45)  # ICD 3.4.3
AT_HAND = (
    15.0,
    15.0,
    15.0,
    15.0,
    15.0,
    -15.0,
)  # [degree], how it stands when switched on; a choice
MOVING_A = 0.2  # [A] of a motor that moves; a choice
AMPERE = 620.606079  # counts, functions.py of the wrapper
SITE_AT_REST = 20  # an untouched FSR site; a choice
GAINS = (3, 4, 1, 21, 0, 10, 1, 1773, 4, 3546)  # write_registers.py, and full duty (ICD 3.4.4)
ROTATOR_GAINS = (500, 0, 5, 3, 14, 6, 1, 1773, 8, 3546)
UNIQUE_ID = {0x3D: 0x0A1B2C3D, 0x3E: 0x4E5F6071}  # ICD 3.3.3; the values are made up


class AbilityFirmware(Firmware):
    """What runs in the hand.

    Left to itself after 0.3 s without a frame it opens, as a hand does whose own control asks for
    that; the ICD says only that fingers may move then.

    Attributes:
        address: On the bus.
        stuffs: Whether its replies are stuffed (setting 46).
        unstuffs: Whether it takes stuffed frames (setting 47); without it what is received at
            once is a frame as it is.
        limited: Motors, by index, whose request is limited: the bits of the status.
        load: Added to the currents that the motors show [A], (6,).
        touch: Raw values of the 30 sites, (5, 6), index to pinky, then thumb.
        registers: Settings until the next reboot, by address.
        upsampling: Whether the thumb rotator's targets are smoothed; noted, not played.
        api: Whether it is in API mode.
        sessions: How often it has entered API mode.
        ran_out: How often it has left it for want of frames.
        registers_known: Whether this firmware has registers.
        faults: Of these it makes `foreign` itself: a reply in another variant than asked for.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        ends = np.array([[0.0, RANGE]] * 5 + [[-RANGE, 0.0]])
        self.joints = EmulatedJoints(ends[:, 0], ends[:, 1], SPEED, np.array(AT_HAND) / COUNT)
        self.address = 0x50
        self.stuffs = self.unstuffs = True
        self.limited: set[int] = set()
        self.load = np.zeros(6)
        self.faults = faults or Faults()
        self.touch = np.full((5, 6), SITE_AT_REST)
        self.registers_known = True
        self.sessions = self.ran_out = 0
        self._start()

    def receive(self, data: bytes, now: float) -> Sequence[tuple[float, bytes]]:
        """Answers every valid frame addressed to it, nothing else (ICD 3.1.2.3)."""
        self._let_go(now)
        answers = []
        for frame in self._frames(data):
            if len(frame) >= 3 and frame[0] == self.address and sum(frame) % 256 == 0:
                reply = self._act(frame[1], frame[2:-1], now)
                answers.append((TURNAROUND_S, self._wrap(reply)))
        return answers

    def reboot(self, now: float) -> None:
        """Volatile settings and the session are gone; the fingers stand where they stood."""
        self.joints.halt(now)
        self._start()

    def in_api(self, now: float) -> bool:
        """Whether it is in API mode at a time [s]."""
        self._let_go(now)
        return self.api

    def _start(self) -> None:
        self.api = self.upsampling = False
        self.registers = {
            **{1 + motor * 10 + at: GAINS[at] for motor in range(5) for at in range(10)},
            **{51 + at: ROTATOR_GAINS[at] for at in range(10)},
            **UNIQUE_ID,
        }
        self._format = 0x10  # header of the next reply to one that names none; ICD 3.3.1
        self._heard_s = 0.0
        self._shown: tuple[float, np.ndarray] | None = None
        self._speeds = np.zeros(6)
        self._piece = bytearray()
        self._escaped = False

    def _let_go(self, now: float) -> None:
        if self.api and now - self._heard_s > QUIET_S:
            self.api = False
            self.ran_out += 1
            self._move_by_itself(np.zeros(6), self._heard_s + QUIET_S)

    def _move_by_itself(self, where: np.ndarray, at: float) -> None:
        furthest = self.joints.largest_step  # what drivers ask for, not what the hand does
        self.joints.command(where, at)
        self.joints.largest_step = furthest

    def _frames(self, data: bytes) -> Iterator[bytes]:
        if not self.unstuffs:
            yield data
            return
        for byte in data:
            if byte == 0x7E:
                if len(self._piece) > 2:
                    yield bytes(self._piece)
                self._piece.clear()
                self._escaped = False
            elif byte == 0x7D:
                self._escaped = True
            elif len(self._piece) < 64:
                self._piece.append(byte ^ 0x20 if self._escaped else byte)
                self._escaped = False

    def _act(self, header: int, payload: bytes, now: float) -> bytes:
        mode, variant = header & 0xF0, header & 0x0F
        reads = mode == 0xA0 and variant < 3
        self._heard_s = now
        if not self.api and not reads:  # ICD 3.3.2: reading starts no session
            self.api = True
            self.sessions += 1
        if (reads or mode in (0x10, 0x20, 0x30, 0x40)) and variant < 3:
            self._format = header
            if not reads:
                self._control(mode, payload, now)
        elif header == 0xC2 or header == 0xC3:
            self.upsampling = header == 0xC2
        elif header == 0x7C:
            self.api = False
        elif header in (0xDA, 0xDE) and self.registers_known:
            return self._register(header, payload)
        return self._state(now)

    def _control(self, mode: int, payload: bytes, now: float) -> None:
        """A payload may be short: "any truncation of the message is allowed", ICD 3.1.2.3."""
        told = np.full(6, np.nan)
        for motor in range(min(6, len(payload) // 2)):
            low, high = payload[2 * motor : 2 * motor + 2]
            told[motor] = (low + 256 * high + 32768) % 65536 - 32768
        if mode == 0x10:
            self.joints.command(told, now)
        elif not np.nan_to_num(told).any():
            self.joints.halt(now)
        else:
            self.joints.violations.append(f"mode {mode:#x} asked for; only positions are emulated")

    def _register(self, header: int, payload: bytes) -> bytes:
        at = int.from_bytes(payload[:4], "little")
        read_only = at in UNIQUE_ID or at % 10 == 0
        known = at in self.registers and len(payload) == (4 if header == 0xDA else 8)
        if header == 0xDE:
            if not known or read_only:
                return bytes((0xFF, 0xFF, 0x17, 0xFA))
            self.registers[at] = int.from_bytes(payload[4:8], "little")
            return bytes((0xA4, 0xFE, 0x11, 0x4E))
        word = (0xA4, 0xFE, 0x11, 0x4E) if known else (0xFF, 0xFF, 0x17, 0xFA)
        value = self.registers[at] if known else 0
        return _summed([*word, *value.to_bytes(4, "little")])

    def _state(self, now: float) -> bytes:
        position = np.rint(self.joints.position(now)).astype(int).tolist()
        moving = self.joints.moving(now)
        speeds = self._speed(now)
        ampere = MOVING_A * np.sign(speeds) * moving + self.load
        currents = np.rint(ampere * AMPERE).astype(int).tolist()
        rotors = [
            _short(speed * COUNT * np.pi / 180.0 * gear * 4.0)  # ICD 3.4.3
            for speed, gear in zip(speeds.tolist(), GEARS, strict=True)
        ]
        variant = ((self._format & 0x0F) + self.faults.strikes("foreign")) % 3
        body = [self._format & 0xF0 | variant]
        for where, what in zip(position, rotors if variant == 1 else currents, strict=True):
            body += _int16(where) + _int16(what)
        if variant == 2:
            body += [byte for rotor in rotors for byte in _int16(rotor)]
        else:
            body += self._packed_touch()
        blocked = {int(motor) for motor in np.flatnonzero(moving)} & self.joints.stuck
        body.append(sum(1 << motor for motor in self.limited | blocked))  # ICD table 12
        return _summed(body)

    def _speed(self, now: float) -> np.ndarray:
        """Since the last reply; a rotor's speed is measured, an emulated one's has to be made."""
        position = self.joints.position(now).copy()
        if self._shown is not None and now > self._shown[0]:
            self._speeds = (position - self._shown[1]) / (now - self._shown[0])
        self._shown = (now, position)
        return self._speeds

    def _packed_touch(self) -> list[int]:
        """Nibble by nibble, the inverse of the C code in ICD 3.4.6."""
        values = self.touch.reshape(-1).tolist()
        nibbles = [value >> shift & 0x0F for value in values for shift in (0, 4, 8)]
        return [low | high << 4 for low, high in zip(nibbles[0::2], nibbles[1::2], strict=True)]

    def _wrap(self, frame: bytes) -> bytes:
        if not self.stuffs:
            return frame
        wrapped = bytearray((0x7E,))
        for byte in frame:
            wrapped += bytes((0x7D, byte ^ 0x20)) if byte in (0x7D, 0x7E) else bytes((byte,))
        wrapped.append(0x7E)
        return bytes(wrapped)


class AbilityEmulator(Emulator):
    """The hand on a pseudo-terminal at the factory's baud rate. It plays positions; no grips."""

    firmware: AbilityFirmware
    own_faults = ("limited",)

    def build(self, wire: str, timed: bool) -> tuple[Firmware, Wire]:
        """Its only wire is `serial`."""
        assert wire == "serial", f"the hand has no wire '{wire}'"
        firmware = AbilityFirmware(self.faults)
        return firmware, SerialWire(firmware, BAUD, self.faults, timed)

    def qpos(self, position: np.ndarray) -> np.ndarray:
        """Thumb's rotator and flexor, then index to pinky [rad]."""
        return np.radians(position * COUNT)[[5, 4, 0, 1, 2, 3]]

    def raise_flag(self, fault: str, motor: int) -> None:
        """Sets the motor's bit of the status: its request is limited, for touch or for heat."""
        assert fault == "limited"
        self.firmware.limited.add(motor)

    def press(self, finger: str, site: int, newton: float) -> None:
        """Presses on a site of a finger: the reading that the ICD's estimate makes this force of.

        Args:
            finger: `thumb` to `pinky`.
            site: 0 to 5.
            newton: The force [N]; full scale stands for 6.9 N, less than 0.88 N for nothing.
        """
        ohm = 121591.0 / (newton - 0.878894) if newton > 0.878894 else float("inf")  # ICD 3.4.6
        volt = 33000.0 / (ohm - 10000.0)
        row = ("index", "middle", "ring", "pinky", "thumb").index(finger)
        self.firmware.touch[row, site] = min(4095, round(volt / 3.3 * 4096.0))


def _summed(body: list[int]) -> bytes:
    return bytes([*body, (256 - sum(body) % 256) % 256])


def _int16(value: int) -> list[int]:
    return [value & 0xFF, value >> 8 & 0xFF]


def _short(value: float) -> int:
    return int(max(-32768, min(32767, round(value))))
