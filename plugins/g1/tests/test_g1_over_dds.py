"""The driver and the emulated robot as two DDS peers on the loopback interface."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
from xlvla_g1 import arm
from xlvla_g1.driver import G1Driver
from xlvla_g1.emulator import G1Emulator

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address, SafeDriver
from xlvla_sdk.errors import DriverError, XlvlaError
from xlvla_sdk.testing import Faults

RIGHT, LEFT = arm(Side.RIGHT), arm(Side.LEFT)
PATIENCE_S = 20.0
"""How long a test waits for what must happen, on a busy machine."""
ALONE = """
import sys
from xlvla_g1 import arm
from xlvla_g1.emulator import G1Emulator
from xlvla_sdk import Side
with G1Emulator(arm(Side.RIGHT), "dds") as emulator:
    print(emulator.address, flush=True)
    sys.stdin.readline()
    print(emulator.robot.told, emulator.robot.violations)
"""


@pytest.fixture
def emulator():
    with G1Emulator(RIGHT, "dds", timed=False) as emulator:
        yield emulator
    assert emulator.robot.violations == []


def patient(emulator: G1Emulator, wait_s: float = PATIENCE_S) -> Address:
    """Its address, with the time that a busy machine takes."""
    return Address.parse(f"{emulator.address}&wait={wait_s}&timeout={PATIENCE_S}")


def go_to(driver: G1Driver, target: np.ndarray) -> None:
    safe = SafeDriver(driver, time.monotonic)
    arrived = eventually(lambda: safe.approach(target))
    assert arrived


def eventually(happens: Callable[[], bool]) -> bool:
    """Whether something becomes true in good time; errors on the way are none of it."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            if happens():
                return True
        except XlvlaError:
            pass
        time.sleep(0.002)
    return False


def test_what_was_commanded_is_read(emulator: G1Emulator):
    with G1Driver(RIGHT, patient(emulator)) as driver:
        target = RIGHT.posture("ready")
        go_to(driver, target)
        assert eventually(lambda: bool(np.abs(driver.read().qpos - target).max() < 1e-3))
        driver.stop()
    assert emulator.robot.refused == {"damaged": 0, "machine": 0, "weight": 0, "not standing": 0}


def test_both_arms_move_and_the_last_driver_leaves_the_domain(emulator: G1Emulator):
    with G1Driver(RIGHT, patient(emulator)) as right, G1Driver(LEFT, patient(emulator)) as left:
        targets = {driver: driver.read().qpos + 0.1 for driver in (right, left)}
        for driver, target in targets.items():
            go_to(driver, target)
        for driver, target in targets.items():
            assert eventually(
                lambda driver=driver, target=target: bool(
                    np.abs(driver.read().qpos - target).max() < 1e-3
                )
            )
    assert emulator.robot.weight == 1.0
    with G1Driver(LEFT, patient(emulator)) as left:
        left.release()
    assert eventually(lambda: emulator.robot.weight == 0.0)


@pytest.mark.parametrize(
    "kind",
    ["dropped", "repeated", "truncated", "split", "delayed", "corrupted", "noise", "foreign"],
)
def test_bad_states_are_passed_over_or_said(kind: str):
    faults = Faults(delay_s=0.02)
    with (
        G1Emulator(RIGHT, "dds", faults, timed=False) as emulator,
        G1Driver(RIGHT, patient(emulator)) as driver,
    ):
        stood = driver.read().qpos
        setattr(faults, kind, 0.3)
        good = 0
        for _ in range(40):
            try:
                driver.command(stood)
                assert driver.read().qpos == pytest.approx(stood, abs=1e-3)
                good += 1
            except DriverError:
                continue
            time.sleep(0.002)
        assert eventually(lambda: faults.struck[kind] > 0)
        setattr(faults, kind, 0.0)
    assert good > 0
    assert emulator.robot.violations == []
    assert emulator.robot.largest_step < 1e-3


