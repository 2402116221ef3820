"""The XHAND1's error numbers in words; the maker's package says 1501000 more than the hand.

Source: the maker's headers 0.10.3 (yoimika/xhand_control_python@b61a82d); 67 was seen when
package 1.1.7 refused a mode.
"""

from __future__ import annotations

import numpy as np

PACKAGE_BASE = 1_501_000
"""What the package adds to an error's number."""

ERRORS = {
    1: "a frame was for another id",
    2: "unknown command",
    3: "lost communication",
    4: "a frame of the wrong length",
    5: "no flash memory",
    6: "busy",
    **dict.fromkeys(range(7, 18), "a firmware update failed; use the maker's program"),
    **dict.fromkeys(range(18, 25), "the fingertip's board failed"),
    26: "its parameters did not load; calibrate it with the maker's program",
    28: "too hot; let it cool down",
    29: "a mode it does not know",
    30: "outside its range; calibrate it with the maker's program",
    31: "lost contact with its board",
    32: "lost contact with its board",
    33: "a command it does not know",
    34: "its position sensor gives no right value",
    35: "too much current; free the finger and switch the hand off and on",
    36: "did not start; switch the hand off and on",
    37: "no hand has this id",
    38: "not initialised",
    39: "the line could not be opened",
    40: "EtherCAT process data failed",
    41: "EtherCAT service data failed",
    50: "the serial port failed",
    51: "its firmware is too old; update it with the maker's program",
    **dict.fromkeys(range(52, 59), "not calibrated; calibrate it with the maker's program"),
    67: "a mode the package does not send",
}


ALARMS = (28, 34, 35)
"""Errors with which a joint must not be moved on: too hot, lost, too much current."""


def is_alarm(errors: np.ndarray) -> np.ndarray:
    """Which error numbers are alarms, with or without the package's addition."""
    return np.isin(np.where(errors >= PACKAGE_BASE, errors - PACKAGE_BASE, errors), ALARMS)


def in_words(error: int) -> str:
    """An error's number, with or without the package's addition, in words."""
    number = error - PACKAGE_BASE if error >= PACKAGE_BASE else error
    return f"{ERRORS.get(number, 'an error that is not documented')} (error {error})"
