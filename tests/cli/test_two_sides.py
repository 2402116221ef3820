"""Two hands on two emulated wires: whatever ends the run, both are stopped, and it is said why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.sync.server import ServerConnection, serve

from tests.cli.conftest import Command
from tests.line_device import LineEmulator, LinePlugin
from tests.policy.test_stop_frames import when
from xlvla_sdk import policy
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.messages import Recording
from xlvla_sdk.policy import Metadata
from xlvla_sdk.policy.wire import pack
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import Embodiment, Side
from xlvla_sdk.testing import Emulator
from xlvla_sdk.testing.joints import JointRecord

SIDES = (Side.RIGHT, Side.LEFT)
MAIN = "from xlvla_sdk.cli import main; main()"
OTHER = {Side.RIGHT: Side.LEFT, Side.LEFT: Side.RIGHT}


def waving(body: Embodiment, path: Path, seconds: float = 60.0) -> Path:
    """A recording of a body whose joints go through the middle of their range."""
    time_s = np.arange(0.0, seconds, 0.05)
    lower, upper = body.limits
    qpos = lower + (upper - lower) * (0.5 + 0.2 * np.sin(2.0 * time_s)[:, None])
    Recording(qpos, None, body.joints, time_s).save(path)
    return path


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Side, LineEmulator]]:
    """The line hand's two sides, each emulated on a wire of its own."""
    monkeypatch.setenv("XLVLA_PLUGINS", "")
    registry.cache_clear()
    registry().register_plugin(LinePlugin(tmp_path), "line")
    with ExitStack() as stack:
        yield {
            side: stack.enter_context(
                LineEmulator(registry().hand(f"line:{side}"), "serial", timed=False)
            )
            for side in SIDES
        }
    registry.cache_clear()


def words(name: str, emulators: dict[Side, Emulator], uri: str) -> list[str]:
    """A run of both sides on their wires."""
    patient = {
        side: emulator.address.having("timeout", "0.3") for side, emulator in emulators.items()
    }
    places = [f"{side}={address}" for side, address in patient.items()]
    given = [word for place in places for word in ("--address", place)]
    own = ["--policy", uri, "--layout", "raw-1", "--driver", "hardware", "--yes"]
    return ["run", f"{name}:both", *own, *given, "--speed", "1"]


@pytest.fixture
def both(lines: dict[Side, LineEmulator], tmp_path: Path) -> list[str]:
    """A run of the line hands that goes on for a minute."""
    motion = waving(registry().embodiment("line:both"), tmp_path / "motion.npz")
    return [*words("line", {**lines}, f"replay:{motion}"), "--from", "line:both"]


def moving(line: LineEmulator) -> bool:
    return sum(told[0] == "C" for told in line.hand.told) > 5


@pytest.mark.parametrize("side", SIDES)
def test_when_one_side_is_unplugged_the_other_is_stopped_and_the_side_is_named(
    xlvla: Command, lines: dict[Side, LineEmulator], both: list[str], side: Side
):
    when(lambda: all(map(moving, lines.values())), lines[side].wire.unplug)
    error = xlvla(*both).error
    assert error.startswith(f"DriverError: line:{side}: ")
    assert "the line is gone" in error
    assert lines[OTHER[side]].hand.told[-1] == "S"


@pytest.mark.parametrize("side", SIDES)
def test_when_one_side_answers_no_more_both_are_stopped_and_the_side_is_named(
    xlvla: Command, lines: dict[Side, LineEmulator], both: list[str], side: Side
):
    when(
        lambda: all(map(moving, lines.values())),
        lambda: setattr(lines[side].hand, "mute", "RCS"),
    )
    error = xlvla(*both).error
    assert error.startswith(f"DriverError: line:{side} on ")
    assert "no reply to" in error
    assert [line.hand.told[-1] for line in lines.values()] == ["S", "S"]


@pytest.mark.parametrize("side", SIDES)
def test_a_side_that_is_not_there_is_named_and_the_other_is_not_moved(
    xlvla: Command, lines: dict[Side, LineEmulator], both: list[str], side: Side
):
    place = lines[side].wire.place
    lines[side].wire.unplug()
    error = xlvla(*both).error
    assert error.startswith(f"DriverError: line:{side}: {place}: there is no such port.")
    assert not any(told[0] == "C" for told in lines[OTHER[side]].hand.told)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_both(
    xlvla: Command, lines: dict[Side, LineEmulator], both: list[str], number: int, code: int
):
    with when(lambda: all(map(moving, lines.values())), lambda: os.kill(os.getpid(), number)):
        done = xlvla(*both)
    assert done.code == code
    assert "Traceback" not in done.err
    assert [line.hand.told[-1] for line in lines.values()] == ["S", "S"]


