"""The maker's SDK, with what it does to the whole process kept from happening.

xarm-python-sdk 1.18.4 makes a folder under the home when it is imported, adds a logging level and
handlers that write to stdout, prints, sets the default timeout of every socket of the process, and
swallows Ctrl-C while it waits for a reply. None of it happens here. It keeps two threads of its own
while connected, and ends them when it is disconnected.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import queue
import socket
import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

from xlvla_sdk.errors import DriverError

logger = logging.getLogger(__name__)

INSTALL = 'pip install "xlvla-xarm[sdk]"'
LONG_ENOUGH_S = 1.0
"""A box that has not said its version after this long does not answer [s]; it takes milliseconds."""
_alone = threading.Lock()  # ports and timeouts are the SDK's globals while it connects


def connect(host: str, port: int, timeout_s: float) -> Any:
    """A connected `XArmAPI`, without its report thread.

    Args:
        host: An IPv4 address, or `localhost`: the SDK takes other names for serial ports.
        port: The command port.
        timeout_s: How long each of its calls waits for a reply [s].

    Raises:
        DriverError: The SDK is not installed, or nothing answers as a control box there.
    """
    api = load()
    config = importlib.import_module("xarm.core.config.x_config").XCONF
    patience_ms = int(1000 * timeout_s)
    with (
        _alone,
        _set(config.SocketConf, TCP_CONTROL_PORT=port),
        _set(config.UxbusConf, SET_TIMEOUT=patience_ms, GET_TIMEOUT=patience_ms),
    ):
        arm = api(
            host, True, True, enable_report=False, timed_comm=False, forbid_uds=True
        )  # in radians; not opened yet
        try:
            with _bounded(arm.arm):
                arm.connect()
        except Exception as error:  # the SDK raises plain Exception
            arm.disconnect()
            raise DriverError(
                f"no xArm control box answers at {host}:{port} ({error}). Check its power, the "
                "cable, and that this computer's address is in the box's network."
            ) from error
    return arm


def load() -> Any:
    """The class `XArmAPI`; DriverError, saying what to install, when it is not there."""
    with _alone:
        if sys.modules.get("xarm") is None:  # else somebody else has imported it, with what it does
            _import()
        _contain()
        return sys.modules["xarm"].XArmAPI


def _import() -> None:
    stand_in: Any = ModuleType("xarm.core.utils.log")
    stand_in.logger = stand_in.origin_logger = _Quiet()
    stand_in.pretty_print = _quietly
    # Instead of the module that makes the folder, the level and the handlers.
    sys.modules["xarm.core.utils.log"] = stand_in
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints its version
            importlib.import_module("xarm")
    except ImportError as error:
        del sys.modules["xarm.core.utils.log"]
        raise DriverError(
            f"xarm7 is driven through the maker's SDK, which cannot be imported ({error}). "
            f"Run: {INSTALL}"
        ) from error


def _contain() -> None:
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "xarm":
            vars(module)["print"] = _quietly
    ports: Any = sys.modules["xarm.core.comm.socket_port"]
    ports.socket = SimpleNamespace(**{**vars(socket), "setdefaulttimeout": _quietly})
    line: Any = sys.modules["xarm.core.comm.base"]
    line.Port.read = _wait_for_reply


def _wait_for_reply(self: Any, timeout: float | None = None) -> Any:
    """`Port.read` as the SDK has it, but for its bare `except`, which swallows Ctrl-C."""
    if not self.connected:
        return -1
    try:
        return self.rx_que.get(timeout=timeout)
    except queue.Empty:
        return -1


@contextlib.contextmanager
def _bounded(arm: Any) -> Iterator[None]:
    """Keeps connecting from taking long, and from clearing warnings that nobody has read."""
    ask, until = arm.get_version, time.monotonic() + LONG_ENOUGH_S

    def get_version() -> Any:
        if time.monotonic() > until:
            raise TimeoutError(f"no version in {LONG_ENOUGH_S:g} s")
        return ask()

    arm.get_version, arm.clean_warn = get_version, lambda: 0
    try:
        yield
    finally:
        del arm.get_version, arm.clean_warn  # the class's own again


@contextlib.contextmanager
def _set(where: Any, **values: int) -> Iterator[None]:
    before = {name: getattr(where, name) for name in values}
    for name, value in values.items():
        setattr(where, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(where, name, value)


def _quietly(*said: object, **_: object) -> None:
    logger.debug("%s", " ".join(map(str, said)))


class _Quiet:
    """Takes the SDK's log messages, all at our lowest level: what matters comes as DriverError."""

    VERBOSE, DEBUG, INFO, WARN, WARNING, ERROR, CRITICAL = 5, 10, 20, 30, 30, 40, 50
    verbose = debug = info = warn = warning = error = critical = log = staticmethod(_quietly)
