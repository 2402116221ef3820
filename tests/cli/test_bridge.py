"""`xlvla bridge`: says where it listens, moves what a client says, and stops on every way out."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.integrations.bridge.served import WAIT_S, Client
from tests.line_device import LineEmulator
from tests.policy.test_stop_frames import when
from xlvla_sdk.cli.output import say
from xlvla_sdk.drivers import SimulatedDriver
from xlvla_sdk.registry import registry

XLVLA = [sys.executable, "-c", "from xlvla_sdk.cli import main; main()"]
PATIENT = ("--port", "0", "--watchdog", "60")
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.fixture
def uris(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the bridge says on stdout, as soon as it says it."""
    said: list[str] = []

    def noted(text: str) -> None:
        say(text)
        said.append(text)

    monkeypatch.setattr("xlvla_sdk.cli.bridge.say", noted)
    return said


@contextmanager
def client(uris: list[str], use: Callable[[Client], object]) -> Iterator[list[Exception]]:
    """A client in a thread of its own, as soon as there is a bridge; what went wrong with it."""
    failed: list[Exception] = []
    over = threading.Event()

    def run() -> None:
        try:
            with Client(uris[0]) as one:
                use(one)
        except Exception as error:  # the test's own thread looks at it
            failed.append(error)
            if not over.is_set():
                leave()

    thread = threading.Thread(target=run, daemon=True)
    with when(lambda: bool(uris), thread.start):
        yield failed
        over.set()
    if thread.ident is not None:
        thread.join(WAIT_S)


def wired(line: LineEmulator) -> tuple[object, ...]:
    return ("bridge", "line:right", "--driver", "hardware", "--address", line.address, "--yes")


def leave(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_stops_the_hand_that_a_client_moves(
    xlvla: Command, line: LineEmulator, uris: list[str], number: int, code: int
):
    target = registry().hand("line:right").limits.lower + 0.1
    over = threading.Event()

    def use(one: Client) -> None:
        one.act(*target)
        over.wait(WAIT_S)

    def moves() -> bool:
        return sum(told[0] == "C" for told in line.hand.told) > 5

    with client(uris, use) as failed, when(moves, lambda: leave(number)):
        done = xlvla(*wired(line), *PATIENT)
        over.set()
    assert failed == []
    assert done.code == code
    assert done.out.startswith("ws://127.0.0.1:")
    assert "Traceback" not in done.err
    assert line.hand.told[-1] == "S"


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_without_a_client_a_signal_ends_it_and_nothing_has_moved(
    xlvla: Command, line: LineEmulator, uris: list[str], number: int, code: int
):
    with when(lambda: bool(uris), lambda: leave(number)):
        done = xlvla(*wired(line), *PATIENT)
    assert done.code == code
    assert len({told for told in line.hand.told if told[0] == "C"}) <= 1  # where it stood
    assert line.hand.told[-1] == "S"


def test_a_hand_that_falls_silent_is_named_and_the_client_is_let_go(
    xlvla: Command, line: LineEmulator, uris: list[str]
):
    target = registry().hand("line:right").limits.lower + 0.1
    said: list[str | bytes] = []

    def use(one: Client) -> None:
        one.act(*target)
        line.hand.mute = "RC"
        said.extend(one.socket)  # until it is closed

    with client(uris, use) as failed:
        error = xlvla(*wired(line), *PATIENT).error
    assert failed == []
    assert error.startswith("DriverError: line:right on ")
    assert "no reply to" in error
    assert line.hand.told[-1] == "S"


def test_a_simulated_hand_is_read_and_moved_in_the_latent(
    xlvla: Command, space: Path, uris: list[str]
):
    seen: list[dict[str, object]] = []

    def use(one: Client) -> None:
        seen.extend((one.first, one.observe()))
        one.act(*np.asarray(seen[1]["state"]))
        leave()

    words = ("--features", "latent", "--space", space)
    with client(uris, use) as failed:
        done = xlvla("bridge", "xhand:right", *words, *PATIENT)
    assert failed == []
    assert done.code == 143
    assert np.asarray(seen[1]["state"]).shape == (32,)
    assert "xhand:right: 32 numbers, latent; holds after 60 s" in done.err


def test_every_device_of_a_body_is_stopped(
    xlvla: Command, uris: list[str], monkeypatch: pytest.MonkeyPatch
):
    stopped: list[str] = []
    monkeypatch.setattr(SimulatedDriver, "stop", lambda driver: stopped.append(driver.spec.id))
    with client(
        uris, lambda one: (one.act(*np.asarray(one.observe()["state"])), leave())
    ) as failed:
        xlvla("bridge", "xarm7+inspire:right", *PATIENT)
    assert failed == []
    assert set(stopped) == {"xarm7", "inspire:right"}


def test_in_a_process_of_its_own_it_says_where_it_listens_and_is_told_to_end():
    command = [*XLVLA, "bridge", "inspire:right", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        uri = process.stdout.readline().strip()
        with Client(uri) as one:
            names = one.first["names"]
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert tuple(names) == registry().hand("inspire:right").joints
    assert process.returncode == 143
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_named(xlvla: Command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        error = xlvla("bridge", "inspire:right", "--port", port).error
    assert error.startswith(f"PolicyError: cannot listen on 127.0.0.1:{port} (")
    assert error.endswith("Choose another with --port.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["xhnd:right"], "no device is called 'xhnd:right'. Did you mean 'xhand:right'"),
        (["xhand:right", "--layout", "xl-1"], "are for --features latent"),
        (["xhand:right", "--space", "x"], "are for --features latent"),
        (["xhand:right", "--address", "serial:/dev/x"], "Add --driver hardware"),
        (["xhand:right", "--driver", "hardware"], "xhand:right"),
        (["xhand:right", "--scene", "table"], "Add --driver mujoco"),
        (["xhand:right", "--camera", "front"], "--camera front: no address"),
        (["xhand:right", "--camera", "front=video:none.mp4"], "none.mp4: there is no such file"),
        (["xhand:right", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1:"),
        (["xhand:right", "--speed", "2"], "a speed of 2 is none"),
        (
            ["xhand:right", "--features", "latent", "--space", "none.safetensors"],
            "none.safetensors",
        ),
    ],
)
def test_bad_input_is_named(xlvla: Command, words: list[str], said: str):
    assert said in xlvla("bridge", *words, "--port", "0").error


@pytest.mark.parametrize("words", [["--port", "70000"], ["--rate", "0"], ["--watchdog", "0"]])
def test_numbers_out_of_range_exit_2(xlvla: Command, words: list[str]):
    assert xlvla("bridge", "xhand:right", *words).code == 2


def test_an_address_that_nobody_gave_is_asked_for(xlvla: Command):
    error = xlvla("bridge", "inspire:right", "--driver", "hardware", "--port", "0").error
    assert "--address" in error
