"""The lock on a hand's training: the second waits and finds, and a crash leaves nothing behind."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.claw_hand import claw_hand
from tests.trained import TINY
from xlvla_sdk import onboard
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.onboarding.lock import one_at_a_time

ONBOARD = sys.modules[onboard.__module__]
HOLDING = """
import sys
from xlvla_sdk.onboarding.lock import one_at_a_time
with one_at_a_time("space-1@00000000", "new:right"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder() -> Iterator[subprocess.Popen[str]]:
    """A process of its own that has the lock."""
    command = [sys.executable, "-c", HOLDING]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


class Waiting:
    """A thread that asks for the lock, and the order in which things came about."""

    def __init__(self, space: str = "space-1@00000000", hand: str = "new:right") -> None:
        self.asked = (space, hand)
        self.has_it = threading.Event()
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def _ask(self) -> None:
        with one_at_a_time(*self.asked):
            self.has_it.set()


@pytest.fixture
def waits() -> Iterator[threading.Event]:
    """Set as soon as somebody says that it waits."""
    said = threading.Event()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "another process trains new:right: waiting" in record.getMessage():
                said.set()

    log, listening = logging.getLogger(one_at_a_time.__module__), Listening()
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(listening)
    yield said
    log.removeHandler(listening)
    log.setLevel(level)


def test_the_second_waits_for_the_first(waits: threading.Event):
    with holder() as process:
        second = Waiting()
        assert waits.wait(60)
        assert not second.has_it.is_set()
        process.communicate("")
        assert second.has_it.wait(60)


def test_the_lock_of_one_that_was_killed_is_free(waits: threading.Event):
    with holder() as process:
        second = Waiting()
        assert waits.wait(60)
        process.kill()
        assert second.has_it.wait(60)


def test_other_hands_and_other_spaces_do_not_wait(data_folder: Path):
    with one_at_a_time("space-1@00000000", "new:right"):
        for asked in (("space-1@00000000", "new:left"), ("space-2@00000000", "new:right")):
            assert Waiting(*asked).has_it.wait(60)
    assert {path.stat().st_size for path in data_folder.rglob("*.lock")} == {0}


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_two_at_once_train_one_codec(
    space: LatentSpace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    waits: threading.Event,
):
    spec = claw_hand(tmp_path, "new", length=0.045)
    training = threading.Event()
    origins: list[str] = []

    @contextmanager
    def bar(*_: object) -> Iterator[Callable[[int, int, float], None]]:
        def step(*_: object) -> None:
            training.set()
            assert waits.wait(60)  # the second asks while the first trains

        yield step

    def ask() -> None:
        origins.append(onboard(spec, space, preset=TINY, progress=False).origin)

    monkeypatch.setattr(ONBOARD, "training_bar", bar)
    threads = [threading.Thread(target=ask, daemon=True) for _ in range(2)]
    threads[0].start()
    assert training.wait(60)
    threads[1].start()
    for thread in threads:
        thread.join(60)
    assert origins[0] == "trained"
    assert len(origins) == 2
    assert origins[1] != "trained"
    assert user_codec(space.id, spec.id).is_file()
