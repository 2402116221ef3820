"""An emulated DexH13: thirteen motors [deg], eleven touch modules, and what goes wrong in them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from xlvla_sdk import Side
from xlvla_sdk.testing import EmulatedJoints, Faults, Firmware

FINGERS = 4  # index, middle, ring, thumb; the last joint of the first three has no motor
DRIVEN = [slot for slot in range(16) if slot not in (3, 7, 11)]
SIDEWAYS, CURLED = (-20.0, 20.0), (0.0, 90.0)  # [deg], what the SDK's header accepts
SPEED = 120.0  # [deg/s]; the maker's 1.5 s to close and open again
POSITION_MODE = 3
IDLE_MA, PER_DEGREE_MA, MOST_MA = 20.0, 15.0, 800.0  # choices; no currents are published
TURNAROUND_S = 0.0015
"""How long an answer takes to make; a choice, the hand's own rate is not published."""
LONGEST = 1 << 14


class PaxiniFirmware(Firmware):
    """Answers the emulated SDK, line by line.

    Of the last joints of index, middle and ring it is not published how they follow: here they
    stand as the joint before them does, a placeholder. When powered it goes to the last target it
    was ever given, the worst that a real one could do.

    Args:
        side: Which hand.
        faults: What the line does; `foreign` answers another question.

    Attributes:
        errors: What is wrong with which motor (1 to 13), by the SDK's name: `OVER_TEMPERATURE`.
        lasting: Motors whose error comes back when it was cleared.
        pressed: Forces on touch modules (0 to 10), each (x, y, z) in counts.
        worst: What the SDK does in a call of that name here: `hang`, `crash`, `shout`, `raise`.
        asked: Names of all questions so far.
    """

    def __init__(self, side: Side, faults: Faults) -> None:
        lower, upper = np.tile([SIDEWAYS, *3 * [CURLED]], (FINGERS, 1))[DRIVEN].T
        self.joints = EmulatedJoints(lower, upper, SPEED, start=np.maximum(lower, 0.0))
        self.errors: dict[int, str] = {}
        self.lasting: set[int] = set()
        self.pressed: dict[int, tuple[float, float, float]] = {}
        self.worst: dict[str, str] = {}
        self.asked: list[str] = []
        self._side = side
        self._faults = faults
        self._now = 0.0
        self.reboot(0.0)

    def reboot(self, now: float) -> None:
        """Motors off, no mode, errors forgotten unless they last."""
        self._left = b""
        self._mode = 0
        self._target: list[float] | None = None
        self.powered = False
        self.errors = {motor: self.errors[motor] for motor in self.lasting}
        self.joints.halt(max(now, self._now))

    def connected(self) -> None:
        """Another line: what the last one left half said is gone."""
        self._left = b""

    def receive(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        """Answers every whole line."""
        self._now = now
        *lines, left = (self._left + data).split(b"\n")
        self._left = left[-LONGEST:]
        return [(TURNAROUND_S, self._answer(line)) for line in lines if _whole(line)]

    def _answer(self, line: bytes) -> bytes:
        question = json.loads(line[9:])
        number, name = question["number"], question["ask"]
        self.asked.append(name)
        try:
            answer: dict[str, Any] = {"value": self._calls[name](*question["with"])}
        except ValueError as error:
            answer = {"refused": str(error)}
        answer["number"] = number - 1 if self._faults.strikes("foreign") else number
        answer["worst"] = self.worst.get(name)
        text = json.dumps(answer).encode()
        return b"%08x %s\n" % (zlib.crc32(text), text)

    @property
    def _calls(self) -> dict[str, Callable[..., Any]]:
        return {
            "side": lambda: 1 if self._side is Side.LEFT else 2,
            "here": lambda: True,
            "version": lambda: "1.0-emulated",
            "home": self._find_zero,
            "mode": lambda: self._mode,
            "set mode": self._set_mode,
            "power": self._power,
            "powered": lambda: self.powered,
            "set angles": self._set_angles,
            "angles": self._angles,
            "currents": self._currents,
            "touch": lambda: [self.pressed.get(module, (0.0, 0.0, 0.0)) for module in range(11)],
            "errors": lambda: sorted(self.errors.items()),
            "clear": self._clear,
        }

    def _find_zero(self) -> int:
        self.joints.command(np.zeros(len(DRIVEN)), self._now)
        return 1

    def _set_mode(self, mode: int) -> bool:
        if not self.powered:
            self._mode = mode
        return not self.powered

    def _power(self, on: bool) -> bool:
        if on and self.errors:
            return False
        self.powered = on
        if not on:
            self.joints.halt(self._now)
        elif self._target is not None:
            self.joints.command(self._target, self._now)
        return True

    def _set_angles(self, degrees: list[float]) -> bool:
        if not np.isfinite(degrees).all():
            self.joints.violations.append(f"told {degrees}")
            raise ValueError("angles that are none")
        self._target = [degrees[slot] for slot in DRIVEN]
        if self.powered and self._mode == POSITION_MODE:
            self.joints.command(self._target, self._now)
        return True

    def _angles(self) -> list[float]:
        degrees = np.zeros(4 * FINGERS)
        degrees[DRIVEN] = self.joints.position(self._now)
        degrees[[3, 7, 11]] = degrees[[2, 6, 10]]
        return degrees.tolist()

    def _currents(self) -> list[float]:
        if not self.powered or self._target is None:
            return [0.0] * len(DRIVEN)
        gap = np.abs(self.joints.position(self._now) - self._target)
        return np.minimum(IDLE_MA + PER_DEGREE_MA * gap, MOST_MA).tolist()

    def _clear(self) -> bool:
        self.errors = {motor: self.errors[motor] for motor in self.lasting}
        return True


def _whole(line: bytes) -> bool:
    return line[:8] == b"%08x" % zlib.crc32(line[9:])
