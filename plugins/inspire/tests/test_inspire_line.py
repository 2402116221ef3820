"""Driver and emulated hand on a line that fails: it is got over, or said in time."""

from __future__ import annotations

import time

import numpy as np
import pytest
from xlvla_inspire.driver import RESTARTED
from xlvla_inspire.emulated_wires import TcpFirmware
from xlvla_inspire.wires import Pace

from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import Faults

from .emulated import RIGHT, TACTILE, driver_of, emulator, every_wire, reach

BYTE_FAULTS = ("dropped", "repeated", "truncated", "split", "delayed", "corrupted", "noise")
ON_A_CONNECTION = ("dropped", "repeated", "split", "delayed", "foreign")
"""TCP itself repairs what else can happen to bytes."""


@every_wire
def test_silence_is_an_error_in_time_and_stop_says_so(wire: str):
    with emulator(RIGHT, wire) as emulated:
        driver = driver_of(emulated, timeout="0.1")
        driver.open()
        driver.hold()
        emulated.faults.silent = True
        with pytest.raises(DriverError, match="no reply to a read of what it measures"):
            driver.read()
        with pytest.raises(DriverError, match=r"no reply to a (write of its target|read of what)"):
            driver.stop()
        driver.close()


@every_wire
def test_an_unplugged_hand_is_an_error_and_a_plugged_one_opens_again(wire: str):
    with emulator(RIGHT, wire) as emulated:
        driver = driver_of(emulated)
        driver.open()
        driver.hold()
        emulated.wire.unplug()
        with pytest.raises(DriverError, match="gone"):
            driver.read()
        with pytest.raises(DriverError):
            driver.stop()
        driver.close()
        emulated.firmware.reboot(time.monotonic())
        emulated.wire.plug()
        with driver:
            assert driver.read().qpos == pytest.approx(0.3 * RIGHT.limits[1], abs=1e-3)


@every_wire
def test_a_hand_that_reboots_answers_again_and_stands_where_it_stood(wire: str):
    with emulator(RIGHT, wire) as emulated, driver_of(emulated) as driver:
        driver.command(RIGHT.limits[0])
        reach(emulated)
        emulated.firmware.reboot(time.monotonic())
        assert driver.read().qpos == pytest.approx(RIGHT.limits[0], abs=1e-3)


