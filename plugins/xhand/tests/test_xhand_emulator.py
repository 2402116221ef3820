"""The driver against the emulated hand on a pseudo-terminal: what moves, and what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from xlvla_xhand import frames, hand
from xlvla_xhand.driver import XHandDriver
from xlvla_xhand.emulator import XHandEmulator, checksum
from xlvla_xhand.rs485 import who_is_there

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address, SafeDriver, SerialPort
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing.faults import KINDS

Open = Callable[..., XHandDriver]


def until(driver: XHandDriver, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30.0
    while time.monotonic() < deadline:
        driver.read()
        if done():
            return
    raise AssertionError("it never happened")


def middle(spec: HandSpec) -> np.ndarray:
    lower, upper = spec.limits
    return 0.5 * (lower + upper)


def test_read_after_command_agrees(emulator: XHandEmulator, opened: Open, right: HandSpec):
    driver = opened()
    lower, upper = right.limits
    for part in (0.0, 0.7, 1.0):
        target = lower + part * (upper - lower)
        driver.command(target)
        until(driver, lambda target=target: abs(driver.read().qpos - target).max() < 1e-3)
    assert emulator.joints.violations == []


def test_the_left_hand_is_driven_alike():
    spec = hand(Side.LEFT)
    with (
        XHandEmulator(spec, "serial", timed=False) as played,
        XHandDriver(spec, played.address) as driver,
    ):
        assert driver.identity().side is Side.LEFT
        driver.command(middle(spec))
        until(driver, lambda: abs(driver.read().qpos - middle(spec)).max() < 1e-3)


def test_opening_moves_nothing_and_powers_nothing(emulator: XHandEmulator, opened: Open):
    stood = emulator.joints.position(time.monotonic()).copy()
    driver = opened()
    assert driver.read().qpos == pytest.approx(stood, abs=1e-6)
    assert emulator.hand.modes == [0] * 12
    driver.stop()
    assert emulator.hand.modes == [0] * 12
    assert emulator.joints.largest_step == 0.0


def test_opening_held_holds_where_it_stands(emulator: XHandEmulator, opened: Open):
    opened(open="hold")
    assert emulator.hand.modes == [3] * 12
    assert emulator.joints.largest_step < 1e-6


def test_a_safe_driver_begins_where_the_hand_stands_and_never_jumps(
    emulator: XHandEmulator, opened: Open, right: HandSpec, clock, monkeypatch
):
    safe = SafeDriver(opened(), clock)
    told = [safe.read().qpos]
    take = emulator.joints.command

    def noted(target: np.ndarray, now: float) -> None:
        if np.isfinite(target).all():  # powerless joints are told nothing
            told.append(target)
        take(target, now)

    monkeypatch.setattr(emulator.joints, "command", noted)
    while not safe.approach(middle(right)):
        clock.now += 0.01
    assert told[1] == pytest.approx(told[0], abs=1e-6)
    steps = np.abs(np.diff(told, axis=0)).max(axis=0)
    assert (steps <= 0.0101 * right.velocity_limits).all()
    assert told[-1] == pytest.approx(middle(right), abs=1e-6)
    assert emulator.joints.violations == []


def test_stop_holds_in_the_midst_of_a_motion(
    emulator: XHandEmulator, opened: Open, right: HandSpec
):
    driver = opened()
    emulator.joints.speed[:] = 0.2  # [rad/s], so that it is under way for long
    begun = driver.read().qpos
    driver.command(right.limits.upper)
    until(driver, lambda: abs(driver.read().qpos - begun).max() > 0.05)
    driver.stop()
    assert not emulator.joints.moving(time.monotonic()).any()
    assert (driver.read().qpos < right.limits.upper - 0.05).all()
    assert emulator.hand.modes == [3] * 12


def test_release_makes_it_powerless_and_stop_leaves_it_so(emulator: XHandEmulator, opened: Open):
    driver = opened()
    driver.hold()
    driver.stop()
    assert emulator.hand.modes == [3] * 12
    driver.release()
    assert emulator.hand.modes == [0] * 12
    driver.stop()
    assert emulator.hand.modes == [0] * 12


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoilt_line_is_recovered_from_or_told(
    emulator: XHandEmulator, opened: Open, right: HandSpec, kind: str
):
    driver = opened(timeout="0.03")
    setattr(emulator.faults, kind, 0.3)
    emulator.faults.delay_s, emulator.faults.gap_s = 0.04, 0.001
    sent = 0
    lower, upper = right.limits
    for part in np.linspace(0.1, 0.3, 40):
        try:
            driver.command(lower + part * (upper - lower))
            state = driver.read()
        except DriverError:
            continue
        sent += 1
        assert np.isfinite(state.qpos).all()
        assert (state.qpos >= lower - 1e-6).all()
        assert (state.qpos <= upper + 1e-6).all()
    assert emulator.faults.struck[kind] > 0
    assert sent > 10
    assert emulator.joints.violations == []
    setattr(emulator.faults, kind, 0.0)
    driver.read()  # whatever happened, a whole line is enough
    driver.stop()


def test_another_boards_answer_is_refused(emulator: XHandEmulator, opened: Open):
    driver = opened()
    emulator.faults.foreign = 1.0
    with pytest.raises(DriverError, match="what came answered something else"):
        driver.read()


def test_silence_is_an_error_and_stop_does_not_hang(emulator: XHandEmulator, opened: Open):
    driver = opened(timeout="0.02")
    driver.hold()
    driver.read()
    emulator.faults.silent = True
    for call in (driver.read, driver.hold, driver.stop, driver.stop):
        with pytest.raises(DriverError, match=r"no reply to a command in 0\.02 s, asked 3 times"):
            call()


def test_stop_is_sent_although_nothing_is_answered(emulator: XHandEmulator, opened: Open, right):
    driver = opened(timeout="0.02")
    emulator.joints.speed[:] = 0.2  # [rad/s], so that it is under way for long
    driver.hold()
    driver.command(right.limits.upper)
    assert emulator.joints.moving(time.monotonic()).all()
    emulator.faults.silent = True
    with pytest.raises(DriverError, match="no reply"):
        driver.stop()
    assert not emulator.joints.moving(time.monotonic()).any()
    assert (emulator.joints.position(time.monotonic()) < right.limits.upper - 0.05).all()


def test_after_silence_a_command_to_somewhere_else_is_refused(
    emulator: XHandEmulator, opened: Open, right: HandSpec
):
    """The hand may have restarted, and its fingers lie where they fell."""
    driver = opened(timeout="0.02")
    driver.hold()
    emulator.faults.silent = True
    with pytest.raises(DriverError, match="no reply"):
        driver.command(middle(right))
    emulator.faults.silent = False
    fallen = right.limits.lower + 0.1 * (right.limits.upper - right.limits.lower)
    emulator.firmware.reboot(time.monotonic())
    emulator.joints.place(fallen)
    emulator.joints.largest_step = 0.0
    for _ in range(2):
        with pytest.raises(DriverError, match=r"may have restarted: .* is at .*Call read or hold"):
            driver.command(middle(right))
    assert emulator.hand.modes == [0] * 12
    driver.hold()
    driver.command(fallen)
    assert emulator.joints.largest_step < 1e-6


def test_after_silence_a_command_to_where_it_stands_is_taken(emulator: XHandEmulator, opened: Open):
    driver = opened(timeout="0.02")
    driver.hold()
    stands = driver.read().qpos
    emulator.faults.silent = True
    with pytest.raises(DriverError, match="no reply"):
        driver.command(stands)
    emulator.faults.silent = False
    driver.command(stands + 0.01)
    assert emulator.hand.modes == [3] * 12


def test_a_hand_that_restarts_is_silent_and_then_there_again(emulator: XHandEmulator, opened: Open):
    driver = opened(timeout="0.02")
    driver.hold()
    driver.read()
    emulator.firmware.boot_s = 0.15
    emulator.firmware.reboot(time.monotonic())
    with pytest.raises(DriverError, match="no reply"):
        driver.read()
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        try:
            driver.read()
            break
        except DriverError:
            continue
    driver.hold()
    assert emulator.hand.modes == [3] * 12


def test_an_unplugged_hand_is_an_error_and_a_plugged_one_opens_again(
    emulator: XHandEmulator, right: HandSpec
):
    driver = XHandDriver(right, emulator.address)
    driver.open()
    driver.hold()
    driver.read()
    emulator.wire.unplug()
    for call in (driver.read, driver.stop, driver.stop, driver.hold, driver.release):
        with pytest.raises(DriverError, match="the line is gone"):
            call()
    driver.close()
    with pytest.raises(DriverError, match="no such port"):
        driver.open()
    emulator.wire.plug()
    with driver:
        assert driver.read().faults == ()


def test_the_wrong_side_is_refused_and_the_port_is_free_again(emulator: XHandEmulator):
    left = hand(Side.LEFT)
    with pytest.raises(DriverError, match=r"there is a right hand.*Name xhand:right"):
        XHandDriver(left, emulator.address).open()
    with SerialPort(emulator.address.place, 3_000_000):
        pass


def test_the_wrong_id_is_told_which_there_are(emulator: XHandEmulator, opened: Open):
    emulator.hand.number = 3
    with pytest.raises(DriverError, match=r"no reply.*write \?id=3"):
        opened(timeout="0.02")
    assert opened(id="3").identity().serial == "XH1REMULATED0001"


def test_who_is_there_is_answered(emulator: XHandEmulator):
    with SerialPort(emulator.address.place, 3_000_000) as port:
        assert who_is_there(port) == [0]
        emulator.faults.silent = True
        assert who_is_there(port, listen_s=0.02) == []


def test_the_wrong_baud_rate_is_no_answer(opened: Open):
    with pytest.raises(DriverError, match=r"no reply.*baud"):
        opened(baud="115200", timeout="0.02")


def test_a_silent_hand_speaks_once_it_is_open(emulator: XHandEmulator, opened: Open):
    emulator.hand.silent = True
    emulator.firmware.acknowledges = False
    opened()
    assert not emulator.hand.silent


def test_a_stuck_finger_pushes_until_its_current_is_too_much(
    emulator: XHandEmulator, opened: Open, right: HandSpec, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("xlvla_xhand.emulated_hand.STALLED_S", 0.05)
    driver = opened()
    at = right.joints.index("right_hand_ring_joint1")
    begun = driver.read().qpos
    emulator.joints.stuck.add(at)
    driver.command(right.limits.upper)
    until(driver, lambda: bool(driver.read().faults))
    state = driver.read()
    assert state.qpos[at] == pytest.approx(begun[at], abs=1e-6)
    assert state.faults[0].startswith("right_hand_ring_joint1: joint's board: too much current")
    assert "free the finger" in state.faults[0]


def test_torque_is_no_more_than_the_limit(emulator: XHandEmulator, opened: Open, right: HandSpec):
    driver = opened(torque="120")
    emulator.joints.stuck.update(range(12))
    driver.command(right.limits.upper)
    driver.read()
    driver.read()
    assert driver.reply is not None
    assert driver.reply.torque.max() == 120


def test_a_hot_motor_lets_go_and_says_so(emulator: XHandEmulator, opened: Open):
    driver = opened()
    driver.hold()
    emulator.hand.temperatures[4] = 91
    driver.read()
    state = driver.read()
    assert state.temperature is not None
    assert state.temperature[4] == 91.0
    assert state.faults[0].startswith("right_hand_index_joint1: joint's board: too hot")
    assert emulator.hand.modes[4] == 0
    assert any("powerless though it was told to move" in fault for fault in driver.read().faults)


def test_a_faulty_joint_does_not_begin_to_move(emulator: XHandEmulator, opened: Open):
    emulator.hand.errors[2, 1] = 34
    driver = opened()
    assert "position sensor" in driver.read().faults[0]
    commands = emulator.firmware.commands
    with pytest.raises(DriverError, match=r"right_hand_thumb_rota_joint2.*Nothing was sent"):
        driver.command(driver.read().qpos)
    assert emulator.firmware.commands == commands + 1  # the read's


def test_a_failed_fingertip_is_told_and_moves(emulator: XHandEmulator, opened: Open):
    emulator.hand.errors[11, 2] = 20
    driver = opened()
    driver.command(driver.read().qpos)
    assert "fingertip's board" in driver.read().faults[0]


def test_touch_is_by_finger_and_can_be_zeroed(emulator: XHandEmulator, opened: Open):
    emulator.hand.pressed[4, :3] = (1, -2, 30)
    driver = opened()
    touch = driver.read().touch
    assert touch["pinky_tip"].tolist() == [3.0, -6.0, 90.0]
    assert touch["pinky_cells"].shape == (120, 3)
    driver.zero_touch()
    assert driver.read().touch["pinky_tip"].tolist() == [0.0, 0.0, 0.0]


def test_a_joint_without_torque_does_not_move(
    emulator: XHandEmulator, opened: Open, right: HandSpec
):
    driver = opened(torque="0")
    begun = driver.read().qpos
    driver.command(right.limits.upper)
    for _ in range(20):
        driver.read()
    assert driver.read().qpos == pytest.approx(begun, abs=1e-6)


def test_a_whole_exchange_is_2514_bytes(
    emulator: XHandEmulator, opened: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("xlvla_xhand.driver.FRESH_S", 30.0)
    driver = opened()
    sent, received = emulator.wire.sent, emulator.wire.received
    for _ in range(10):
        driver.command(driver.read().qpos)
    extra = 2  # the reads that no command came before, and after the last
    assert (emulator.wire.sent - sent) // 2217 <= 10 + extra
    assert (emulator.wire.received - received) % 297 == 0


def test_a_mode_that_there_is_not_is_an_error_of_the_joint(emulator: XHandEmulator):
    """By hand: the driver sends no such mode."""
    command = bytearray(frames.command_joints(0, np.zeros(12), frames.Gains())[:-2])
    command[7 + 14] = 4
    sealed = bytes(command) + checksum(command).to_bytes(2, "little")
    with SerialPort(emulator.address.place, frames.BAUD) as port:
        port.write(sealed)
        assert port.read(2.0)
    assert emulator.hand.errors[0, 1] == 29


def test_there_is_no_other_wire(right: HandSpec):
    with pytest.raises(AssertionError, match="not emulated on 'ethercat'"):
        XHandEmulator(right, "ethercat")


def test_the_plugin_offers_both_wires():
    from xlvla_sdk.registry import load_registry

    device = load_registry().devices["xhand:right"]
    for wire in ("serial", "sdk"):
        assert device.load("driver", wire) is XHandDriver
        assert device.load("emulator", wire) is XHandEmulator
    assert Address.parse("sdk://enp3s0").place == "enp3s0"