@contextmanager
def server_that_goes(gone: Callable[[], bool]) -> Iterator[str]:
    """A policy that keeps both hands at one posture, until it goes."""
    body = registry().embodiment("line:both")
    layout = make_layout("raw-1", body, {})
    rows = np.tile(layout.encode(body.limits.lower + 0.3), (64, 1))

    def answer(connection: ServerConnection) -> None:
        connection.send(pack(Metadata.of(layout).to_wire()))
        for asked, _ in enumerate(connection):
            if asked > 3 and gone():
                listening.shutdown()
                return
            connection.send(pack({"actions": rows[:4]}))

    with serve(answer, "127.0.0.1", 0) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{listening.socket.getsockname()[1]}"
        listening.shutdown()
        thread.join()


def test_a_server_that_is_lost_stops_both(
    xlvla: Command, lines: dict[Side, LineEmulator], monkeypatch: pytest.MonkeyPatch
):
    settings = policy.RunSettings
    soon: dict[str, Any] = {"give_up_s": 1.0}
    monkeypatch.setattr(policy, "RunSettings", lambda **given: settings(**(given | soon)))
    with server_that_goes(lambda: all(map(moving, lines.values()))) as uri:
        error = xlvla(*words("line", {**lines}, uri)).error
    assert error.startswith(f"PolicyError: {uri}")
    assert [line.hand.told[-1] for line in lines.values()] == ["S", "S"]


def test_a_device_that_is_lost_in_a_move_is_named(xlvla: Command, lines: dict[Side, LineEmulator]):
    line = lines[Side.LEFT]
    when(lambda: moving(line), line.wire.unplug)
    move = ("line:left", "--posture", "bent", "--yes", "--speed", "0.01")
    error = xlvla("move", *move, "--address", line.address).error
    assert error.startswith("DriverError: line:left: ")
    assert "the line is gone" in error


@pytest.mark.parametrize("wire", ["serial", "modbus-tcp"])
def test_an_inspire_hand_stays_where_it_is_when_the_other_is_lost(
    xlvla: Command, tmp_path: Path, wire: str
):
    motion = waving(registry().embodiment("inspire:both"), tmp_path / "motion.npz")
    emulators: dict[Side, Emulator] = {}
    for side in SIDES:
        device = registry().device(f"inspire:{side}")
        emulators[side] = device.load("emulator", wire)(device.spec, wire, timed=False)
    with ExitStack() as stack:
        for emulator in emulators.values():
            stack.enter_context(emulator)
        right, left = emulators.values()
        left.joints.record = record = JointRecord()

        def lost() -> None:
            right.wire.unplug()
            record.told.clear()

        when(lambda: len(record.told) > 20, lost)
        run = words("inspire", emulators, f"replay:{motion}")
        error = xlvla(*run, "--from", "inspire:both").error
        assert error.startswith("DriverError: inspire:right: ")
        _, target, stood = record.told[-1]
        np.testing.assert_allclose(
            target, stood, atol=0.01 * (left.joints.upper - left.joints.lower).max()
        )
        assert not left.joints.moving(time.monotonic()).any()


@pytest.mark.slow
def test_an_emulator_that_is_killed_ends_the_run(xlvla: Command, tmp_path: Path):
    """As a person tries it: two `xlvla emulate`, one killed in mid-episode."""
    motion = waving(registry().embodiment("inspire:both"), tmp_path / "motion.npz")
    with ExitStack() as stack:
        processes, places = [], []
        for side in SIDES:
            emulate = [sys.executable, "-c", MAIN, "emulate", f"inspire:{side}"]
            process = subprocess.Popen(
                [*emulate, "--transport", "modbus-tcp"], stdout=subprocess.PIPE, text=True
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            places.append(process.stdout.readline().strip())
            processes.append(process)
        threading.Timer(4.0, processes[0].kill).start()
        given = [w for s, p in zip(SIDES, places, strict=True) for w in ("--address", f"{s}={p}")]
        replay = ("--policy", f"replay:{motion}", "--from", "inspire:both", "--layout", "raw-1")
        run = ("run", "inspire:both", *replay, "--driver", "hardware", "--yes", *given)
        assert xlvla(*run).error.startswith("DriverError: inspire:right: ")
        read = xlvla("read", "inspire:left", "--address", places[1], "--once")
        assert read.code == 0
