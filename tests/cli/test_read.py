"""`xlvla read` and `xlvla emulate`: what a device measures, and a device to measure."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command
from tests.line_device import LineEmulator

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(folder: Path, *words: object) -> Iterator[subprocess.Popen[str]]:
    """A command in a process of its own that has the line hand."""
    command = [sys.executable, "-m", "tests.line_device", str(folder), *map(str, words)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_one_reading_is_a_table_with_units(xlvla: Command, line: LineEmulator):
    line.joints.place([0.5, 1.0])
    line.hand.current[:] = [0.12, 0.4]
    line.hand.temperature[1] = 95.0
    done = xlvla("read", "line:right", "--address", line.address, "--once")
    assert done.out.splitlines() == [
        "JOINT        DEG    RAD     A  DEG C",
        "thumb_yaw   28.6  0.500  0.12     30",
        "index_bend  57.3  1.000  0.40     95",
        "fault: index_bend: is too hot",
    ]
    assert f"line:right at {line.address}: model line, side right, serial SN7" in done.err


def test_json_is_a_line_for_programs(xlvla: Command, line: LineEmulator):
    line.joints.place([0.5, 1.0])
    done = xlvla("read", "line:right", "--address", f"right={line.address}", "--once", "--json")
    facts = json.loads(done.out)
    assert facts["qpos"] == {"thumb_yaw": 0.5, "index_bend": 1.0}
    assert facts["current"] == {"thumb_yaw": 0.0, "index_bend": 0.0}
    assert facts["faults"] == []


def test_reading_sends_nothing_but_questions(xlvla: Command, line: LineEmulator):
    xlvla("read", "line:right", "--address", line.address, "--once")
    assert {told[0] for told in line.hand.told} == {"I", "R"}


def test_readings_go_on_until_ctrl_c(line: LineEmulator, tmp_path: Path):
    words = ("read", "line:right", "--address", line.address, "--rate", 200)
    with running(tmp_path, *words) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert all("index_bend=0.0000" in reading for reading in lines)
    assert np.all(np.diff([float(reading.split()[0]) for reading in lines]) > 0.0)


def test_on_a_terminal_the_table_is_drawn_over(line: LineEmulator, tmp_path: Path):
    master, slave = os.openpty()
    command = [sys.executable, "-m", "tests.line_device", str(tmp_path), "read", "line:right"]
    command += ["--address", str(line.address), "--rate", "100"]
    with subprocess.Popen(command, cwd=ROOT, stdout=slave, stderr=subprocess.PIPE) as process:
        os.close(slave)
        drawn = b""
        while drawn.count(b"JOINT") < 3:
            drawn += os.read(master, 4096)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    os.close(master)
    assert process.returncode == 143
    assert b"\x1b[3A\x1b[J" in drawn


def test_an_emulated_device_is_read_by_another_program(xlvla: Command, line: None, tmp_path: Path):
    with running(tmp_path, "emulate", "line:right", "--fault", "dropped=0.1") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        done = xlvla("read", "line:right", "--address", address, "--once", "--json")
        assert json.loads(done.out)["qpos"]["thumb_yaw"] == 0.0
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "line:right on serial" in said
    assert not Path(address.removeprefix("serial:")).exists()


def test_a_stuck_joint_of_an_emulated_device_does_not_follow(
    xlvla: Command, line: None, tmp_path: Path
):
    with running(tmp_path, "emulate", "line:right", "--stuck", "index_bend") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        where = ("line:right", "--address", address)
        goals = ("--joint", "thumb=0.3", "--joint", "index=0.6")
        moved = xlvla("move", *where, *goals, "--yes", "--speed", "1")
        qpos = json.loads(xlvla("read", *where, "--once", "--json").out)["qpos"]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert moved.code == 1
    assert "index_bend did not get there" in moved.err
    assert qpos == pytest.approx({"thumb_yaw": 0.3, "index_bend": 0.0}, abs=0.03)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("read", "line:right"), "no address is given. Write --address line:right=serial:..."),
        (
            ("read", "line:right", "--address", "modbus-tcp://h"),
            "line:right has no driver for 'modbus-tcp'. It has: serial.",
        ),
        (
            ("read", "line:right", "--address", "serial:/dev/ttyNONE"),
            "there is no such port. `xlvla scan` lists",
        ),
        (
            ("read", "line:right", "--address", "serial:/dev/x?bund=1"),
            "there is no option 'bund' on this wire. It knows baud, timeout.",
        ),
        (
            ("read", "lines:right", "--address", "serial:/dev/x"),
            "no device is called 'lines:right'",
        ),
        (("emulate", "line:right", "--transport", "can"), "no emulator for 'can'. It has: serial."),
        (("emulate", "line:right", "--fault", "lost=0.1"), "'lost=0.1' is no fault"),
        (("emulate", "line:right", "--fault", "dropped=2"), "'dropped=2' is no fault"),
        (
            ("emulate", "line:right", "--stuck", "thumb"),
            "no joint 'thumb' to be stuck. It has: thu",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_mend(
    xlvla: Command, line: LineEmulator, words: tuple[str, ...], said: str
):
    assert said in xlvla(*words).error


def test_another_side_is_refused(xlvla: Command, line: LineEmulator):
    error = xlvla("read", "line:left", "--address", line.address, "--once").error
    assert error.endswith("is a right one.")
