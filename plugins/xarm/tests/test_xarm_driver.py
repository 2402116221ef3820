"""The driver on an emulated control box: what it sends, what it reads, what it refuses."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

import numpy as np
import pytest
from xlvla_xarm import arm
from xlvla_xarm.driver import XArm7Driver
from xlvla_xarm.emulator import XArm7Emulator
from xlvla_xarm.model import LARGEST_STEP

from xlvla_sdk import ArmSpec
from xlvla_sdk.drivers import Address, SafeDriver
from xlvla_sdk.errors import DriverError, LimitViolation

MakeDriver = Callable[..., XArm7Driver]
OPENING = [
    "01",  # version
    "0F",  # errors: the SDK's own
    "0F",  # errors: the driver's
    "2A 03",  # joint states, twice
    "2A 03",
]
TAKING = [
    "0F",
    "2A 03",
    "0B 08 01",  # motion_enable(True), as in the worked frame
    "13 01",  # set_mode(1), as in the worked frame
    "0C 00",  # set_state(0), as in the worked frame
]


def said(emulator: XArm7Emulator) -> list[bytes]:
    """Registers and parameters of what was asked, oldest first; without reads of the state (0D),
    which the SDK mixes in as it likes."""
    heard = list(emulator.control.heard)  # at once: the box goes on hearing
    return [request[6:] for request in heard if request[6:] != b"\x0d"]


def frames(*texts: str) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def settle(emulator: XArm7Emulator, driver: XArm7Driver, goal: np.ndarray) -> None:
    """Streams small steps until the goal is commanded, then waits until it is reached."""
    here = driver.read().qpos
    for part in np.linspace(0.0, 1.0, 40)[1:]:
        driver.command(here + part * (goal - here))
    until = time.monotonic() + 10.0
    while np.abs(emulator.joints.position(time.monotonic()) - goal).max() > 1e-4:
        assert time.monotonic() < until


def test_opening_reads_and_moves_nothing(driver: XArm7Driver, emulator: XArm7Emulator):
    assert said(emulator) == frames(*OPENING)
    assert not emulator.arm.enabled


def test_the_first_command_takes_the_arm_where_it_stands(
    driver: XArm7Driver, emulator: XArm7Emulator
):
    """Firmware below 1.10, to which the worked frames belong."""
    emulator.control.heard.clear()
    driver._box._api.arm._minor_version_number = 9  # pyright: ignore[reportPrivateUsage]
    driver._box._api.arm._major_version_number = 1
    here = emulator.joints.position(0.0)
    driver.command(here)
    sent = said(emulator)
    assert sent[: len(TAKING)] == frames(*TAKING)
    for request in sent[len(TAKING) :]:
        assert request[0] == 0x1D
        assert len(request) == 41
        assert struct.unpack("<7f", request[1:29]) == pytest.approx(here, abs=1e-6)
    assert emulator.joints.largest_step < 1e-6


def test_firmware_from_1_10_on_is_told_the_mode_in_two_bytes(
    driver: XArm7Driver, emulator: XArm7Emulator
):
    driver.hold()
    assert bytes.fromhex("13 01 00") in said(emulator)


def test_a_target_is_the_worked_frame(driver: XArm7Driver, emulator: XArm7Emulator):
    """Its seven angles; speed, acceleration and time after them are reserved, and the SDK's own."""
    goal = 0.1 * np.arange(1, 8)
    emulator.joints.place(goal)
    driver._readings.forget()
    driver.command(goal)
    worked = bytes.fromhex("1D CDCCCC3D CDCC4C3E 9A99993E CDCCCC3E 0000003F 9A99193F 3333333F")
    assert said(emulator)[-1][:29] == worked


def test_read_after_command_agrees(driver: XArm7Driver, emulator: XArm7Emulator):
    goal = np.array([0.3, -0.2, 0.1, 1.1, -0.3, 0.8, 0.5])
    settle(emulator, driver, goal)
    state = driver.read()
    assert state.qpos == pytest.approx(goal, abs=1e-3)
    assert state.torque == pytest.approx(emulator.arm.torque)
    assert state.temperature == pytest.approx(35.0)
    assert state.current == pytest.approx(0.5)
    assert state.velocity is not None
    assert np.abs(state.velocity).max() < 0.2
    assert state.faults == ()
    assert not emulator.joints.violations


def test_velocity_has_the_sign_of_the_motion(driver: XArm7Driver, emulator: XArm7Emulator):
    here = driver.read().qpos
    driver.command(here + 0.3 * np.array([1, -1, 1, -1, 1, -1, 1]))
    velocity = driver.read().velocity
    assert velocity is not None
    assert (np.sign(velocity) == [1, -1, 1, -1, 1, -1, 1]).all()


