"""The Ability Hand's driver on the emulated hand, over a pseudo-terminal."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from xlvla_ability import hand
from xlvla_ability.driver import AbilityDriver
from xlvla_ability.emulator import AbilityEmulator

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address, Identity, SafeDriver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import Faults

RIGHT = hand(Side.RIGHT)
SIDES = pytest.mark.parametrize("spec", [hand(side) for side in Side], ids=list(Side))
FIRST = np.radians([-15.0, 15.0, 15.0, 15.0, 15.0, 15.0])
COUNT = np.radians(150 / 32767)  # [rad]
PATIENT = "0.5"  # [s] for a reply: this machine may pause
SPOILING = ("dropped", "repeated", "truncated", "split", "delayed", "corrupted", "noise", "foreign")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's session runs out while this machine pauses; test_ability_unfed.py is about that."""
    monkeypatch.setattr("xlvla_ability.driver.API_S", 30.0)
    monkeypatch.setattr("xlvla_ability.emulator.QUIET_S", 30.0)


def emulated(spec: HandSpec = RIGHT, faults: Faults | None = None) -> AbilityEmulator:
    return AbilityEmulator(spec, "serial", faults, timed=False)


def driver_of(emulator: AbilityEmulator, spec: HandSpec = RIGHT, **options: str) -> AbilityDriver:
    options = {"timeout": PATIENT, **options}
    return AbilityDriver(spec, Address("serial", emulator.address.place, options))


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5.0
    while not holds():
        assert time.monotonic() < deadline, "it never came about"


def reach(driver: AbilityDriver, qpos: np.ndarray) -> None:
    def there() -> bool:
        driver.command(qpos)
        return bool(np.abs(driver.read().qpos - qpos).max() < 2 * COUNT)

    until(there)


@SIDES
def test_read_after_command_agrees(spec: HandSpec):
    with emulated(spec) as emulator, driver_of(emulator, spec) as driver:
        for posture in ("fist", "pinch", "open"):
            reach(driver, spec.posture(posture))
    assert emulator.joints.violations == []
    assert emulator.firmware.sessions == 1


def test_opening_reading_and_leaving_start_no_session_and_move_nothing():
    with emulated() as emulator:
        with driver_of(emulator) as driver:
            assert driver.read().qpos == pytest.approx(FIRST, abs=COUNT)
            driver.stop()
        assert emulator.firmware.sessions == 0
        assert emulator.joints.largest_step == 0.0


def test_the_first_motion_starts_where_the_hand_was_put():
    where = np.array([4000.0, 9000.0, 8000.0, 7000.0, 6000.0, -5000.0])  # the wire's order
    with emulated() as emulator, driver_of(emulator) as driver:
        emulator.joints.place(where)  # somebody moves it after opening
        driver.hold()
        assert emulator.joints.largest_step < 1e-3
        assert driver.read().qpos == pytest.approx(where[[5, 4, 0, 1, 2, 3]] * COUNT, abs=COUNT)


