"""Controller: one control box through the maker's SDK; whatever goes wrong is a DriverError."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers import Address, Counts
from xlvla_sdk.errors import DriverError
from xlvla_xarm import codes, sdk
from xlvla_xarm.report import Report
from xlvla_xarm.report_line import ReportLine

logger = logging.getLogger(__name__)
T = TypeVar("T")

COMMAND_PORT, REPORT_PORT = 502, 30002  # vendor, xarm/core/config/x_config.py
TIMEOUT_S = 0.1
"""How long a reply may take [s]; the network should take less than 0.5 ms (vendor, servo guide)."""
TRIES = 2
"""0.2 s before a silent box is an error: within the runner's watchdog of 0.3 s."""
AGAIN = (3, 4, 5, 6, 7, codes.INVALID)
"""Answers after which a call is made again: the reply was lost, or to something else."""
JOINTS = 7
STOP_FRAME = bytes.fromhex("0000 0002 0002 0C 04")
"""set_state(4): transaction 0, which the SDK does not use, protocol 2, length 2, register 12."""
READY, STOPPED = 0, 4  # set_state: doc/api/xarm_api.md
SERVO, POSITION = 1, 0  # set_mode
NEEDED = (1, 9, 110)
"""Firmware: from here on measured positions can be read (vendor, `get_servo_angle(is_real=True)`)."""