def test_silence_is_an_error_and_speech_mends_it(emulator: G1Emulator):
    with G1Driver(RIGHT, patient(emulator, 0.5)) as driver:
        emulator.faults.silent = True
        assert falls_silent(driver)
        emulator.faults.silent = False
        assert eventually(lambda: driver.read() is not None)


def falls_silent(driver: G1Driver) -> bool:
    """Whether reading begins to fail in good time, and says why."""

    def says_so() -> bool:
        try:
            driver.read()
        except DriverError as error:
            return "no state on rt/lowstate" in error.message
        return False

    return eventually(says_so)


def test_an_unplugged_robot_is_an_error_and_a_plugged_one_answers_again(emulator: G1Emulator):
    with G1Driver(RIGHT, patient(emulator, 0.5)) as driver:
        stood = driver.read().qpos
        driver.command(stood)
        emulator.wire.unplug()
        assert falls_silent(driver)
        with pytest.raises(DriverError):
            driver.command(stood)
        with pytest.raises(DriverError, match="nobody listens to rt/arm_sdk"):
            driver.stop()
        emulator.wire.plug()
        assert eventually(lambda: driver.command(stood) is None)
        driver.stop()


def test_a_robot_started_anew_takes_the_driver_to_be_opened_again(emulator: G1Emulator):
    with G1Driver(RIGHT, patient(emulator, 0.5)) as driver:
        driver.command(driver.read().qpos)
        emulator.reboot()

        def says_so() -> bool:
            try:
                driver.read()
            except DriverError as error:
                return "started anew" in error.message
            return False

        assert eventually(says_so)
        with pytest.raises(DriverError, match="started anew"):
            driver.command(RIGHT.rest)
        assert emulator.robot.weight == 0.0
        with pytest.raises(DriverError, match="its arms are its own"):
            driver.stop()
        driver.close()
        driver.open()
        assert eventually(lambda: driver.command(driver.read().qpos) is None)


def test_a_robot_in_another_process_is_found_moved_and_stopped():
    with subprocess.Popen(
        [sys.executable, "-c", ALONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        address = Address.parse(f"{said}&wait={PATIENCE_S}&timeout={PATIENCE_S}")
        with G1Driver(RIGHT, address) as driver:
            target = RIGHT.posture("ready")
            go_to(driver, target)
            assert eventually(lambda: bool(np.abs(driver.read().qpos - target).max() < 1e-3))
        said, _ = process.communicate("\n", timeout=PATIENCE_S)
    told, violations = said.split(maxsplit=1)
    assert int(told) > 2
    assert violations.strip() == "[]"


def test_two_emulated_robots_do_not_hear_each_other(emulator: G1Emulator):
    with G1Emulator(LEFT, "dds", timed=False) as other:
        assert other.peer.domain != emulator.peer.domain
        with G1Driver(LEFT, patient(other)) as driver:
            driver.command(driver.read().qpos)
            assert eventually(lambda: other.robot.told > 0)
    assert emulator.robot.told == 0


def test_no_robot_and_no_interface_are_told_apart(emulator: G1Emulator):
    emulator.wire.unplug()
    nobody = Address.parse(f"{emulator.address}&timeout=0.2")
    with pytest.raises(DriverError, match=r"no state on rt/lowstate for 0\.2 s"):
        G1Driver(RIGHT, nobody).open()
    with pytest.raises(DriverError, match=r"no network interface 'eth77'. It has: .*lo"):
        G1Driver(RIGHT, Address.parse("dds:eth77")).open()
    with pytest.raises(DriverError, match="domain 300 is not within 0 to 230"):
        G1Driver(RIGHT, Address.parse("dds:lo?domain=300")).open()


def test_without_cyclonedds_the_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "xlvla_g1.dds_port", None)
    with pytest.raises(DriverError, match=r"pip install 'xlvla-g1\[dds\]'"):
        G1Driver(RIGHT, Address.parse("dds:lo")).open()


def test_the_plugin_and_its_driver_are_imported_without_cyclonedds():
    seen = "import sys, xlvla_g1.driver; print('cyclonedds' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
