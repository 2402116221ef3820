"""The weight of `rt/arm_sdk`: how the arms are given back, and how they are taken when that is known."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk import Side
from xlvla_sdk.errors import DriverError

from .emulated import ARM, DirectPort, moved

RIGHT, LEFT = Side.RIGHT, Side.LEFT


@pytest.fixture
def port():
    port = DirectPort()
    yield port
    assert port.robot.violations == []
    assert port.opened == port.closed


def test_a_release_lowers_the_weight_slowly_and_once(port: DirectPort):
    with port.driver(RIGHT) as right, port.driver(LEFT) as left:
        right.command(moved(port.at()))
        right.stop()
        sent, began_s = len(port.frames), port.clock.time_s
        right.release()
        took_s = port.clock.time_s - began_s
        left.release()
        left.stop()
    falling = port.weights[sent:]
    assert falling[0] == pytest.approx(1.0, abs=1e-3)
    assert falling[-3:] == [0.0, 0.0, 0.0]
    assert np.all(np.diff(falling) <= 0.0)
    assert np.diff(falling).min() > -0.02
    assert took_s == pytest.approx(2.0, abs=0.1)
    assert port.robot.weight == 0.0


def test_a_program_that_pauses_in_a_release_does_not_drop_the_arms(port: DirectPort):
    with port.driver() as driver:
        driver.command(port.at())
        driver.stop()
        port.interrupt = lambda: port.pass_time(0.8)
        driver.release()
    assert np.diff(port.weights).min() > -0.03
    assert port.weights[-1] == 0.0


@pytest.mark.parametrize("what", ["release", "take"])
def test_a_stop_ends_a_change_of_the_weight(port: DirectPort, what: str):
    with port.driver(options="?ramp_in=1") as driver:
        if what == "release":
            driver.command(port.at())
        port.interrupt = driver.stop
        with pytest.raises(DriverError, match="was stopped while its weight was changed"):
            driver.release() if what == "release" else driver.command(port.at())
        sent = len(port.frames)
        weight = port.weights[-1]
        assert weight < 1.0 or what == "release"
        driver.stop()
        assert port.weights[sent:] == [weight] * 3


def test_a_release_stops_arms_that_move(port: DirectPort):
    with port.driver() as driver:
        driver.command(moved(port.at(), 0.5))
        port.pass_time(0.02)
        driver.release()
    ramp = [told.q[ARM[RIGHT]] for told in port.told if told.q[29] < 1.0]
    assert np.ptp(ramp, axis=0).max() == 0.0


def test_a_release_takes_what_another_program_left(port: DirectPort):
    with port.driver() as driver:
        driver.release()
    assert port.weights[0] == 1.0
    assert port.told[0].q[ARM[RIGHT]] == pytest.approx([0.3, -0.2, 0.0, 0.6, 0.0, 0.0, 0.0])
    assert port.robot.weight == 0.0


def test_after_a_release_the_weight_rises_slowly(port: DirectPort):
    with port.driver() as driver:
        driver.command(moved(port.at()))
        driver.release()
        sent, began_s = len(port.frames), port.clock.time_s
        stood = port.at()
        driver.command(moved(stood, 0.01))
    rising = port.weights[sent:]
    assert rising[0] == 0.0
    assert np.diff(rising).max() < 0.05
    assert rising[-1] == 1.0
    assert port.clock.time_s - began_s == pytest.approx(1.0, abs=0.1)
    assert port.told[sent].q[ARM[RIGHT]] == pytest.approx(stood, abs=1e-3)


def test_free_arms_are_taken_slowly_when_the_address_says_so(port: DirectPort):
    with port.driver(options="?ramp_in=0.5") as driver:
        stood, began_s = port.at(), port.clock.time_s
        driver.command(stood)
        assert port.clock.time_s - began_s == pytest.approx(0.5, abs=0.1)
    assert port.weights[0] == 0.0
    assert np.diff(port.weights).max() < 0.1
