"""What is the driver's own, beyond the contract that the kit walks."""

from __future__ import annotations

import pytest
from xlvla_sdk import Side
from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError

from xlvla_acme_h11 import hand
from xlvla_acme_h11.driver import AcmeH11Driver
from xlvla_acme_h11.frames import READ, Frames, frame

SPEC = hand(Side("right"))


def test_an_unknown_option_is_refused():
    with pytest.raises(DriverError, match="colour"):
        AcmeH11Driver(SPEC, Address.parse("serial:/dev/ttyUSB0?colour=red"))


def test_a_damaged_frame_is_none():
    whole = frame(READ)
    assert Frames().whole(whole)
    assert not Frames().whole(whole[:-1] + bytes([whole[-1] ^ 1]))
