"""SdkHand: the XHAND1 through the maker's package, in a process of its own.

The package is not on the public index; who bought a hand has it. RS485 needs none of it
(`rs485.py`), EtherCAT does.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.drivers import HelperProcess, Identity
from xlvla_sdk.errors import DriverError
from xlvla_xhand.frames import Gains, Mode
from xlvla_xhand.reply import HandReply, decode
from xlvla_xhand.wire import HandWire, side_of
from xlvla_xhand.words import in_words

FAR_SIDE = Path(__file__).with_name("vendor.py")
INSTALL = (
    "Install the maker's package there: RobotEra hands it out with the hand, as "
    "xhand_controller-1.1.7-*.whl for Python 3.10 and 3.12 on x86-64 Linux "
    "(`PYTHON -m pip install FILE`), and give that Python with `--sdk-python PYTHON`. "
    "RS485 needs no package: serial:/dev/ttyUSB0."
)
OPEN_S = 10.0
"""How long opening may take [s]: EtherCAT brings its bus up first."""


class SdkHand(HandWire):
    """One hand with an id, as the maker's package finds it.

    Args:
        helper: The process with the package.
        place: A port's path for RS485, else an Ethernet interface's name for EtherCAT.
        hand: The hand's id.
        who: What messages call it.
        timeout_s: How long a call may take [s]; a longer one ends the process.
    """

    def __init__(
        self, helper: HelperProcess, place: str, hand: int, who: str, timeout_s: float
    ) -> None:
        self._helper = helper
        self._place = place
        self._hand = hand
        self._who = who
        self._timeout_s = timeout_s

    def open(self) -> Identity:
        """Starts the process, opens the port or interface, and asks the hand who it is."""
        self._helper.start()
        about = self._call("open_hand", self._place, self._hand, timeout_s=OPEN_S)
        if self._hand not in about["hands"]:
            others = " or ".join(f"?id={there}" for there in about["hands"])
            raise DriverError(
                f"{self._who}: the maker's package finds no hand with id {self._hand}. "
                + (f"Write {others}." if others else "Check power and cable.")
            )
        side = side_of(about["side"].upper(), self._who)
        return Identity(side=side, serial=about["serial"] or None, firmware=about["firmware"])

    def close(self) -> None:
        """Has the package close the device, and ends the process."""
        self._helper.close()

    def move(self, positions: np.ndarray, gains: Gains, mode: Mode) -> HandReply:
        """Two exchanges: the package commands, then reads what the hand measures."""
        wanted = [gains.kp, gains.ki, gains.kd, gains.torque]
        answer = self._call("move", self._hand, positions.tolist(), wanted, int(mode))
        return decode(base64.b64decode(answer["state"]), self._who)

    def zero_touch(self, finger: int) -> None:
        """Has the package zero a fingertip."""
        self._call("zero_touch", self._hand, finger)

    def _call(self, name: str, *arguments: object, timeout_s: float | None = None) -> Any:
        answer = self._helper.call(name, *arguments, timeout_s=timeout_s or self._timeout_s)
        if "refused" in answer:
            raise DriverError(
                f"{self._who}: {answer['refused']} of the maker's package failed: "
                f"{in_words(answer['error'])}: {answer['message'].rstrip('.')}. "
                f"{self._mend(answer['refused'])}",
                error=answer["error"],
            )
        return answer

    def _mend(self, call: str) -> str:
        if call == "open_ethercat":
            return f"Its Python needs the right to raw sockets: `setcap cap_net_raw+ep {self._helper.python}`."
        if call == "open_serial":
            return "Check that the port is there, yours to open, and nobody else's."
        return "Check power and cable."
