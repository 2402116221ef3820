"""Clocks, and the pace of a loop."""

from __future__ import annotations

import gc
import sys
import threading
import time
from contextlib import suppress

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


class Leading(SimClock):
    """Simulated time in which working something out takes some, as it does on the wall's."""

    lead = 0.25


def test_commands_are_even_whatever_working_them_out_takes():
    clock, due = Leading(), []
    pace = Pace(clock, 0.25)
    for took_s in (0.0, 0.01, 0.06, 0.02, 0.0625, 0.0):
        clock.sleep_until(clock.now() + took_s)
        pace.until_due()
        due.append(clock.now())
        pace.next()
    assert due == [0.0625 + 0.25 * turn for turn in range(6)]


def test_a_command_that_is_late_goes_out_at_once_and_the_next_in_its_time():
    clock = Leading()
    pace = Pace(clock, 0.25)
    clock.sleep_until(0.2)
    pace.until_due()
    assert clock.now() == 0.2
    pace.next()
    pace.until_due()
    assert clock.now() == 0.25 + 0.0625


def test_in_simulated_time_a_command_is_due_when_its_turn_begins():
    pace = Pace(SimClock(), 0.25)
    pace.next()
    assert pace.due_s == 0.25
    assert Pace(WallClock(), 0.01).due_s - WallClock().now() < 0.01


def test_missed_turns_are_left_out():
    clock = SimClock()
    pace = Pace(clock, 0.1)
    pace.next()
    clock.sleep_until(0.55)  # a turn that took four and a half periods
    pace.next()
    assert clock.now() == pytest.approx(0.6)
    pace.next()
    assert clock.now() == pytest.approx(0.7)


def test_the_wall_clock_answers_in_order_in_one_thread():
    clock, threads = WallClock(), list[int]()
    with clock.attending():
        answers = [
            clock.ask(lambda: threads.append(threading.get_ident()) or len(threads))
            for _ in range(3)
        ]
        while not answers[-1].ready():
            clock.sleep_until(clock.now() + 0.001)
    assert [answer.result() for answer in answers] == [1, 2, 3]
    assert len(set(threads)) == 1


def test_attending_sets_the_interpreter_back_as_it_was():
    before = sys.getswitchinterval(), gc.get_freeze_count(), gc.isenabled()
    with suppress(KeyError), WallClock().attending():
        assert sys.getswitchinterval() < before[0]
        assert gc.get_freeze_count() > before[1]
        raise KeyError
    assert (sys.getswitchinterval(), gc.get_freeze_count(), gc.isenabled()) == before


def test_the_wall_clock_follows_without_waiting():
    """The first reading is there at once; one that hangs keeps nobody, and the newest stays."""
    go, readings = threading.Event(), iter([1, 2])

    def read() -> int:
        value = next(readings)
        if value == 2:
            go.wait(5)
        return value

    followed = WallClock().follow(read)
    assert followed.newest() == followed.known() == 1
    go.set()
    while followed.known() == 1:
        time.sleep(0.001)
    followed.close()


def test_what_ends_a_following_comes_out_where_the_newest_is_taken():
    readings = iter([lambda: 1, fail])
    followed = WallClock().follow(lambda: next(readings)())
    with suppress(ZeroDivisionError):
        while followed.newest() == 1:
            time.sleep(0.001)
    with pytest.raises(ZeroDivisionError):
        followed.known()
    followed.close()


def test_the_simulated_clock_reads_only_when_it_is_asked():
    readings = iter([1, 2])
    followed = SimClock().follow(lambda: next(readings))
    assert followed.known() is None
    assert (followed.newest(), followed.newest()) == (1, 2)
