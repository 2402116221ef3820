"""Every number of the box has its words, and every error its mend."""

from __future__ import annotations

import pytest
from xlvla_xarm import codes

# Vendor: doc/api/xarm_api_code.md and xarm/core/config/x_code.py.
ERRORS = [1, 2, 3, *range(10, 20), *range(21, 43), 50, 51, 52, 53, 60, 110, 111]
CALLS = [-9, -8, -7, -6, -4, -2, -1, *range(1, 13)]
MOTORS = [10, 11, 12, *range(14, 24), 26, 27, 28, 33, 34, 35, 36, 39, 40, 49, 52]


def test_the_tables_are_whole():
    assert sorted(codes.ERRORS) == ERRORS
    assert set(CALLS) <= set(codes.CALLS)
    assert sorted(codes.WARNINGS) == [11, 12, 13, 14, 15]
    assert set(MOTORS) - {13} <= set(codes.MOTORS)


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_is_a_clause_and_its_mend_a_sentence(code: int):
    words, mend = codes.ERRORS[code]
    assert words
    assert words[0].islower()
    assert mend[0].isupper() or mend[0] == "`"
    assert not mend.endswith(".")


def test_a_motor_is_named_by_its_joint():
    words = codes.motor_words(("joint1", "joint2"), [(0, 0), (3, 11)])
    assert words == ("joint2: over-current (motor error 11)",)


def test_unknown_numbers_are_told():
    assert "77" in codes.error_words(77)
    assert codes.error_mend(77)
    assert "77" in codes.warning_words(77)
    assert "77" in codes.call_words(77)
    assert "77" in codes.state_words(77)
    assert codes.motor_words(("joint1",), [(0, 77)]) == (
        "joint1: a motor error that is in no table (motor error 77)",
    )
