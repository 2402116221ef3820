"""Addresses reach the device that was meant, and no other."""

from __future__ import annotations

import pytest

from xlvla_sdk.drivers.placing import placed
from xlvla_sdk.errors import DriverError
from xlvla_sdk.registry import registry

TCP, PORT, ARM = "modbus-tcp://192.168.11.210:6000", "serial:/dev/ttyUSB0?baud=9600", "tcp://h"


def at(body: str, *texts: str, **known: str) -> list[str]:
    """Where each device of a body is, as text; '-' where nobody said."""
    known = {name.replace("_", ":"): text for name, text in known.items()}
    found = placed(registry().embodiment(body), texts, known)
    return [str(address) if address else "-" for address in found]


def test_where_one_device_stands_the_address_is_enough():
    for text in (PORT, f"right={PORT}", f"inspire={PORT}", f"inspire:right={PORT}"):
        assert at("inspire:right", text) == [PORT]


def test_several_devices_are_named_by_what_fits_one_alone():
    assert at("inspire:both", f"left={PORT}", f"right={TCP}") == [TCP, PORT]
    assert at("xarm7+inspire:right", f"inspire={TCP}", f"xarm7={ARM}") == [ARM, TCP]
    body = "xarm7+xhand:right,xarm7+inspire:left"
    assert at(body, f"xarm7:left={ARM}", f"xhand={PORT}") == ["-", PORT, ARM, "-"]


@pytest.mark.parametrize(
    ("body", "text", "said"),
    [
        ("inspire:both", PORT, "an address alone fits 2 devices of inspire:both. Begin it with"),
        ("inspire:both", f"inspire={PORT}", "'inspire' fits 2 devices"),
        ("xarm7+inspire:right", f"right={PORT}", "'right' fits 2 devices"),
        ("inspire:right", f"left={PORT}", "'left' is no device of inspire:right"),
        ("inspire:right", "right=ttyUSB0", "'ttyUSB0' is no address"),
    ],
)
def test_a_name_that_does_not_fit_one_device_is_refused(body: str, text: str, said: str):
    with pytest.raises(DriverError, match=said):
        at(body, text)


def test_a_device_named_twice_is_refused():
    with pytest.raises(DriverError, match="names inspire:right twice"):
        at("inspire:right", PORT, f"right={TCP}")


def test_what_is_known_fills_in_and_what_is_typed_goes_before_it():
    known = {"inspire_right": TCP, "xarm7": ARM, "xhand_left": PORT}
    assert at("xarm7+inspire:right", f"inspire={PORT}", **known) == [ARM, PORT]
    assert at("xarm7+inspire:right", **known) == [ARM, TCP]