def test_who_it_is(driver: XArm7Driver):
    who = driver.identity()
    assert who.model == "xArm 7 (XARM7_X4)"
    assert who.side is None
    assert (who.serial, who.firmware) == ("XI120001B02L03", "2.6.7")


@pytest.mark.parametrize(
    ("version", "match"),
    [
        (
            "6,6,XI120001B02L03,AC120001B02L03,v2.6.7",
            "is an arm of 6 joints, model 6, not an xArm 7",
        ),
        ("7,13,XI120001B02L03,AC120001B02L03,v2.6.7", "model 13, not an xArm 7 of model 7"),
        ("7,7,XI120001B02L03,AC120001B02L03,v1.8.4", r"firmware 1\.8\.4 .*Update it"),
    ],
)
def test_another_arm_is_refused(
    make_driver: MakeDriver, emulator: XArm7Emulator, version: str, match: str
):
    emulator.arm.version = version
    with pytest.raises(DriverError, match=match):
        make_driver().open()
    assert not emulator.arm.enabled


def test_a_newer_arm_has_narrower_limits(make_driver: MakeDriver, emulator: XArm7Emulator):
    emulator.arm.version = "7,7,XI130601B02L03,AC130601B02L03,v2.6.7"
    driver = make_driver()
    driver.open()
    assert driver.identity().model == "xArm 7 (XARM7_X4_1305)"
    told = driver.read().qpos.copy()
    told[3] = -0.15  # inside the older arm's limits
    with pytest.raises(LimitViolation, match=r"'joint4' is -0\.15, outside \[-0\.1047"):
        driver.command(told)


@pytest.mark.parametrize("value", [np.nan, np.inf, 2.2, -2.2])
def test_what_the_arm_cannot_do_is_never_sent(
    driver: XArm7Driver, emulator: XArm7Emulator, value: float
):
    told = driver.read().qpos.copy()
    told[1] = value
    asked = len(emulator.control.heard)
    with pytest.raises(LimitViolation, match=r"'joint2'.*Nothing was sent"):
        driver.command(told)
    assert len(emulator.control.heard) == asked


def test_another_number_of_joints_is_refused(driver: XArm7Driver):
    with pytest.raises(DriverError, match="6 values, the arm 7 joints"):
        driver.command(np.zeros(6))


def test_a_jump_is_refused(driver: XArm7Driver, emulator: XArm7Emulator):
    here = driver.read().qpos
    driver.command(here)
    sent = len(emulator.control.heard)
    with pytest.raises(LimitViolation, match=r"'joint1' was told to go 0\.400 rad in one step"):
        driver.command(here + np.array([0.4, 0, 0, 0, 0, 0, 0]))
    assert len(emulator.control.heard) == sent


def test_the_first_command_may_be_no_jump_either(driver: XArm7Driver, emulator: XArm7Emulator):
    with pytest.raises(LimitViolation, match="a jump"):
        driver.command(driver.read().qpos + LARGEST_STEP + 0.01)
    assert emulator.joints.largest_step < 1e-6


def test_a_safe_driver_never_steps_too_far(
    driver: XArm7Driver, spec: ArmSpec, emulator: XArm7Emulator
):
    """After a pause of any length its step is that of 0.1 s."""
    now = [0.0]
    safe = SafeDriver(driver, lambda: now[0])
    goal = np.clip(driver.read().qpos + 1.0, *spec.limits)
    for _ in range(20):
        if safe.approach(goal):
            break
        now[0] += 5.0
    assert emulator.arm.error == 0
    assert not emulator.joints.violations


def test_holding_stays_where_it_stands_powered(driver: XArm7Driver, emulator: XArm7Emulator):
    here = driver.read().qpos
    driver.hold()
    emulator.joints.speed[:] = 0.05  # [rad/s]: this machine may pause
    driver.command(here + 0.2)
    driver.hold()
    assert emulator.arm.enabled
    assert emulator.arm.ready
    until = time.monotonic() + 5.0
    while (gone := emulator.joints.moving(time.monotonic()).any()) and time.monotonic() < until:
        pass
    assert not gone
    assert np.abs(emulator.joints.position(time.monotonic()) - here).max() < 0.15