class Controller:
    """Both connections to a control box; built closed.

    Args:
        address: `tcp://HOST[:502]`, options `report` (port, 0 for none) and `timeout` [s].

    Attributes:
        who: The arm and its box, for messages.
        counts: What happened on the command port since it was opened.
    """

    def __init__(self, address: Address) -> None:
        self.who = f"xarm7 on {address.host}"
        self.counts = Counts()
        self._host = _numbered(address.host)
        self._port = address.port(COMMAND_PORT)
        self._timeout_s = address.seconds("timeout", TIMEOUT_S)
        report = address.integer("report", REPORT_PORT)
        self._report = ReportLine(self._host, report) if report else None
        self._api: Any = None

    def open(self) -> None:
        """Connects; DriverError when nothing answers, or its firmware is too old."""
        self.counts = Counts()
        self._api = sdk.connect(self._host, self._port, self._timeout_s)
        if self.firmware < NEEDED:
            said = ".".join(map(str, self.firmware))
            raise DriverError(
                f"{self.who}: firmware {said} does not tell measured positions; "
                f"{'.'.join(map(str, NEEDED))} does. Update it with UFACTORY Studio."
            )
        if self._report is not None:
            self._report.open()

    def close(self) -> None:
        """Disconnects. Never raises, may be called twice."""
        api, self._api = self._api, None
        if self._report is not None:
            self._report.close()
        if api is not None:
            api.disconnect()

    @property
    def axes(self) -> int:
        """How many joints the arm has."""
        return self._arm().axis

    @property
    def kind(self) -> int:
        """The arm's model number; 7 is XARM7_X4."""
        return self._arm().device_type

    @property
    def serial(self) -> str | None:
        """The arm's serial number."""
        return self._arm().sn or None

    @property
    def firmware(self) -> tuple[int, int, int]:
        """Of the control box."""
        return tuple(self._arm().version_number)

    def report(self) -> Report | None:
        """The newest report; None when there is none, or it is old."""
        return self._report.newest() if self._report else None

    def joint_states(self) -> Float[np.ndarray, "3 7"]:
        """Measured positions [rad], velocities [rad/s], efforts [N m, or A], finite."""

        def ask() -> tuple[int, Any]:
            code, told = self._api.get_joint_states(is_radian=True)
            whole = np.shape(told) == (3, JOINTS) and np.isfinite(told).all()
            return (code if whole else code or codes.INVALID), told

        return np.array(self._ask("a read of the joint states", ask), dtype=float)

    def trouble(self) -> tuple[int, int]:
        """Error and warning that stand; 0 for none. Asks only when a reply said that one does."""
        return self.errors() if self._arm().core.has_err_warn else (0, 0)

    def errors(self) -> tuple[int, int]:
        """Error and warning that stand, asked for; 0 for none."""
        error, warning = self._ask("a read of errors", lambda: self._api.get_err_warn_code())
        return error, warning

    def state(self) -> int:
        """Of the controller, asked for; `codes.STATES`."""
        return self._ask("a read of the state", lambda: self._api.get_state())

    def servo(self, qpos: Float[np.ndarray, " 7"]) -> None:
        """Sends a target in servo mode [rad]; only the newest is kept."""
        angles = qpos.tolist()
        self._tell("a target", lambda: self._api.set_servo_angle_j(angles, is_radian=True))

    def take(self) -> None:
        """Motors on, servo mode, ready. Nothing moves: there is no target yet."""
        self._tell("to enable its motors", lambda: self._api.motion_enable(enable=True))
        self._switch(SERVO)

    def leave_servo_mode(self) -> None:
        """Back to position mode, in which other programs find the arm."""
        self._switch(POSITION)

    def stop_at_once(self) -> None:
        """Sends the stop, whatever else is under way on this connection; waits for nothing."""
        stream = self._arm().arm._stream  # beside the SDK's lock, which a read may hold
        if stream.write(STOP_FRAME) != 0:
            raise self._error(f"could not be told to stop: {codes.call_words(-1)}")

    def stop(self) -> None:
        """The stop again, with its reply, until the box says that it stands."""
        self._tell("to stop", lambda: self._api.set_state(STOPPED))
        if (state := self.state()) in codes.ABLE:
            raise self._error(f"was told to stop and is {codes.state_words(state)}")

    def clear(self) -> None:
        """Clears error and warning."""
        self._tell("to clear its error", lambda: self._api.clean_error())
        self._tell("to clear its warning", lambda: self._api.clean_warn())

    def set_load(self, mass: float, centre: Sequence[float]) -> None:
        """What the flange carries: mass [kg], its centre in the flange [mm]."""
        self._tell("its load", lambda: self._api.set_tcp_load(mass, list(centre)))

    def _switch(self, mode: int) -> None:
        self._tell("its mode", lambda: self._api.set_mode(mode))
        self._tell("to be ready", lambda: self._api.set_state(READY))

    def _tell(self, what: str, call: Callable[[], int]) -> None:
        self._ask(what, lambda: (call(), None))

    def _ask(self, what: str, call: Callable[[], tuple[int, T]]) -> T:
        self._arm()
        self.counts.asked += 1
        code = codes.OK
        for attempt in range(TRIES):
            try:
                code, told = call()
            except Exception as error:  # the SDK lets struct's and others' through
                logger.debug("%s: %s: %r", self.who, what, error)
                code, told = codes.INVALID, None
            if code in (codes.OK, codes.WARNING_STANDS):
                self.counts.recovered += attempt > 0
                return told  # pyright: ignore[reportReturnType]
            if code not in AGAIN and not self._mistaken(code):
                break
        self.counts.failed += 1
        raise self._why(what, code)

    def _mistaken(self, code: int) -> bool:
        """Whether an answer said that something stands in the way, and nothing does."""
        if code not in (codes.ERROR_STANDS, codes.NOT_READY):
            return False
        said, (error, _) = self._api.get_err_warn_code()
        told, state = self._api.get_state()
        return (said, told, error) == (0, 0, 0) and state in codes.ABLE

    def _why(self, what: str, code: int) -> DriverError:
        if code in (codes.ERROR_STANDS, codes.NOT_READY):
            said, (error, _) = self._api.get_err_warn_code()
            if said == 0 and error:
                return self._error(self.stands(error))
            told, state = self._api.get_state()
            if told == 0 and state not in codes.ABLE:
                return self._error(
                    f"did not take {what}: it is {codes.state_words(state)}. Somebody else stopped "
                    "or switched it; the next command takes it back, from where it stands."
                )
        return self._error(
            f"no good answer to {what} in {self._timeout_s:g} s, tried {TRIES} times at most "
            f"({codes.call_words(code)}). Check the box's power and its network cable; the arm "
            "rests at the last target that it got."
        )

    def stands(self, error: int) -> str:
        """An error that stands, and how to go on."""
        return (
            f"{codes.error_words(error)}. {codes.error_mend(error)}; then open it again with the "
            "option clear=1, which clears the error."
        )

    def _arm(self) -> Any:
        if self._api is None:
            raise self._error("is not open. Use the driver in a `with` block.")
        return self._api

    def _error(self, text: str) -> DriverError:
        return DriverError(f"{self.who}: {text}")


def _numbered(host: str) -> str:
    """The host, when the SDK takes it for one: it knows no names."""
    try:
        return host if host == "localhost" else str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise DriverError(
            f"'{host}' is no IPv4 address. Write the one that is printed on the control box, as in "
            "tcp://192.168.1.200."
        ) from error
