"""A signal ends the program, wherever it came and whatever swallowed what it raised."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.small_hand import small_hand
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.latent.interrupts import between_steps
from xlvla_sdk.leaving import heed, listen, undisturbed
from xlvla_sdk.policy import SimClock
from xlvla_sdk.policy.attention import attentive
from xlvla_sdk.policy.pace import Pace
from xlvla_sdk.recording import Attended, GuidedSource, Keys
from xlvla_sdk.recording.album import Album
from xlvla_sdk.specs import BodySide, Embodiment, Side


def swallowed(number: int = signal.SIGTERM) -> None:
    """A signal comes while a library is at work that catches everything."""
    with contextlib.suppress(BaseException):
        os.kill(os.getpid(), number)


def test_it_is_raised_at_the_next_command(listening: None):
    swallowed()
    with pytest.raises(SystemExit) as left:
        heed()
    assert left.value.code == 143
    os.kill(os.getpid(), signal.SIGTERM)  # the same key again disturbs nothing


def test_it_ends_a_loop_that_commands_nothing(listening: None):
    pace = Pace(SimClock(), 0.01)
    pace.next()
    swallowed()
    with pytest.raises(SystemExit):
        pace.next()


class Busy(SimulatedDriver):
    """Something swallows a signal while the fifth posture is read."""

    reads = 0

    def read(self) -> Any:
        self.reads += 1
        if self.reads == 5:
            swallowed(signal.SIGINT)
        return super().read()


def test_it_ends_an_episode_by_hand(listening: None, tmp_path: Path):
    clock, hand = SimClock(), small_hand(tmp_path)
    driver = Busy(hand, now=clock.now)
    body = Embodiment(name="small", sides=(BodySide(side=Side.RIGHT, hand=hand),))
    source = GuidedSource(body, [driver], clock, 20.0, {}, seconds=60.0)
    with pytest.raises(SystemExit) as left, Album((), 20.0) as album:
        source.play(album)
    assert left.value.code == 130
    assert driver.reads == 5


class Nobody(Keys):
    """Presses nothing; a signal is swallowed at the third look."""

    looks = 0

    def poll(self) -> str | None:
        self.looks += 1
        assert self.looks < 100
        if self.looks == 3:
            swallowed()
        return None


def test_it_ends_waiting_for_a_key(listening: None):
    with pytest.raises(SystemExit):
        Attended(Nobody(), SimClock(), lambda _: None).starts(0)


def test_it_ends_a_training_after_the_step(listening: None):
    with between_steps() as heed_interrupts:
        heed_interrupts()
        swallowed(signal.SIGINT)
        with pytest.raises(SystemExit):
            heed_interrupts()


class Ring:
    """Garbage that only the collector finds; a signal comes while it is collected."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def test_garbage_swallows_none(listening: None):
    gc.disable()
    try:
        Ring()
        with pytest.raises(SystemExit), attentive():
            pytest.fail("the episode began")
    finally:
        gc.enable()


def test_inside_undisturbed_it_waits(listening: None):
    done: list[str] = []

    def work() -> None:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGHUP)
            done.append("the rest")

    with pytest.raises(SystemExit):
        work()
    assert done == ["the rest"]


def test_one_that_was_ignored_from_the_start_stays_ignored(listening: None):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    listen()
    with undisturbed():
        os.kill(os.getpid(), signal.SIGTERM)
    heed()