def test_the_stop_goes_out_first_and_is_confirmed(driver: XArm7Driver, emulator: XArm7Emulator):
    driver.command(driver.read().qpos + 0.3)
    emulator.control.heard.clear()
    driver.stop()
    assert emulator.control.heard[0] == bytes.fromhex("0000 0002 0002 0C04")
    assert said(emulator) == frames("0C 04", "0C 04")
    assert emulator.arm.state == 4
    assert emulator.arm.enabled
    before = emulator.joints.position(time.monotonic()).copy()
    assert emulator.joints.position(time.monotonic() + 1.0) == pytest.approx(before)


def test_stopping_needs_no_state(make_driver: MakeDriver, emulator: XArm7Emulator):
    driver = make_driver()
    driver.stop()  # not open
    driver.open()
    driver.stop()  # never commanded: somebody else's motion is stopped, too
    driver.stop()
    assert emulator.arm.state == 4
    driver.close()
    driver.stop()
    driver.close()


def test_after_a_stop_a_command_takes_the_arm_again(driver: XArm7Driver, emulator: XArm7Emulator):
    driver.command(driver.read().qpos + 0.2)
    driver.stop()
    here = driver.read().qpos
    driver.command(here)
    assert emulator.arm.ready
    assert emulator.joints.position(time.monotonic()) == pytest.approx(here, abs=1e-3)


def test_the_stop_frame_needs_no_lock(driver: XArm7Driver, emulator: XArm7Emulator):
    """A read that hangs in another thread holds the SDK's lock; the first frame goes out all the same."""
    with driver._box._api.core.lock:
        driver._box.stop_at_once()
        until = time.monotonic() + 5.0
        while b"\x0c\x04" not in said(emulator):
            assert time.monotonic() < until


def test_releasing_stops_and_leaves_servo_mode(driver: XArm7Driver, emulator: XArm7Emulator):
    driver.command(driver.read().qpos + 0.3)
    driver.release()
    assert emulator.arm.mode == 0
    assert not emulator.joints.moving(time.monotonic()).any()


def test_leaving_the_block_stops(spec: ArmSpec, emulator: XArm7Emulator):
    with XArm7Driver(spec, emulator.address) as driver:
        driver.command(driver.read().qpos + 0.3)
    assert emulator.arm.state == 4


def test_the_load_is_told_when_it_is_given(make_driver: MakeDriver, emulator: XArm7Emulator):
    driver = make_driver(load="0.6,0,10,70.5")
    driver.open()
    driver.hold()
    assert emulator.arm.load == pytest.approx((0.6, 0.0, 10.0, 70.5))


@pytest.mark.parametrize("load", ["", "0.6", "0.6,0,0,x", "-1,0,0,0", "99,0,0,0", "nan,0,0,0"])
def test_a_load_that_is_none_is_refused(make_driver: MakeDriver, load: str):
    with pytest.raises(DriverError, match=r"'load' is .*load=0\.6,0,0,70"):
        make_driver(load=load)


def test_a_posture_outside_the_limits_is_not_commanded(
    driver: XArm7Driver, emulator: XArm7Emulator
):
    """Somebody pushed it there in manual mode; a little outside is noise, more is refused."""
    outside = emulator.joints.position(0.0).copy()
    outside[1] = emulator.joints.upper[1] + 0.004
    emulator.joints.place(outside)
    driver._readings.forget()
    driver.hold()
    assert not emulator.joints.violations
    driver.stop()
    outside[1] = emulator.joints.upper[1] + 0.02
    emulator.joints.place(outside)
    with pytest.raises(LimitViolation, match=r"'joint2' stands at 2\.114 rad"):
        driver.hold()
    assert not emulator.joints.violations


def test_without_reports_there_are_no_temperatures(
    make_driver: MakeDriver, emulator: XArm7Emulator
):
    driver = make_driver(report=0)
    driver.open()
    state = driver.read()
    assert state.temperature is None
    assert state.current is None
    assert state.qpos == pytest.approx(emulator.joints.position(0.0))


@pytest.mark.parametrize("place", ["arm.local", "xarm", "1.2.3", "192.168.1.300"])
def test_a_name_is_no_address(place: str):
    with pytest.raises(DriverError, match="no IPv4 address"):
        XArm7Driver(arm(), Address("tcp", place))


def test_an_unknown_option_is_refused(emulator: XArm7Emulator):
    with pytest.raises(DriverError, match="there is no option 'speed'"):
        XArm7Driver(arm(), Address("tcp", emulator.box.place, {"speed": "1"}))


def test_no_address_is_refused():
    with pytest.raises(DriverError, match="give its address"):
        XArm7Driver(arm())


def test_it_is_used_in_a_block(make_driver: MakeDriver):
    with pytest.raises(DriverError, match=r"is not open\. Use the driver in a `with` block"):
        make_driver().read()
