"""The DexH13 through the maker's SDK, which runs in a process and a Python of its own."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_paxini.options import Options
from xlvla_paxini.readings import DRIVEN, angles, currents, forces
from xlvla_paxini.words import alarms_in_words, faults_in_words
from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import (
    Address,
    Counts,
    Driver,
    HelperProcess,
    Identity,
    JointState,
    checked_target,
)
from xlvla_sdk.errors import DriverError

logger = logging.getLogger(__name__)

INSTALL = (
    "PaXini gives its SDK to owners of a hand: ask mkt@paxini.com for DexHandSDK. On Ubuntu 22.04 "
    "run `sudo dpkg -i DexHandSDK-*-Linux.deb` and, with Python 3.10, `python3.10 -m pip install "
    "pxdex-*-cp310-cp310-linux_x86_64.whl` (or aarch64). Then name that interpreter: "
    "`--sdk-python /usr/bin/python3.10`, in an address `python=/usr/bin/python3.10`."
)
EXAMPLE = "sdk:/dev/ttyUSB0?python=/usr/bin/python3.10"
CONNECT_S = 15.0
"""How long it may take to connect, or to power the motors [s]; a choice."""
HOME_S = 30.0
"""How long the motors may take to find their zero [s]; a choice."""
OFF = "the motors are off: the hand restarted, or was switched off"


class PaxiniDriver(Driver):
    """Sixteen joints read, thirteen driven; the last ones of index, middle and ring follow.

    Opening it powers nothing: the hand can be read and moved by hand. The first command, or a hold,
    clears old faults, powers the motors in position mode where they stand, and goes on from there.

    Touch is the resultant force of each module [N]: x, y, z in the module's own frame. Currents are
    read only where the address says what one of the SDK's units is (`ampere=0.001`), because the
    maker does not publish it. The SDK's temperatures are those of the touch modules, not motors.

    Args:
        spec: One side's hand.
        address: `sdk:PORT`, with the options `python`, `path` (where else the SDK is looked for),
            `touch=no`, `ampere`, `timeout` [s], and `home=yes`: find the motors' zero when opened,
            **which moves every finger**, once after each power-up.

    Source:
        PaXini's DexHandSDK 1.1.0 and 3.2.1, module `pxdex.dh13`: names, order and start-up as in
        its example (alfredWu939/TacControl 8888f36f6825) and eee336/leUr5 2b177e3cfbb7.
    """

    def __init__(self, spec: HandSpec, address: Address | None = None) -> None:
        super().__init__(spec, address)
        if address is None:
            raise DriverError(f"{spec.id} needs an address, such as {EXAMPLE}.")
        self._counts = Counts()
        self._who = f"{spec.id} on {Path(address.place).name}"
        self._helper = HelperProcess.at(
            address, Path(__file__).with_name("far_side.py"), self._who, INSTALL
        )
        self._options = Options.of(address)
        self._identity = Identity()
        self._powered = False
        self._taken = False  # by this driver
        self._off = False  # behind our back
        self._last = spec.rest  # measured or sent, whichever was later

    @property
    def commanded(self) -> tuple[str, ...]:
        """The thirteen that have motors."""
        return tuple(np.array(self.spec.joints)[DRIVEN].tolist())

    @property
    def counts(self) -> Counts:
        """Questions to the SDK, and what became of them."""
        return self._counts

    def open(self) -> None:
        """Starts the SDK, connects, and reads the posture; DriverError for another side's hand."""
        self._check_port()
        self._counts = Counts()
        try:
            self._helper.start()
            hand = self._call("connect", self._place, timeout_s=CONNECT_S)
            self._identity = Identity(side=Side(hand["side"]), firmware=hand["firmware"])
            self._check_side()
            self._powered = hand["powered"]
            logger.info("%s: firmware %s, SDK %s", self._who, hand["firmware"], hand["sdk"])
            if self._options.home:
                self._call("home", timeout_s=HOME_S)
            self.read()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Disconnects; the motors stay as they are."""
        self._powered = self._taken = self._off = False
        self._helper.close()

    def identity(self) -> Identity:
        """Side and firmware; the SDK tells no serial number of this hand."""
        return self._identity

    def read(self) -> JointState:
        """Joints [rad], touch [N], currents [A] where their unit was given, faults."""
        ampere = self._options.ampere
        reading = self._call("read", self._options.touch, ampere is not None)
        try:
            qpos = angles(reading["radians"])
            current, touch = currents(reading["current"], ampere), forces(reading["touch"])
        except ValueError as error:
            self._counts.refused += 1
            raise DriverError(
                f"{self._who}: the SDK gave {error}. Update it, or switch the hand off and on again."
            ) from error
        self._last = qpos
        faults = faults_in_words(str(self.spec.side), reading["faults"])
        self._off = self._powered and not reading["enabled"]
        if self._off:
            faults = (*faults, OFF)
        return JointState(
            qpos,
            time.monotonic(),
            current=current,
            touch=touch,
            faults=faults,
            alarms=alarms_in_words(str(self.spec.side), reading["faults"]),
        )

    def command(self, qpos: Float[np.ndarray, " D"]) -> None:
        """Sends a target; the first one powers the motors, where they stand.

        Raises:
            LimitViolation: Not finite, or outside the limits, for a joint that has a motor; nothing
                was sent.
            DriverError: The SDK failed, or the motors cannot be powered.
        """
        target = checked_target(self.spec, qpos, told=DRIVEN)
        self._take()
        self._move(target)

    def hold(self) -> None:
        """Stays at the measured posture, powered."""
        self.read()
        self._take()
        self._move(self._last)

    def stop(self) -> None:
        """Holds: at once at what was measured or sent last, then at what is measured.

        Nothing is sent to a hand that this driver has not moved or held since it was opened.
        """
        if not self._taken:
            return
        try:
            self._move(self._last)
            self.read()
            self._move(self._last)
        except DriverError as error:
            raise DriverError(
                f"{error.message} The stop did not reach the hand: it stays at its last target. "
                "Switch off its supply where that is not safe.",
                **error.values,
            ) from error

    def release(self) -> None:
        """Stops, then takes the motors' power: the fingers go limp."""
        self.stop()
        self._call("disable")
        self._powered = self._taken = self._off = False

    def _take(self) -> None:
        if self._off:
            raise DriverError(f"{self._who}: {OFF}. See that it is free, then open it again.")
        self._taken = True
        if self._powered:
            return
        state = self.read()
        cleared = self._call("take", self._wire(self._last), timeout_s=CONNECT_S)
        self._powered = True
        if cleared:
            words = faults_in_words(str(self.spec.side), cleared)
            logger.warning("%s: cleared old faults: %s", self._who, "; ".join(words))
        if state.faults and (left := self.read().faults):
            raise DriverError(
                f"{self._who}: {'; '.join(left)}. Switch the hand's supply off and on again; "
                "docs/devices/paxini.md says what each fault means.",
                faults=left,
            )

    def _move(self, qpos: np.ndarray) -> None:
        self._call("move", self._wire(qpos))
        self._last = np.asarray(qpos, dtype=float)

    def _wire(self, qpos: np.ndarray) -> list[float]:
        """What is sent: measured postures may stand beyond the limits, passive joints are told 0.

        Source: leUr5 2b177e3cfbb7 sends 0 for the three.
        """
        return np.where(DRIVEN, np.clip(qpos, *self.spec.limits), 0.0).tolist()

    def _check_port(self) -> None:
        port = Path(self._place)
        if not port.is_absolute():
            return
        if not port.exists():
            raise DriverError(f"{port}: there is no such port. `xlvla scan` lists those there are.")
        if not os.access(port, os.R_OK | os.W_OK):
            raise DriverError(
                f"{port}: you may not open this port. Add yourself to the group that owns it (dialout)."
            )

    def _check_side(self) -> None:
        found = self._identity.side
        if found is not self.spec.side:
            raise DriverError(
                f"{self._who}: this is a {found} hand. Name it paxini:{found}, or give the address "
                f"of the {self.spec.side} one."
            )

    def _call(self, name: str, *arguments: object, timeout_s: float | None = None) -> Any:
        self._counts.asked += 1
        try:
            value, again = self._helper.call(
                name, *arguments, timeout_s=timeout_s or self._options.timeout_s
            )
        except DriverError:
            self._counts.failed += 1
            raise
        self._counts.recovered += again > 0
        return value

    @property
    def _place(self) -> str:
        assert self.address is not None
        return self.address.place
