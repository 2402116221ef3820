"""Ctrl-C waits for the end of a step, and is never lost."""

from __future__ import annotations

import signal
import threading

import pytest

from xlvla_sdk.latent.interrupts import between_steps


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_waits_for_the_end_of_the_step():
    done = []

    def train() -> None:
        with between_steps() as heed:
            heed()
            press()
            done.append("the rest of the step")
            heed()
            done.append("another step")

    with pytest.raises(KeyboardInterrupt):
        train()
    assert done == ["the rest of the step"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_ctrl_c_does_not_wait():
    pressed = []

    def train() -> None:
        with between_steps():
            for _ in range(3):
                pressed.append("pressed")
                press()

    with pytest.raises(KeyboardInterrupt):
        train()
    assert len(pressed) == 2


def test_a_handler_of_the_programs_own_is_left_alone():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("seen"))
    try:
        with between_steps() as heed:
            press()
            heed()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["seen"]


def test_another_thread_than_the_main_one_touches_no_handler():
    found = []

    def inside() -> None:
        with between_steps() as heed:
            found.append(signal.getsignal(signal.SIGINT))
            heed()

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
