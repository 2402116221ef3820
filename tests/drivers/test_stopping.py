"""Every driver is stopped, whatever the others do, and nothing interrupts it."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tests.drivers.recording_driver import RecordingDriver
from tests.small_hand import small_hand
from xlvla_sdk.drivers import Address
from xlvla_sdk.drivers.stopping import stop_all
from xlvla_sdk.errors import DriverError


class Meeting(RecordingDriver):
    """Its stop returns only when the other's has begun."""

    def __init__(self, spec, begun: threading.Event, other: threading.Event) -> None:
        super().__init__(spec, lambda: 0.0)
        self.begun, self.other = begun, other

    def stop(self) -> None:
        self.begun.set()
        if not self.other.wait(5.0):
            raise DriverError(f"{self.spec.id}: the other was not stopped meanwhile.")
        super().stop()


@pytest.fixture
def hand(tmp_path):
    return small_hand(tmp_path)


def test_devices_at_different_places_are_stopped_side_by_side(hand):
    one, two = threading.Event(), threading.Event()
    drivers = [Meeting(hand, one, two), Meeting(hand, two, one)]
    for number, driver in enumerate(drivers):
        driver.address = Address("serial", f"/dev/ttyUSB{number}")
    stop_all(drivers)
    assert [[name for name, _ in driver.calls] for driver in drivers] == [["stop", "close"]] * 2


def test_devices_at_one_place_are_stopped_one_after_the_other_and_closed_after_that(hand):
    order: list[tuple[str, str]] = []
    drivers = [RecordingDriver(hand, lambda: 0.0) for _ in range(2)]
    for number, driver in enumerate(drivers):
        driver.address = Address("dds", "eth0", {"arm": str(number)})
        driver._note = lambda call, number=number: order.append((call, str(number)))
    stop_all(drivers)
    assert order == [("stop", "0"), ("stop", "1"), ("close", "0"), ("close", "1")]


def test_the_first_that_cannot_be_stopped_is_the_error_and_all_are_closed(hand, caplog):
    drivers = [RecordingDriver(hand, lambda: 0.0, ("stop",)) for _ in range(3)]
    with pytest.raises(DriverError, match="stop failed"):
        stop_all(drivers)
    assert all(driver.calls[-1][0] == "close" for driver in drivers)
    assert len(caplog.records) == 2


def test_an_error_on_its_way_is_not_replaced(hand, caplog):
    with (
        pytest.raises(DriverError, match="the line is gone"),
        RecordingDriver(hand, lambda: 0.0, ("stop",)),
    ):
        raise DriverError("the line is gone")
    assert "could not be stopped: small:right: stop failed." in caplog.text


def test_a_driver_that_does_not_open_is_closed(hand):
    driver = RecordingDriver(hand, lambda: 0.0, ("open",))
    with pytest.raises(DriverError, match="open failed"), driver:
        pass
    assert [name for name, _ in driver.calls] == ["open", "close"]


def test_a_signal_waits_until_the_devices_are_stopped(hand, listening):
    driver = RecordingDriver(hand, lambda: 0.0)
    driver._note = lambda call: driver.calls.append(
        (call, os.kill(os.getpid(), signal.SIGINT) or 0)
    )
    with pytest.raises(SystemExit) as left:
        stop_all([driver])
    assert left.value.code == 130
    assert [name for name, _ in driver.calls] == ["stop", "close"]
