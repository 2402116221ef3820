"""Through the maker's package: ours in its place, in a process of its own, on the emulated hand."""

from __future__ import annotations

import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from xlvla_xhand import hand
from xlvla_xhand.driver import XHandDriver
from xlvla_xhand.emulator import SDK, XHandEmulator

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError, LimitViolation

Open = Callable[..., XHandDriver]


@pytest.fixture
def emulator(right: HandSpec) -> Iterator[XHandEmulator]:
    """The same hand, behind our package."""
    with XHandEmulator(right, "sdk", timed=False) as played:
        yield played


def test_the_address_holds_all_that_another_process_needs(emulator: XHandEmulator):
    address = Address.parse(str(emulator.address))
    assert address == emulator.address
    assert (address.wire, address.options["python"]) == ("sdk", sys.executable)
    assert (Path(address.options["path"]) / "xhand_controller" / "xhand_control.py").is_file()


def test_read_after_command_agrees_and_stop_holds(
    emulator: XHandEmulator, opened: Open, right: HandSpec
):
    emulator.hand.pressed[0, 7] = (-3, 4, 250)
    emulator.hand.temperatures[2] = 44
    driver = opened(timeout="2")
    assert driver.identity().serial == "XH1REMULATED0001"
    assert driver.identity().firmware == "palm 1.4.2"
    assert emulator.hand.modes == [0] * 12
    lower, upper = right.limits
    target = 0.4 * lower + 0.6 * upper
    driver.command(target)
    deadline, state = time.monotonic() + 20.0, driver.read()
    while abs(state.qpos - target).max() > 1e-3:
        assert time.monotonic() < deadline, "it never arrived"
        state = driver.read()
    assert state.touch["thumb_tip"].tolist() == [-3.0, 4.0, 250.0]
    assert state.temperature is not None
    assert state.temperature[2] == 44.0
    driver.stop()
    assert emulator.hand.modes == [3] * 12
    driver.release()
    assert emulator.hand.modes == [0] * 12
    assert emulator.joints.violations == []


def test_what_the_package_would_let_through_is_refused_before(
    emulator: XHandEmulator, opened: Open
):
    """It sends 5 rad as it is told."""
    driver = opened(timeout="2")
    commands = emulator.firmware.commands
    with pytest.raises(LimitViolation):
        driver.command(np.full(12, 5.0))
    assert emulator.firmware.commands == commands


def test_gains_are_the_addresses(emulator: XHandEmulator, opened: Open, right: HandSpec):
    driver = opened(timeout="2", torque="90")
    emulator.joints.stuck.update(range(12))
    driver.command(right.limits.upper)
    driver.read()
    driver.read()
    assert driver.reply is not None
    assert driver.reply.torque.max() == 90


def test_a_fault_is_told_in_words_and_touch_is_zeroed(emulator: XHandEmulator, opened: Open):
    emulator.hand.errors[9] = (0, 35, 20)
    emulator.hand.pressed[3, 0, 2] = 9
    driver = opened(timeout="2")
    faults = driver.read().faults
    assert faults[0].startswith("right_hand_ring_joint2: joint's board: too much current")
    assert faults[1].startswith("right_hand_ring_joint2: fingertip's board")
    driver.zero_touch()
    assert driver.read().touch["ring_tip"].tolist() == [0.0, 0.0, 0.0]


def test_the_wrong_side_and_the_wrong_id_are_refused(emulator: XHandEmulator, opened: Open):
    with pytest.raises(DriverError, match=r"there is a right hand.*Name xhand:right"):
        XHandDriver(hand(Side.LEFT), emulator.address).open()
    with pytest.raises(DriverError, match=r"finds no hand with id 5. Write \?id=0"):
        opened(timeout="2", id="5")


def test_silence_is_the_packages_error_in_our_words(emulator: XHandEmulator, opened: Open):
    driver = opened(timeout="2")
    emulator.faults.silent = True
    with pytest.raises(DriverError, match=r"send_command of the .* lost communication.*1501003"):
        driver.read()
    emulator.faults.silent = False
    assert driver.read().faults == ()


@pytest.mark.parametrize(
    ("worst", "message"),
    [
        ("hang", r"did not return from move in 0\.3 s"),
        ("crash", "ended with status 3"),
        ("raise", "RuntimeError: the package broke"),
    ],
)
def test_a_package_at_its_worst_is_an_error_and_opens_again(
    emulator: XHandEmulator, opened: Open, worst: str, message: str
):
    driver = opened(timeout="0.3")
    driver.hold()
    driver.read()
    emulator.misbehave(worst)
    with pytest.raises(DriverError, match=message):
        driver.read()
    with pytest.raises(DriverError):
        driver.stop()
    emulator.misbehave("")
    driver.close()
    driver.open()
    driver.hold()
    assert emulator.hand.modes == [3] * 12


def test_an_unplugged_hand_is_an_error(emulator: XHandEmulator, opened: Open):
    driver = opened(timeout="2")
    emulator.wire.unplug()
    with pytest.raises(DriverError, match="send_command of the maker's package failed"):
        driver.read()
    emulator.wire.plug()


def test_a_port_that_is_not_there_says_what_to_check(right: HandSpec, tmp_path: Path):
    options = {"path": str(SDK)}
    driver = XHandDriver(right, Address("sdk", str(tmp_path / "none"), options))
    with pytest.raises(DriverError, match=r"open_serial.*serial port failed.*Check that the port"):
        driver.open()


def test_ethercat_that_does_not_open_names_the_right_it_needs(right: HandSpec):
    driver = XHandDriver(right, Address("sdk", "enp3s0", {"path": str(SDK)}))
    with pytest.raises(DriverError, match=r"open_ethercat.*error 1501039.*cap_net_raw"):
        driver.open()


def test_without_the_package_it_says_what_to_install(right: HandSpec):
    driver = XHandDriver(right, Address("sdk", "/dev/ttyUSB0"))
    with pytest.raises(
        DriverError, match=r"no module 'xhand_controller'.*RobotEra.*RS485 needs no"
    ):
        driver.open()


def test_without_the_interpreter_it_says_so(right: HandSpec):
    driver = XHandDriver(right, Address("sdk", "/dev/ttyUSB0", {"python": "/opt/none/python"}))
    with pytest.raises(DriverError, match=r"no Python interpreter at '/opt/none/python'"):
        driver.open()


def test_our_structures_are_as_long_as_the_makers(monkeypatch: pytest.MonkeyPatch):
    """Headers 0.10.3: 24 bytes a command and a state, 384 a fingertip."""
    monkeypatch.syspath_prepend(str(SDK))
    import ctypes

    from xhand_controller import structures  # pyright: ignore[reportMissingImports]

    assert ctypes.sizeof(structures.HandCommand_t) == 288
    assert ctypes.sizeof(structures.FingerState_t) == struct.calcsize("<BBfHHHHHHHHH") == 24
    assert ctypes.sizeof(structures.HandState_t) == 2208
    for name in [name for name in sys.modules if name.startswith("xhand_controller")]:
        monkeypatch.delitem(sys.modules, name)
