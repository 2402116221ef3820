"""A TCP port carries bytes, serves one at a time, rests between two, and can be unplugged."""

from __future__ import annotations

import time

import pytest

from xlvla_sdk.drivers import Address, TcpLine
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import EmulatedJoints, Faults, Firmware, TcpWire


class Echo(Firmware):
    joints = EmulatedJoints([0.0], [1.0], 1.0)
    came = 0

    def connected(self) -> None:
        self.came += 1

    def receive(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        return [(0.0, b"echo " + data)]

    def reboot(self, now: float) -> None:
        return


def at(wire: TcpWire, pause_s: float = 0.0) -> TcpLine:
    return TcpLine.at(Address("tcp", wire.place), 1, pause_s)


def test_bytes_go_there_and_back():
    with TcpWire(Echo()) as wire, at(wire) as line:
        line.write(b"a")
        assert line.read(1.0) == b"echo a"
        assert line.read(0.0) == b""
        assert (wire.received, wire.sent) == (1, 6)


def test_silence_is_nothing_and_no_error():
    with TcpWire(Echo(), Faults(silent=True)) as wire, at(wire) as line:
        line.write(b"a")
        assert line.read(0.02) == b""


def test_a_second_connection_is_refused_while_the_first_lasts():
    with TcpWire(Echo()) as wire, at(wire) as line:
        line.write(b"a")
        assert line.read(1.0)  # by now nobody listens
        with pytest.raises(DriverError, match=r"refused.*no other program"):
            at(wire).open()


def test_a_resting_device_refuses_a_line_that_does_not_wait_and_takes_one_that_does():
    firmware = Echo()
    with TcpWire(firmware, rest_s=0.15) as wire:
        with at(wire) as line:
            line.write(b"a")
            assert line.read(1.0)
        with pytest.raises(DriverError, match="refused"):
            at(wire).open()
        with at(wire, pause_s=0.1) as line:
            line.write(b"b")
            assert line.read(1.0) == b"echo b"
    assert firmware.came == 2


def test_a_line_does_not_come_back_sooner_than_the_device_wants():
    with TcpWire(Echo()) as wire:
        line = at(wire, pause_s=0.1)
        with line:
            line.write(b"a")
            assert line.read(1.0)
            open_s = time.monotonic()  # and no sooner than that it is closed
        with line:
            assert time.monotonic() - open_s >= 0.1


def test_a_line_comes_back_to_a_device_that_has_not_noticed_yet_that_it_left():
    firmware = Echo()
    with TcpWire(firmware, rest_s=0.1) as wire:
        line = at(wire)
        for _ in range(2):
            with line:
                line.write(b"a")
                assert line.read(1.0) == b"echo a"
        assert firmware.came == 2


def test_a_line_that_left_a_device_that_is_gone_is_refused():
    with TcpWire(Echo()) as wire:
        line = at(wire)
        line.open()
        line.close()
        wire.unplug()
        with pytest.raises(DriverError, match="refused"):
            line.open()


def test_an_unplugged_line_is_an_error_and_a_plugged_one_answers_again():
    with TcpWire(Echo()) as wire:
        line = at(wire)
        line.open()
        wire.unplug()
        with pytest.raises(DriverError, match="the connection is gone"):
            line.read(1.0)
        line.close()
        with pytest.raises(DriverError, match="refused"):
            at(wire).open()
        wire.plug()
        with line:
            line.write(b"b")
            assert line.read(1.0) == b"echo b"


def test_a_closed_line_says_so():
    line = TcpLine("127.0.0.1", 1)
    with pytest.raises(DriverError, match="is not open"):
        line.write(b"a")
    with pytest.raises(DriverError, match="is not open"):
        line.read(0.0)
    line.close()


def test_a_name_that_is_none_is_an_error():
    with pytest.raises(DriverError, match=r"cannot be reached.*Check the address"):
        TcpLine("no host", 1).open()
