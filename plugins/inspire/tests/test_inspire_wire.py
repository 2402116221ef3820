"""Driver and emulated hand on real wires: what is told is read back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from xlvla_inspire.driver import InspireDriver
from xlvla_inspire.emulated_wires import ModbusFirmware
from xlvla_inspire.emulator import InspireEmulator
from xlvla_inspire.touch import FIELDS

from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import Address, SafeDriver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import Receive, ScriptedTransport

from .emulated import RIGHT, TACTILE, at, driver_of, emulator, every_device, every_wire, reach


@pytest.fixture
def pair() -> Iterator[tuple[InspireEmulator, InspireDriver]]:
    with emulator(RIGHT, "serial") as emulated, driver_of(emulated) as driver:
        yield emulated, driver


def until(ready: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not ready():
        assert time.monotonic() < deadline, "it did not happen"


@every_device
@every_wire
def test_read_after_command_agrees(spec: HandSpec, wire: str):
    lower, upper = spec.limits
    with emulator(spec, wire) as emulated, driver_of(emulated) as driver:
        for part in (0.0, 0.3, 1.0):
            target = lower + part * (upper - lower)
            driver.command(target)
            reach(emulated)
            assert driver.read().qpos == pytest.approx(target, abs=6e-4)  # half a count and the lag
        assert driver.link.counts.recovered == 0
        assert emulated.joints.violations == []


@every_wire
def test_each_joint_is_its_own(wire: str):
    with emulator(RIGHT, wire) as emulated, driver_of(emulated) as driver:
        for joint in range(6):
            target = RIGHT.limits[0].copy()
            target[joint] = RIGHT.limits[1][joint]
            driver.command(target)
            reach(emulated)
            assert emulated.joints.position(0.0).round().tolist() == [
                0.0 if place == 5 - joint else 1000.0 for place in range(6)
            ]
            assert driver.read().qpos == pytest.approx(target, abs=1e-3)


@every_wire
def test_opening_and_closing_move_nothing(wire: str):
    with emulator(RIGHT, wire) as emulated:
        where = [0.0, 250.0, 500.0, 700.0, 900.0, 1000.0]
        emulated.joints.place(where)
        with driver_of(emulated):
            pass
        assert emulated.joints.position(time.monotonic()).tolist() == where
        assert emulated.joints.largest_step < 0.001


@every_wire
def test_the_first_step_through_the_safe_driver_is_no_jump(wire: str):
    with emulator(RIGHT, wire) as emulated:
        safe = SafeDriver(driver_of(emulated), time.monotonic)
        with safe:
            safe.command(RIGHT.posture("fist"))
            assert emulated.joints.largest_step < 0.02
            safe.approach(RIGHT.posture("fist"))
        # A tenth of a second is the longest step, at 5 rad/s and over 1.308 rad of the fastest.
        assert emulated.joints.largest_step < 0.7
        assert emulated.joints.violations == []


@every_wire
@pytest.mark.parametrize("spec", [RIGHT, TACTILE], ids=["told", "is"])
def test_the_other_model_is_refused(spec: HandSpec, wire: str):
    other = TACTILE if spec is RIGHT else RIGHT
    with (
        emulator(other, wire) as emulated,
        pytest.raises(DriverError, match=rf"not a .*Write {other.name}:{spec.side} instead"),
    ):
        InspireDriver(spec, at(emulated)).open()


@every_wire
def test_a_hand_that_refuses_unlisted_registers_is_read_all_the_same(wire: str):
    with emulator(RIGHT, wire) as emulated:
        emulated.hand.reads_over_gaps = False
        with driver_of(emulated, timeout="0.03") as driver:
            assert driver.identity().model == "RH56DFX or RH56DFQ"
            assert driver.read().temperature == pytest.approx([35] * 6)


@every_wire
def test_faults_name_the_joint_whose_they_are(wire: str):
    with emulator(TACTILE, wire) as emulated, driver_of(emulated) as driver:
        emulated.hand.errors = [0, 0b100, 0, 0b1000, 0, 0b10000]
        emulated.hand.temperatures = [30, 30, 85, 30, 30, 30]
        assert driver.read().faults == (
            "thumb_1_joint: its motor does not communicate",
            "index_1_joint: its motor failed",
            "middle_1_joint: too hot",
            "ring_1_joint: its current is too high",
        )
        assert driver.read().temperature == pytest.approx([30, 30, 30, 85, 30, 30])


@pytest.mark.parametrize("wire", ["modbus-rtu", "modbus-tcp"])
def test_the_network_address_tells_which_byte_comes_first(wire: str):
    with emulator(TACTILE, wire) as emulated:
        firmware = emulated.firmware
        assert isinstance(firmware, ModbusFirmware)
        firmware.low_byte_first = True
        emulated.hand.errors = [1, 0, 0, 0, 0, 0]
        with driver_of(emulated) as driver:
            assert driver.read().faults == ("little_1_joint: stalled",)


def test_a_stuck_finger_stalls_and_is_cleared_when_asked_for():
    with emulator(RIGHT, "serial") as emulated:
        emulated.joints.stuck = {3}
        with driver_of(emulated) as driver:
            driver.command(RIGHT.limits[0])
            until(lambda: driver.read().faults == ("index_proximal_joint: stalled",))
            assert driver.activity["index_proximal_joint"] == "stalled"
            driver.stop()
        with driver_of(emulated, clear="1") as driver:
            assert driver.read().faults == ()


def test_a_finger_that_meets_something_stops_by_its_force_limit():
    with emulator(RIGHT, "serial") as emulated, driver_of(emulated, force="450") as driver:
        emulated.hand.contact = {3: 400}
        driver.command(RIGHT.limits[1])
        reach(emulated)
        state = driver.read()
        assert driver.activity["index_proximal_joint"] == "stopped by its force limit"
        assert state.force is not None
        assert state.force == pytest.approx([0, 0, 0.45 * 9.80665, 0, 0, 0])
        assert state.qpos[2] == pytest.approx(0.6 * 1.47, abs=1e-3)
        assert state.faults == ()


def test_speed_is_what_the_address_says_once_commanded(pair):
    emulated, driver = pair
    assert emulated.joints.speed == pytest.approx([1000 / 0.8] * 6)
    driver.command(RIGHT.rest)
    assert emulated.joints.speed == pytest.approx([0.3 * 1000 / 0.8] * 6)


@every_wire
def test_stop_ends_a_motion_and_may_be_said_again(wire: str):
    with emulator(RIGHT, wire) as emulated, driver_of(emulated, speed="1000") as driver:
        driver.command(RIGHT.limits[1])
        driver.read()
        driver.stop()
        driver.stop()
        reach(emulated)
        assert emulated.joints.position(0.0).min() > 300


@every_wire
def test_touch_is_read_by_place(wire: str):
    with emulator(TACTILE, wire) as emulated:
        emulated.hand.touch[:] = np.arange(1062)
        with driver_of(emulated, touch="1") as driver:
            touch = driver.read().touch
    assert list(touch) == list(FIELDS)
    assert {name: field.shape for name, field in touch.items()} == FIELDS
    # The places of manual 2.6, in words from 3000 on.
    assert touch["pinky_end"][0, 0] == 0
    assert touch["pinky_tip"][0, 0] == (3018 - 3000) / 2
    assert touch["ring_pad"][0, 0] == (3580 - 3000) / 2
    assert touch["index_pad"][9, 7] == (4480 - 3000) / 2 - 1
    assert touch["thumb_middle"][0, 0] == (4690 - 3000) / 2
    assert touch["thumb_pad"][0, 0] == (4708 - 3000) / 2
    # The palm's first point is in its last row, the second above it.
    assert [touch["palm"][7, 0], touch["palm"][6, 0], touch["palm"][7, 1]] == [950, 951, 958]


def test_touch_is_left_alone_unless_asked_for():
    with emulator(TACTILE, "modbus-tcp") as emulated, driver_of(emulated) as driver:
        before = emulated.wire.sent
        assert driver.read().touch == {}
        assert emulated.wire.sent - before < 100


def test_what_is_measured_comes_in_one_read(pair):
    """95 bytes there and back; in two reads it were 88, and a turnaround of 3 ms, 35 bytes, more."""
    emulated, driver = pair
    sent, received = emulated.wire.sent, emulated.wire.received
    driver.read()
    assert (emulated.wire.sent - sent, emulated.wire.received - received) == (86, 9)


def test_an_unknown_wire_is_not_emulated():
    with pytest.raises(DriverError, match="There are serial, modbus-rtu, modbus-tcp"):
        InspireEmulator(RIGHT, "can")


def test_what_the_hand_refuses_is_told_in_its_words():
    """A Modbus exception 02 to the first write."""
    with emulator(RIGHT, "modbus-tcp") as emulated, driver_of(emulated) as driver:
        emulated.hand._has.pop(1486)
        with pytest.raises(DriverError, match="refuses a write of its target: it has no register"):
            driver.command(RIGHT.rest)
        emulated.hand._has[1486] = 12


def test_any_order_of_options_is_an_address():
    script = ScriptedTransport([Receive(b"")], strict=False)
    address = Address.parse("modbus-tcp://192.168.11.210?speed=1000&touch=1")
    driver = InspireDriver(TACTILE, address, script.connect)
    assert (driver.settings.speed, driver.settings.touch) == (1000, True)