def test_a_cycle_of_command_and_read_is_one_exchange(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xlvla_ability.driver.FRESH_S", 30.0)
    with emulated() as emulator, driver_of(emulator) as driver:
        driver.hold()
        before = driver.link.counts.asked
        for _ in range(50):
            driver.command(FIRST)
            driver.read()
        assert driver.link.counts.asked - before == 50


@pytest.mark.parametrize("kind", SPOILING)
def test_a_bad_line_is_recovered_or_an_error_and_never_a_wrong_reading(kind: str):
    faults = Faults(delay_s=0.03)
    with emulated(faults=faults) as emulator, driver_of(emulator, timeout="0.02") as driver:
        setattr(faults, kind, 0.3)
        errors = 0
        for _ in range(40):
            try:
                driver.command(FIRST)
                where = driver.read().qpos
            except DriverError:
                errors += 1
            else:
                assert where == pytest.approx(FIRST, abs=3 * COUNT)
        setattr(faults, kind, 0.0)
        counts = driver.link.counts
        assert faults.struck[kind] > 5
        assert errors == counts.failed < counts.asked / 2
        if kind not in ("split", "repeated"):
            assert counts.recovered + counts.failed > 0
    assert emulator.joints.violations == []


def test_silence_is_an_error_and_passes():
    with emulated() as emulator:
        driver = driver_of(emulator, timeout="0.05")
        driver.open()
        driver.hold()
        driver.read()  # the reply to hold is as good as a reading, once
        emulator.faults.silent = True
        for call in (driver.read, driver.hold, driver.stop, lambda: driver.command(FIRST)):
            with pytest.raises(DriverError, match="no reply"):
                call()
        emulator.faults.silent = False
        driver.stop()
        driver.close()


def test_unplugged_it_says_so_and_plugged_in_it_opens_again():
    with emulated() as emulator:
        driver = driver_of(emulator)
        driver.open()
        driver.hold()
        driver.read()
        emulator.wire.unplug()
        for call in (driver.read, driver.stop, driver.hold, driver.release):
            with pytest.raises(DriverError, match="the line is gone"):
                call()
        driver.close()
        driver.stop()
        emulator.wire.plug()
        with driver:
            assert driver.read().qpos == pytest.approx(FIRST, abs=COUNT)


def test_a_hand_that_reboots_goes_on():
    with emulated() as emulator, driver_of(emulator) as driver:
        reach(driver, RIGHT.posture("fist"))
        emulator.firmware.reboot(time.monotonic())
        reach(driver, RIGHT.posture("open"))
        assert emulator.firmware.sessions == 2


def test_stop_holds_while_it_moves_and_may_be_called_again():
    with emulated() as emulator, driver_of(emulator) as driver:
        emulator.joints.speed /= 20.0
        driver.command(RIGHT.posture("fist"))
        until(lambda: driver.read().qpos[2] > FIRST[2] + 0.05)
        driver.stop()
        driver.stop()
        stopped = driver.read().qpos
        time.sleep(0.1)
        assert driver.read().qpos == pytest.approx(stopped, abs=0.01)
        assert stopped[2] < 1.5


def test_release_gives_the_hand_back_at_once():
    with emulated() as emulator, driver_of(emulator) as driver:
        reach(driver, RIGHT.posture("pinch"))
        driver.stop()
        driver.release()
        until(lambda: not emulator.firmware.in_api(time.monotonic()))
        assert emulator.firmware.ran_out == 0


def test_a_stuck_finger_is_named_and_the_others_arrive():
    with emulated() as emulator, driver_of(emulator) as driver:
        emulator.joints.stuck.add(1)  # middle, in the wire's order
        fist = RIGHT.posture("fist")

        def others_arrived() -> bool:
            driver.command(fist)
            return bool(np.delete(np.abs(driver.read().qpos - fist), 3).max() < 0.01)

        until(others_arrived)
        state = driver.read()
        assert state.qpos[3] == pytest.approx(FIRST[3], abs=COUNT)
        assert [fault.split()[0] for fault in state.faults] == ["middle_q1"]


def test_hot_motors_and_high_currents_are_told():
    with emulated() as emulator, driver_of(emulator) as driver:
        emulator.firmware.limited = {5}
        emulator.firmware.load[5] = -1.5  # [A]
        state = driver.read()
        assert "thumb_q1 is limited" in state.faults[0]
        assert "hot" in state.faults[0]
        assert state.current is not None
        assert state.current == pytest.approx([-1.5, 0, 0, 0, 0, 0], abs=1e-3)


def test_touch_is_the_change_since_opening():
    with emulated() as emulator, driver_of(emulator) as driver:
        emulator.press("thumb", 3, 2.0)
        thumb = driver.read().touch["thumb"]
        # what is pressed is the maker's estimate, of which 0.88 N and the site's rest are taken off
        assert thumb[3] == pytest.approx(2.0 - 0.878894 - 0.059, abs=0.01)
        assert np.delete(thumb, 3).tolist() == [0.0] * 5
        driver.zero_touch()
        assert driver.read().touch["thumb"].tolist() == [0.0] * 6


def test_touch_can_be_the_makers_estimate_as_it_is():
    with emulated() as emulator, driver_of(emulator, touch_zero="off") as driver:
        emulator.press("pinky", 0, 3.0)
        emulator.firmware.touch[3, 1] = 0  # a site that is not there, ICD 3.4.6
        pinky = driver.read().touch["pinky"]
        assert pinky[0] == pytest.approx(3.0, abs=0.01)
        assert pinky[1] == 0.0
        assert pinky[2] == pytest.approx(0.878894 + 0.059, abs=1e-3)


def test_velocities_are_those_of_the_joints():
    with emulated() as emulator, driver_of(emulator, reply="2") as driver:
        emulator.joints.speed /= 20.0
        speed = emulator.joints.speed[0] * COUNT  # [rad/s]
        driver.command(RIGHT.posture("fist"))

        def at_speed() -> bool:
            velocity = driver.read().velocity
            assert velocity is not None
            return velocity == pytest.approx([-speed, *[speed] * 5], rel=0.05)

        until(at_speed)


@pytest.mark.parametrize(("word", "expected"), [("on", True), ("off", False)])
def test_upsampling_is_set(word: str, expected: bool):
    with emulated() as emulator:
        emulator.firmware.upsampling = not expected
        with driver_of(emulator, upsampling=word) as driver:
            assert emulator.firmware.upsampling is not expected
            driver.hold()
            assert emulator.firmware.upsampling is expected


def test_the_identity_is_the_unique_number_and_starts_nothing():
    with emulated() as emulator, driver_of(emulator) as driver:
        assert driver.identity() == Identity(serial="0a1b2c3d4e5f6071")
        until(lambda: not emulator.firmware.in_api(time.monotonic()))
        assert emulator.firmware.ran_out == 0


def test_firmware_without_registers_has_no_number():
    with emulated() as emulator, driver_of(emulator, timeout="0.05") as driver:
        emulator.firmware.registers_known = False
        assert driver.identity() == Identity()


def test_another_baud_rate_is_named():
    with (
        emulated() as emulator,
        pytest.raises(DriverError, match=r"nothing answers at 115200 baud.*'baud='.*We46, We47"),
    ):
        driver_of(emulator, baud="115200", timeout="0.01").open()


def test_another_address_is_named():
    with emulated() as emulator:
        emulator.firmware.address = 0x51
        with pytest.raises(DriverError, match="nothing answers at 460800 baud, address 0x50"):
            driver_of(emulator, timeout="0.01").open()
        with driver_of(emulator, id="0x51") as driver:
            driver.read()


def test_a_hand_without_stuffing_is_named():
    with emulated() as emulator:
        emulator.firmware.stuffs = False
        with pytest.raises(DriverError, match="answers without byte stuffing"):
            driver_of(emulator, timeout="0.1").open()
        emulator.firmware.unstuffs = False
        with pytest.raises(DriverError, match=r"nothing answers.*byte stuffing on both ways"):
            driver_of(emulator, timeout="0.01").open()


def test_a_safe_driver_takes_it_through_its_postures():
    with emulated() as emulator, driver_of(emulator) as driver:
        safe = SafeDriver(driver, time.monotonic)
        for posture in ("fist", "open"):
            until(lambda posture=posture: safe.approach(RIGHT.posture(posture)))
        safe.stop()
    assert emulator.joints.violations == []
    assert emulator.firmware.ran_out == 0
