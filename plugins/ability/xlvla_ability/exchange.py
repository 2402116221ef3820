"""Questions to an Ability Hand and its answers; when it was last fed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from xlvla_ability import frames
from xlvla_ability.options import Options
from xlvla_sdk.drivers import Link, Transport
from xlvla_sdk.errors import DriverError

A = TypeVar("A")

UNIQUE_ID = (0x3D, 0x3E)  # ICD 3.3.3, words 1 and 2
SETTINGS = "serial on (We16 for UART, We35 for RS485) and byte stuffing on both ways (We46, We47)"
MEND = "Check the cable, the hand's power, and that nothing else talks on its line."


class Exchange:
    """One hand on an open line. Every reply that tells its state is kept.

    Args:
        transport: The line.
        who: The hand, for messages.
        options: How it is spoken to.

    Attributes:
        link: Counts what happens on the line.
        state: The latest that the hand said of itself.
        fed_s: When it was last sent a frame that it answered [s], on the monotonic clock.
        heard_s: When that answer was there [s].
    """

    def __init__(self, transport: Transport, who: str, options: Options) -> None:
        self._parser = frames.FrameParser()
        self.link = Link(transport, self._parser, who, options.timeout_s, mend=MEND)
        self.state: frames.Feedback | None = None
        self.fed_s = self.heard_s = float("-inf")
        self._who = who
        self._options = options

    def greet(self) -> None:
        """The maker's connection test, a read in variant 3; DriverError says what to set."""
        request = frames.read_request(self._options.hand_address, 3)
        try:
            self._ask(request, lambda frame: frames.feedback(frame, 3), "a connection test")
        except DriverError as error:
            if "unanswered" not in error.values:
                raise
            why = _why_silent(self._parser.stray, self._options)
            raise DriverError(f"{self._who}: {why}") from error

    def look(self) -> frames.Feedback:
        """Reads; moves nothing, keeps a session alive, starts none."""
        request = frames.read_request(self._options.hand_address, self._options.reply)
        return self._ask_state(request, "a reading")

    def tell(self, counts: np.ndarray) -> frames.Feedback:
        """Sends targets for all motors; returns what the hand said to it."""
        options = self._options
        request = frames.position_request(options.hand_address, counts, options.reply)
        return self._ask_state(request, "a target")

    def upsample(self, on: bool) -> None:
        """Has the hand smooth the thumb rotator's targets, or not; in a session only."""
        header = frames.UPSAMPLING_ON if on else frames.UPSAMPLING_OFF
        request = frames.bare_request(self._options.hand_address, header)
        self._ask_state(request, "the upsampling setting")

    def leave_api(self) -> None:
        """Ends a session. No reply is waited for: what gets lost ends by itself in 0.3 s."""
        self.link.send(frames.bare_request(self._options.hand_address, frames.LEAVE_API))

    def unique_id(self) -> str | None:
        """The hand's number; None when its firmware has no registers.

        It may start a session: the ICD does not say.
        """
        words = []
        for register in UNIQUE_ID:
            request = frames.register_request(self._options.hand_address, register)
            try:
                words.append(self._ask(request, frames.register_value, "its unique number"))
            except DriverError:
                self.look()  # raises when it is the line that is at fault
                return None
        return "".join(f"{word:08x}" for word in words)

    def _ask_state(self, request: bytes, what: str) -> frames.Feedback:
        reply = self._options.reply
        self.state = self._ask(request, lambda frame: frames.feedback(frame, reply), what)
        return self.state

    def _ask(self, request: bytes, answer: Callable[[bytes], A | None], what: str) -> A:
        asked_s = time.monotonic()
        found = self.link.ask(request, answer, what)
        self.fed_s, self.heard_s = asked_s, time.monotonic()
        return found


def _why_silent(stray: bytes, options: Options) -> str:
    if not stray:
        return (
            f"nothing answers at {options.baud} baud, address {options.hand_address:#x}. Check "
            f"power, wiring, 'baud=' and 'id=', and that the hand has {SETTINGS} in its app's "
            "developer mode."
        )
    if frames.is_bare_reply(stray):
        return (
            "it answers without byte stuffing. Turn stuffing on both ways (We46, We47) in its "
            "app's developer mode."
        )
    return (
        f"something answers at {options.baud} baud, but no frame of an Ability Hand. Set 'baud=' "
        f"to the hand's rate; it needs {SETTINGS}; or another device is on this port."
    )
