"""Addresses: one grammar of their options, and errors that name the option."""

from __future__ import annotations

import pytest

from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError


def having(value: str) -> Address:
    return Address.parse(f"serial:/dev/ttyUSB0?it={value}")


@pytest.mark.parametrize("text", ["on", "yes", "true", "1", "ON", "Yes"])
def test_words_that_switch_on(text: str):
    assert having(text).flag("it") is True


@pytest.mark.parametrize("text", ["off", "no", "false", "0", "Off"])
def test_words_that_switch_off(text: str):
    assert having(text).flag("it", True) is False


def test_what_is_not_said_is_as_usual():
    address = Address.parse("serial:/dev/ttyUSB0")
    assert address.flag("it") is False
    assert address.flag("it", True) is True
    assert address.integer("it", 7, 0, 3) == 7
    assert address.number("it", 2.5) == 2.5
    assert address.choice("it", "limp", ("limp", "hold")) == "limp"


@pytest.mark.parametrize(
    ("text", "ask", "said"),
    [
        ("maybe", lambda a: a.flag("it"), "'it' is 'maybe'. Give on or off."),
        ("4", lambda a: a.integer("it", 1, 1, 3), "'it' is '4'. Give 1 to 3."),
        ("0", lambda a: a.integer("it", 1, 1, 3), "'it' is '0'. Give 1 to 3."),
        ("1.5", lambda a: a.integer("it", 1, 1, 3), "'it' is '1.5'. Give a whole number."),
        ("nan", lambda a: a.number("it", 1.0), "'it' is 'nan'. Give a number, above zero."),
        ("-1", lambda a: a.number("it", 1.0, "Give grams."), "'it' is '-1'. Give grams."),
        ("0", lambda a: a.seconds("it", 1.0), "'it' is '0'. Give seconds, above zero."),
        ("off", lambda a: a.choice("it", "limp", ("limp", "hold")), "'off'. Give limp or hold."),
    ],
)
def test_what_an_option_cannot_be_is_refused_by_name(text: str, ask, said: str):
    with pytest.raises(DriverError) as caught:
        ask(having(text))
    assert caught.value.message.startswith("serial:/dev/ttyUSB0?it=")
    assert caught.value.message.endswith(said)
