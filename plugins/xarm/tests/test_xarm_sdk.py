"""What the maker's SDK would do to the whole process does not happen."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from xlvla_xarm import sdk
from xlvla_xarm.emulator import XArm7Emulator

from xlvla_sdk.errors import DriverError

FRESH = """
import logging, os, socket, sys
before = (socket.getdefaulttimeout(), logging.getLogger().level, list(logging.getLogger().handlers),
          logging.getLevelName(5), dict(logging.getLevelNamesMapping()))
from xlvla_xarm import arm
from xlvla_xarm.driver import XArm7Driver
from xlvla_xarm.emulator import XArm7Emulator
with XArm7Emulator(arm(), "tcp", timed=False) as emulator:
    emulator.arm.warning = 12
    emulator.arm.servo[2] = (3, 15)
    with XArm7Driver(arm(), emulator.address) as driver:
        driver.command(driver.read().qpos)
        driver.read()
    assert emulator.arm.warning == 12, "a warning was cleared that nobody asked to"
after = (socket.getdefaulttimeout(), logging.getLogger().level, list(logging.getLogger().handlers),
         logging.getLevelName(5), dict(logging.getLevelNamesMapping()))
assert before == after, (before, after)
assert not hasattr(logging, "VERBOSE")
for name in logging.root.manager.loggerDict:
    for handler in logging.getLogger(name).handlers:
        assert isinstance(handler, logging.NullHandler), (name, handler)
"""


def test_a_whole_session_leaves_no_trace(tmp_path: Path):
    """Of stdout, the home, the sockets' default timeout, and logging, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", FRESH],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""
    assert list(tmp_path.rglob("*")) == []


def test_without_it_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['xarm'] = None\n"
        "from xlvla_xarm import arm\n"
        "from xlvla_xarm.driver import XArm7Driver\n"
        "from xlvla_sdk.drivers import Address\n"
        "from xlvla_sdk.errors import DriverError\n"
        "try: XArm7Driver(arm(), Address.parse('tcp://127.0.0.1')).open()\n"
        "except DriverError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert 'pip install "xlvla-xarm[sdk]"' in done.stdout


def test_importing_the_plugin_imports_no_sdk():
    code = "import sys, xlvla_xarm; assert 'xarm' not in sys.modules and 'socket' not in dir()"
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


def test_a_later_connection_of_the_sdk_leaves_the_default_timeout_alone(emulator: XArm7Emulator):
    sdk.load()
    made = sys.modules["xarm.core.comm.socket_port"].SocketPort("127.0.0.1", 1)
    assert not made.connected
    made.close()
    assert socket.getdefaulttimeout() is None


def test_ports_and_timeouts_of_the_sdk_are_its_own_again(emulator: XArm7Emulator):
    host, port = emulator.box.place.split(":")
    sdk.connect(host, int(port), 0.3).disconnect()
    config = sys.modules["xarm.core.config.x_config"].XCONF
    assert config.SocketConf.TCP_CONTROL_PORT == 502
    assert config.UxbusConf.GET_TIMEOUT != 300


def test_its_threads_end_when_it_is_disconnected(emulator: XArm7Emulator):
    before = set(threading.enumerate())
    host, port = emulator.box.place.split(":")
    arm = sdk.connect(host, int(port), 0.3)
    begun = set(threading.enumerate()) - before
    assert 1 <= len(begun) <= 2
    arm.disconnect()
    for thread in begun:
        thread.join(5.0)
        assert not thread.is_alive()


def test_ctrl_c_while_it_waits_is_not_swallowed(emulator: XArm7Emulator):
    host, port = emulator.box.place.split(":")
    arm = sdk.connect(host, int(port), 0.3)

    def interrupted(timeout: float | None = None) -> bytes:
        raise KeyboardInterrupt

    arm.arm._stream.rx_que.get = interrupted
    with pytest.raises(KeyboardInterrupt):
        arm.get_state()
    del arm.arm._stream.rx_que.get
    assert arm.get_state()[0] == 0  # and the next call finds its lock free
    arm.disconnect()


def test_nobody_there_is_an_error_with_a_mend():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(
        DriverError, match=rf"no xArm control box answers at 127.0.0.1:{port}.*cable"
    ):
        sdk.connect("127.0.0.1", port, 0.05)


def test_a_port_that_takes_connections_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        begun = time.monotonic()
        with pytest.raises(DriverError, match="no xArm control box answers"):
            sdk.connect("127.0.0.1", mute.getsockname()[1], 0.05)
        assert time.monotonic() - begun < 30.0  # the SDK's own patience is a hundred time-outs


def test_both_names_are_given_back_after_connecting(emulator: XArm7Emulator):
    """`clean_warn` and `get_version` are held back while it connects, and only then."""
    host, port = emulator.box.place.split(":")
    emulator.arm.warning = 12
    arm = sdk.connect(host, int(port), 0.3)
    assert emulator.arm.warning == 12
    arm.clean_warn()
    assert emulator.arm.warning == 0
    arm.disconnect()
