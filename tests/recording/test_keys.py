"""Keys of a terminal: taken one by one, Ctrl-C left alone, the terminal given back as it was."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.videos import eventually
from xlvla_sdk.recording.keys import TerminalKeys


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: the operator's and the program's."""
    ends = os.openpty()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_a_key_comes_without_enter_and_none_without_a_key(terminal: tuple[int, int]):
    pressed, read = terminal
    with TerminalKeys(read) as keys:
        assert keys.poll() is None
        os.write(pressed, b"Sk")
        assert eventually(keys.poll, bool) == "s"
        assert eventually(keys.poll, bool) == "k"
        assert keys.poll() is None


def test_the_terminal_is_given_back_as_it_was_and_has_ctrl_c_meanwhile(terminal: tuple[int, int]):
    _, read = terminal
    before, meanwhile = termios.tcgetattr(read), []
    with suppress(KeyboardInterrupt), TerminalKeys(read):
        meanwhile.append(termios.tcgetattr(read)[3])
        raise KeyboardInterrupt
    assert meanwhile[0] & termios.ISIG
    assert not meanwhile[0] & (termios.ICANON | termios.ECHO)
    assert termios.tcgetattr(read) == before


def test_a_terminal_that_is_gone_quits(terminal: tuple[int, int]):
    pressed, read = terminal
    with TerminalKeys(read) as keys:
        os.close(pressed)
        assert eventually(keys.poll, bool) == "q"
