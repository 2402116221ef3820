"""The control box's rich report: bytes to values, no I/O."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

SHORTEST = 383
"""With currents, their last byte [bytes]: firmware below 1.9 sends less."""
LONGEST = 2048
"""More than any firmware sends [bytes]; a choice."""
JOINTS = 7


@dataclass(frozen=True)
class Report:
    """What the box says about itself, about five times a second.

    Attributes:
        state: Of the controller; `codes.STATES`.
        mode: 0 position, 1 servo.
        error: Controller error that stands; 0 for none.
        warning: Controller warning that stands.
        axes: How many joints the arm has.
        kind: Its model's number; 7 is XARM7_X4.
        servo: (status, code) of each motor.
        temperature: Of the motors [deg C].
        current: Of the motors [A].
        effort_is_current: Whether efforts are told as currents instead of torques.
    """

    state: int
    mode: int
    error: int
    warning: int
    axes: int
    kind: int
    servo: tuple[tuple[int, int], ...]
    temperature: Float[np.ndarray, " 7"]
    current: Float[np.ndarray, " 7"]
    effort_is_current: bool

    @staticmethod
    def parse(frame: bytes) -> Report | None:
        """A report from a whole frame; None for what cannot be one.

        Source: xArm-Python-SDK 1.18.4, `xarm/x3/report.py`, the structure of port 30002; what
        cannot be one is refused as its `xarm/x3/base.py` refuses it.
        """
        state, mode = frame[4] & 0x0F, frame[4] >> 4
        error, warning = frame[89:91]
        kind, axes = frame[145:147]
        current = np.frombuffer(frame, "<f4", JOINTS, 355).astype(float)
        possible = state < 10 and mode < 12 and 5 <= axes <= 7 and max(frame[131:133]) <= 5
        if not (possible and np.isfinite(current).all()):
            return None
        codes = frame[229 : 229 + 2 * JOINTS]
        return Report(
            state,
            mode,
            error,
            warning,
            axes,
            kind,
            tuple(zip(codes[::2], codes[1::2], strict=True)),
            np.frombuffer(frame, "i1", JOINTS, 245).astype(float),
            current,
            len(frame) > 494 and bool(frame[494] & 0x04),
        )


class ReportParser:
    """Cuts the report stream; nothing marks where a report begins but its own length.

    Attributes:
        refused: How many bytes belonged to no report.
    """

    def __init__(self) -> None:
        self.refused = 0
        self._left = b""

    def feed(self, data: bytes) -> Report | None:
        """Takes bytes; returns the newest report that they complete."""
        self._left += data
        newest = None
        at = 0
        while len(self._left) - at >= 4:
            size = struct.unpack_from(">I", self._left, at)[0]
            if not SHORTEST <= size <= LONGEST:
                at += 1
                self.refused += 1
                continue
            if len(self._left) - at < size:
                break
            report = Report.parse(self._left[at : at + size])
            newest = report or newest
            self.refused += report is None
            at += size if report else 1
        self._left = self._left[at:]
        return newest
