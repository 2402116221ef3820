"""A scan asks every place that could be, moves nothing, and says who answered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.small_hand import small_hand
from xlvla_sdk.drivers import Address, Driver, Identity, JointState
from xlvla_sdk.drivers.ports import serial_ports
from xlvla_sdk.drivers.scanning import Candidate, scan
from xlvla_sdk.errors import DriverError


@pytest.fixture
def asked(tmp_path):
    hand = small_hand(tmp_path)
    calls: list[str] = []

    class Somewhere(Driver):
        def open(self) -> None:
            calls.append(f"open {self.address}")
            if self.address != Address.parse("serial:/dev/ttyUSB1"):
                raise DriverError("nobody there")

        def identity(self) -> Identity:
            return Identity(serial="SN1")

        def read(self) -> JointState:
            calls.append("read")
            return JointState(np.zeros(2))

        def command(self, qpos) -> None:
            calls.append("command")

        def stop(self) -> None:
            calls.append("stop")

        def close(self) -> None:
            calls.append("close")

    candidates = [
        Candidate("small:right", "serial", lambda address: Somewhere(hand, address)),
        Candidate("small:right", "tcp", lambda address: Somewhere(hand, address), ["tcp://h:1"]),
    ]
    return candidates, calls


def test_who_answers_is_said_and_nothing_is_told_to_move(asked):
    candidates, calls = asked
    probes = list(scan(candidates, ["/dev/ttyUSB0", "/dev/ttyUSB1"], ["tcp://h:2", "dds:eth0"]))
    assert [str(probe.address) for probe in probes] == [
        "serial:/dev/ttyUSB0", "serial:/dev/ttyUSB1", "tcp://h:1", "tcp://h:2",
    ]  # fmt: skip
    assert [probe.identity is not None for probe in probes] == [False, True, False, False]
    assert probes[1].identity == Identity(serial="SN1")
    assert probes[0].refused == "nobody there"
    assert set(calls) == {"read", "close", *(f"open {probe.address}" for probe in probes)}
    assert calls.count("close") == 4


def test_a_port_is_asked_at_every_rate_that_is_wanted(asked):
    slow, _ = asked[0]
    probes = list(scan([replace(slow, bauds=(9600, 19200))], ["/dev/ttyUSB1"]))
    assert [(str(probe.address), probe.identity is not None) for probe in probes] == [
        ("serial:/dev/ttyUSB1", True),
        ("serial:/dev/ttyUSB1?baud=9600", False),
        ("serial:/dev/ttyUSB1?baud=19200", False),
    ]


def test_ports_without_a_device_behind_them_are_left_out(monkeypatch):
    class Port:
        def __init__(self, device, vid):
            self.device, self.vid, self.description = device, vid, "an adapter"

    found = [Port("/dev/ttyUSB1", 4), Port("/dev/ttyS0", None), Port("/dev/ttyUSB0", 4)]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: found)
    assert [port.path for port in serial_ports()] == ["/dev/ttyUSB0", "/dev/ttyUSB1"]
