"""InspireDriver: both RH56 hands, on each of their wires."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int

from xlvla_inspire import registers, scale, states
from xlvla_inspire.identity import MODELS, TACTILE, Found, find_model
from xlvla_inspire.registers import Block, Registers
from xlvla_inspire.settings import Settings, device_of
from xlvla_inspire.touch import read_touch
from xlvla_inspire.wires import BAUD, registers_at
from xlvla_inspire.wires import connect as connect_line
from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import (
    Address,
    Connect,
    Counts,
    Driver,
    Identity,
    JointState,
    Link,
    Thresholds,
)
from xlvla_sdk.errors import DriverError

logger = logging.getLogger(__name__)

FRESH_S = 0.1
"""How old a measured posture may be for `stop` to send it before it measures anew [s]."""
WATCH_S = 0.2
"""How often a reading also looks whether the hand still has its speed limits [s]: 24 bytes more."""
RESTARTED = (
    "the hand was switched off and on: its limits of speed and force were gone. They are set again "
    "before it moves"
)
MEASURE = "a read of what it measures"
MOST_CURRENT = {"inspire": 1.5}
"""Highest current limit that the maker lets be set, by device [A]; the tactile hand has no such register.

Source: RH56 manual 1.09, section 2.4 (CURRENT_LIMIT, 0 to 1500 mA), as noted in qs-wq/Inspire_Hand_SDK
73b1bb48b89d, `docs/RH56DFX_Serial_CAN...`, 6.2; the manual itself was not seen.
"""


class InspireDriver(Driver):
    """An RH56 hand: angles in, everything it measures out, in one read.

    Opening checks the model and changes nothing; errors that the hand reports are cleared only with
    `clear=1` in the address. The first command sets speed and force limits (its options `speed` and
    `force`).

    A hand that was switched off has its own limits again, the full ones. Where nothing is lost on the
    line meanwhile a reading sees it within 0.2 s, by its speed limits (unless `speed` is the hand's own
    1000), and says so in `faults`.

    The hand has no watchdog: when the line is lost it goes on to its last target, and holds it.

    Args:
        spec: `inspire` or `inspire_ftp`, of either side.
        address: `serial:`, `modbus-rtu:` or `modbus-tcp:`.
        connect: Gives the line of an address.

    Raises:
        DriverError: No address, or one with an option that cannot be.
    """

    bauds = (BAUD, 57600, 19200, 921600)  # manual 2.6, REDU_RATIO
    usual_places = ("modbus-tcp://192.168.11.210",)  # manual, the Modbus TCP chapter

    def __init__(
        self, spec: HandSpec, address: Address | None = None, connect: Connect = connect_line
    ) -> None:
        super().__init__(spec, address)
        if address is None:
            raise DriverError(
                f"{spec.id}: no address. Write one such as serial:/dev/ttyUSB0, or "
                "modbus-tcp://192.168.11.210."
            )
        self.spec: HandSpec = spec
        self.thresholds = Thresholds(current=MOST_CURRENT.get(spec.name))
        self.settings = Settings.at(address, spec)
        self._at = address
        self._connect = connect
        self._registers: Registers | None = None
        self._found: Found | None = None
        self._apart = False  # whether the hand does not read over its unused registers
        self._limited = False  # whether speed and force limits have been set
        self._speeds: np.ndarray | None = (
            None  # its speed limits, as it said them after they were set
        )
        self._watched_s = 0.0
        self._taken = False  # whether it was told anything since it was opened
        self._block: Block | None = None
        self._block_s = 0.0

    @property
    def link(self) -> Link:
        """The open device's link, with its counts; DriverError when it is not open."""
        return self._open_registers().link

    @property
    def counts(self) -> Counts:
        """What happened on the line since the driver was opened."""
        return self._registers.link.counts if self._registers else Counts()

    @property
    def activity(self) -> Mapping[str, str]:
        """What each joint was doing when last read, in words: `closing`, `stopped by its force limit`."""
        return states.activity(self.spec, self._block) if self._block else {}

    def open(self) -> None:
        """Opens the line, checks the model and reads where the hand stands; nothing moves.

        Raises:
            DriverError: Nobody answers, another model answers, or the hand refuses.
        """
        if self._registers is not None:
            return
        hand = registers_at(self._at, self.spec.id, self._connect)
        hand.link.transport.open()
        self._registers = hand
        try:
            self._found = self._check_model(hand)
            self._measure_whole(hand)
            self._clear_errors(hand)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the line; the hand holds its last target."""
        hand, self._registers, self._block = self._registers, None, None
        self._limited = self._taken = False
        if hand is not None:
            hand.link.transport.close()

    def identity(self) -> Identity:
        """The model; a hand tells neither side nor serial number nor firmware."""
        return Identity(model=self._found.model if self._found else None)

    def read(self) -> JointState:
        """Everything measured: positions, current, force, temperature, faults; touch if asked for.

        Raises:
            DriverError: The hand does not answer.
        """
        hand, limited = self._open_registers(), self._limited
        block = self._measure(hand)
        touch = read_touch(hand) if self.settings.touch else MappingProxyType({})
        state = states.joint_state(self.spec, block, self._block_s, touch)
        restarted = limited and not self._limited
        return replace(state, faults=(*state.faults, RESTARTED)) if restarted else state

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sends a target [rad]; the hand has acknowledged it when this returns.

        The first one sets the limits of speed and force before it.

        Raises:
            LimitViolation: Not finite, or outside the limits; nothing was sent.
            DriverError: Another number of joints, or the hand does not answer.
        """
        angles = scale.counts(self.spec, qpos)
        if not self._limited:
            self._limit(self._open_registers())
        self._send(angles)

    def hold(self) -> None:
        """Makes the posture measured now the target."""
        self._stay(self._measure(self._open_registers()))

    def stop(self) -> None:
        """Makes the measured posture the target: the one known if it is fresh, then the one of now.

        Nothing is sent to a hand that this driver has not moved or held since it was opened.

        Raises:
            DriverError: The line is gone, or the hand does not answer.
        """
        if not self._taken:
            return
        if self._block is not None and time.monotonic() - self._block_s <= FRESH_S:
            self._stay(self._block)
        self.hold()

    def release(self) -> None:
        """Nothing to give up: the hand holds its last target, and does so for anybody."""
        self._taken = False

    def _check_model(self, hand: Registers) -> Found:
        found = find_model(hand)
        wanted = MODELS[self.spec.name]
        if self.settings.model is not None:
            found = Found(self.settings.model, "the address says so")
        if found.model != wanted:
            other = device_of(found.model)
            short = "ftp" if wanted == TACTILE else "dfx"
            raise DriverError(
                f"{self.spec.id} on {hand.link.transport.name}: this is a {found.model}, not a "
                f"{wanted}: {found.why}. Write {other}:{self.spec.side} instead; or, if you know "
                f"better, add model={short} to the address.",
                found=found.model,
                wanted=wanted,
            )
        return found

    def _measure_whole(self, hand: Registers) -> None:
        try:
            self._measure(hand)
        except DriverError:
            self._apart = True
            self._measure(hand)
            logger.info("%s: reads what it measures in two parts.", self.spec.id)

    def _clear_errors(self, hand: Registers) -> None:
        assert self._block is not None
        wrong = states.faults(self.spec, self._block)
        if wrong and self.settings.clear:
            hand.write_byte(registers.CLEAR_ERROR, 1, "clearing its errors")
            logger.warning("%s: cleared: %s.", self.spec.id, "; ".join(wrong))
            self._measure(hand)
        elif wrong:
            said = "; ".join(wrong)
            logger.warning("%s: %s. Add clear=1 to the address to clear it.", self.spec.id, said)

    def _limit(self, hand: Registers) -> None:
        speed, force = self.settings.speed, self.settings.force
        hand.write(registers.SPEED_SET, [speed] * registers.JOINTS, "a write of its speed limits")
        hand.write(registers.FORCE_SET, [force] * registers.JOINTS, "a write of its force limits")
        self._limited, self._speeds, self._watched_s = True, None, time.monotonic()

    def _measure(self, hand: Registers) -> Block:
        watches = self._limited and time.monotonic() - self._watched_s >= WATCH_S
        with self._lost():
            if self._apart:
                parts = registers.WATCHED_APART if watches else registers.MEASURED_APART
                block = hand.read_apart(parts, MEASURE)
            else:
                block = hand.read(*(registers.WATCHED if watches else registers.MEASURED), MEASURE)
        self._block, self._block_s = block, time.monotonic()
        if watches:
            self._watch(block.words(registers.SPEED_SET))
        return block

    def _watch(self, speeds: np.ndarray) -> None:
        """Compares its speed limits with what it said when they had been set."""
        self._watched_s = self._block_s
        if self._speeds is None:
            self._speeds = speeds
        elif (speeds != self._speeds).any():
            self._limited = False
            logger.warning("%s: %s.", self.spec.id, RESTARTED)

    def _stay(self, block: Block) -> None:
        # A joint may stand a little beyond its ends, where it must not be sent.
        self._send(np.clip(block.words(registers.ANGLE_ACT), 0, scale.FULL))

    def _send(self, angles: Int[np.ndarray, " D"]) -> None:
        hand, self._taken = self._open_registers(), True
        with self._lost():
            hand.write(registers.ANGLE_SET, angles.tolist(), "a write of its target")

    @contextmanager
    def _lost(self) -> Iterator[None]:
        """A hand that did not answer may have been off: its limits are set again before it moves."""
        try:
            yield
        except DriverError:
            self._limited = False
            raise

    def _open_registers(self) -> Registers:
        if self._registers is None:
            raise DriverError(f"{self.spec.id} is not open. Use the driver in a `with` block.")
        return self._registers