@every_wire
@pytest.mark.parametrize("gaps", [True, False])
def test_a_hand_that_was_off_between_two_questions_is_noticed(
    wire: str, gaps: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("xlvla_inspire.driver.WATCH_S", 0.0)
    with emulator(RIGHT, wire) as emulated:
        emulated.hand.reads_over_gaps = gaps
        with driver_of(emulated) as driver:
            fastest = emulated.joints.speed.copy()
            driver.command(RIGHT.limits[0])
            slow = emulated.joints.speed.copy()
            assert (slow < fastest).all()
            assert driver.read().faults == ()
            emulated.firmware.reboot(time.monotonic())
            assert driver.read().faults == (RESTARTED,)
            assert driver.read().faults == ()
            driver.command(RIGHT.limits[0])
            assert emulated.joints.speed == pytest.approx(slow)
            for _ in range(2):
                assert driver.read().faults == ()


@every_wire
def test_after_silence_the_limits_are_set_again_before_it_moves(wire: str):
    """A hand that was off comes back with limits of its own, which are higher."""
    with emulator(RIGHT, wire) as emulated, driver_of(emulated, timeout="0.05") as driver:
        driver.command(RIGHT.limits[0])
        careful = emulated.joints.speed.copy()
        emulated.faults.silent = True
        with pytest.raises(DriverError):
            driver.read()
        emulated.firmware.reboot(time.monotonic())
        emulated.faults.silent = False
        assert (emulated.joints.speed > careful).all()
        driver.command(RIGHT.limits[0])
        np.testing.assert_allclose(emulated.joints.speed, careful)


@pytest.mark.parametrize(
    ("wire", "kind"),
    [(wire, kind) for wire in ("serial", "modbus-rtu") for kind in (*BYTE_FAULTS, "foreign")]
    + [("modbus-tcp", kind) for kind in ON_A_CONNECTION],
)
def test_a_bad_line_is_got_over_or_said(wire: str, kind: str, monkeypatch: pytest.MonkeyPatch):
    # A slow machine brings a connection's hand two tries at once, for which it would freeze.
    monkeypatch.setattr(TcpFirmware, "SHORTEST_S", 0.0)
    monkeypatch.setattr(TcpFirmware, "SHORTEST_WRITE_S", 0.0)
    timeout_s = 0.1 if wire == "modbus-tcp" else 0.05
    faults = Faults(delay_s=1.3 * timeout_s)
    with (
        emulator(TACTILE, wire, faults) as emulated,
        driver_of(emulated, timeout=str(timeout_s)) as driver,
    ):
        setattr(faults, kind, 0.2)
        lower, upper = TACTILE.limits
        raised = 0
        for step in range(15):
            try:
                driver.command(lower + step / 15 * (upper - lower))
                qpos = driver.read().qpos
            except DriverError:
                raised += 1
                continue
            assert ((qpos > lower - 1e-6) & (qpos < upper + 1e-6)).all()
        assert faults.struck[kind] > 0
        counts = driver.link.counts
        assert (counts.failed > 0) == (raised > 0)
        setattr(faults, kind, 0.0)
        assert emulated.joints.violations == []


def test_a_transaction_off_by_one_costs_nothing_in_a_control_loop():
    """Reads and writes alternate: each sense of 'off by one' is told from a late answer."""
    faults = Faults()
    with emulator(TACTILE, "modbus-tcp", faults) as emulated, driver_of(emulated) as driver:
        driver.command(TACTILE.rest)
        driver.read()
        faults.foreign = 1.0
        for _ in range(15):
            driver.command(TACTILE.rest)
            driver.read()
        assert (driver.link.counts.recovered, driver.link.counts.failed) == (0, 0)


def test_a_late_answer_to_one_batch_of_touch_is_not_taken_for_another():
    faults = Faults(delay_s=0.07)
    with emulator(TACTILE, "modbus-rtu", faults) as emulated:
        emulated.hand.touch[:] = np.arange(1062)
        with driver_of(emulated, touch="1", timeout="0.05") as driver:
            expected = {name: field.copy() for name, field in driver.read().touch.items()}
            faults.delayed = 0.2
            got = 0
            for _ in range(6):
                try:
                    touch = driver.read().touch
                except DriverError:
                    continue
                got += 1
                assert all((touch[name] == expected[name]).all() for name in expected)
            faults.delayed = 0.0
        assert got > 0
        assert faults.struck["delayed"] > 0


def test_the_hand_is_never_asked_too_fast():
    with emulator(TACTILE, "modbus-tcp") as emulated, driver_of(emulated, touch="1") as driver:
        for _ in range(5):
            driver.command(TACTILE.rest)
            driver.read()
            driver.stop()
        assert isinstance(emulated.firmware, TcpFirmware)
        assert not emulated.firmware.frozen


def test_a_hand_asked_too_fast_stops_answering_until_it_is_turned_off(monkeypatch):
    monkeypatch.setattr("xlvla_inspire.wires.PACE", Pace(0.0, 0.0, 0.0))
    monkeypatch.setattr(TcpFirmware, "SHORTEST_S", 10.0)  # however slow this machine is
    with emulator(RIGHT, "modbus-tcp") as emulated:
        driver = driver_of(emulated, timeout="0.02")
        with pytest.raises(DriverError, match="turn the hand off and on"):
            driver.open()
        assert isinstance(emulated.firmware, TcpFirmware)
        assert emulated.firmware.frozen
        emulated.firmware.reboot(time.monotonic())
        assert not emulated.firmware.frozen
