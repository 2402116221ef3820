"""The status line: on a terminal only, and never in the way of a log line."""

from __future__ import annotations

import io
import logging
import sys
import time

import pytest

from xlvla_sdk.cli.status_line import CLEAR, StatusLine, line
from xlvla_sdk.policy import Status

STATUS = Status(3.21, 49.96, 1.2, 0.0824, 0.034, 2)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_status_is_one_line_of_words_and_numbers():
    assert line(STATUS) == "3.2 s  50 Hz  chunk 1200 ms  server 82 ms  frame 34 ms  limits 2"


def test_what_is_not_there_is_left_out_and_why_it_stands_is_said():
    still = Status(0.0, 0.0, None, None, None, 0, "waits for the first answer")
    assert line(still) == "0.0 s  0 Hz  limits 0  waits for the first answer"


def test_it_is_written_on_a_terminal_and_cleared_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with StatusLine() as status:
        status(STATUS)
        end_s = time.monotonic() + 10.0
        while "50 Hz" not in terminal.getvalue() and time.monotonic() < end_s:
            time.sleep(0.01)
    assert f"{CLEAR}3.2 s  50 Hz" in terminal.getvalue()
    assert terminal.getvalue().endswith(CLEAR)


def test_a_log_line_clears_it_first_and_afterwards_logs_are_as_before(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sys, "stderr", Terminal())  # not in a fixture: pytest sets it between
    handler = logging.StreamHandler(said := io.StringIO())
    handler.setFormatter(before := logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with StatusLine():
            root.warning("it holds")
        assert said.getvalue() == f"{CLEAR}it holds\n"
        assert handler.formatter is before
    finally:
        root.removeHandler(handler)


def test_nothing_is_written_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sys, "stderr", pipe := io.StringIO())
    with StatusLine() as status:
        status(STATUS)
        time.sleep(0.3)
    assert pipe.getvalue() == ""
