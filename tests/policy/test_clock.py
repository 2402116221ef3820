"""Clocks, and the pace of a loop."""

from __future__ import annotations

import threading
import time

import pytest

from xlvla_sdk.policy import SimClock, WallClock
from xlvla_sdk.policy.pace import Pace


def fail() -> int:
    raise ZeroDivisionError


def test_simulated_time_passes_at_once_and_takes_its_simulations_along():
    steps: list[float] = []
    clock, begun = SimClock([steps.append]), time.monotonic()
    clock.sleep_until(100.0)
    clock.sleep_until(50.0)
    assert (clock.now(), steps) == (100.0, [100.0])
    assert time.monotonic() - begun < 1.0


def test_a_simulated_answer_is_there_after_its_latency():
    clock = SimClock(latency_s=lambda question: 0.5 * question)
    first, second = clock.ask(lambda: "a"), clock.ask(lambda: "b")
    assert first.ready()
    assert not second.ready()
    clock.sleep_until(0.5)
    assert second.ready()
    assert (first.result(), second.result()) == ("a", "b")


@pytest.mark.parametrize("clock", [SimClock(), WallClock()], ids=["simulated", "wall"])
def test_an_error_comes_out_where_the_answer_is_taken(clock: SimClock | WallClock):
    answer = clock.ask(fail)
    while not answer.ready():
        clock.sleep_until(clock.now() + 0.001)
    with pytest.raises(ZeroDivisionError):
        answer.result()


def test_the_wall_clock_asks_without_waiting():
    go = threading.Event()
    answer = WallClock().ask(lambda: go.wait(5))
    assert not answer.ready()
    go.set()
    clock = WallClock()
    while not answer.ready():
        clock.sleep_until(clock.now() + 0.001)
    assert answer.result()


def test_missed_turns_are_left_out_and_their_error_is_known():
    clock = SimClock()
    pace = Pace(clock, 0.1)
    pace.next()
    clock.sleep_until(0.55)  # a turn that took four and a half periods
    pace.next()
    assert pace.worst_error_s == pytest.approx(0.35)
    pace.next()
    assert clock.now() == pytest.approx(0.6)
