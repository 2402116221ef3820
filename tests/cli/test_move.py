"""`xlvla move`, `release`, `calibrate`, `scan` and `run` on an emulated hand."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command, waving
from tests.cli.test_read import running
from tests.line_device import LineEmulator
from xlvla_sdk.cli import hardware
from xlvla_sdk.drivers import calibrating
from xlvla_sdk.specs import Station
from xlvla_sdk.testing import Faults

FIVE_DEGREES = float(np.radians(5.0))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked; the answer is yes."""
    said: list[str] = []

    def asked(question: str) -> bool:
        said.append(question)
        return True

    monkeypatch.setattr(hardware, "asked", asked)
    return said


def place(line: LineEmulator) -> tuple[str, str]:
    return "--address", str(line.address)


def where(line: LineEmulator) -> np.ndarray:
    """Its true joints."""
    return line.joints.position(time.monotonic())


def told(line: LineEmulator, kind: str) -> list[str]:
    return [frame for frame in line.hand.told if frame[0] == kind]


def test_a_hand_moves_to_a_posture_and_holds_there(xlvla: Command, line: LineEmulator, answers):
    done = xlvla("move", "line:right", *place(line), "--posture", "bent", "--speed", "1")
    assert done.code == 0
    header, _, index = done.out.splitlines()
    assert header.split() == ["JOINT", "TARGET", "MEASURED", "OFF"]
    assert index.split()[:2] == ["index_bend", "1.000"]
    assert float(index.split()[2]) == pytest.approx(1.0, abs=0.05)
    assert answers == [
        f"line:right at {line.address} will move, at 1 of its speed limits. Is the way free?"
    ]
    assert line.hand.told[-1] == "S"
    assert told(line, "C")[0] == "C 0 0"
    assert not line.joints.violations


def test_joints_that_are_not_named_stay(xlvla: Command, line: LineEmulator):
    line.joints.place([0.4, 0.2])
    words = ("--joint", "index=0.6", "--yes", "--speed", "1")
    assert xlvla("move", "line:right", *place(line), *words).code == 0
    np.testing.assert_allclose(where(line), [0.4, 0.6], atol=0.03)
    assert {frame.split()[1] for frame in told(line, "C")} == {"400000"}


def test_a_joint_that_does_not_get_there_is_named(xlvla: Command, line: LineEmulator):
    line.joints.stuck = {1}
    done = xlvla(
        "move", "line:right", *place(line), "--joint", "index=0.6", "--yes", "--speed", "1"
    )
    assert done.code == 1
    assert "line:right: index_bend did not get there. Is something in the way?" in done.err


def test_nothing_moves_when_nobody_can_be_asked(xlvla: Command, line: LineEmulator):
    error = xlvla("move", "line:right", *place(line), "--posture", "bent").error
    assert error.startswith("DriverError: nobody can be asked here")
    assert "--yes" in error
    assert line.hand.told == []


def test_nothing_moves_when_the_answer_is_no(
    xlvla: Command, line: LineEmulator, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hardware, "asked", lambda _: False)
    error = xlvla("move", "line:right", *place(line), "--posture", "bent").error
    assert error.endswith("nothing was moved.")
    assert line.hand.told == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say where to: --joint NAME=RAD"),
        (("--posture", "bent", "--joint", "index=0.1"), "say where to"),
        (("--posture", "fist"), "no posture 'fist'. There are: open, bent."),
        (("--joint", "index=2"), "'index_bend' is 2, outside [0, 1.5]"),
        (("--joint", "b=0"), "'b' fits thumb_yaw, index_bend."),
        (("--joint", "index=1", "--speed", "2"), "a speed of 2 is none"),
    ],
)
def test_a_move_that_cannot_be_is_refused_before_the_port_opens(
    xlvla: Command, line: LineEmulator, words: tuple[str, ...], said: str
):
    error = xlvla("move", "line:right", *place(line), "--yes", *words).error
    assert said in error
    assert line.hand.told == []


def test_a_current_above_the_threshold_ends_a_move(xlvla: Command, line: LineEmulator):
    line.hand.current[1] = 2.0
    words = ("--posture", "bent", "--yes", "--max-current", "1.5")
    error = xlvla("move", "line:right", *place(line), *words).error
    assert "the current of 'index_bend' is 2 A, above its threshold of 1.5 A" in error
    assert line.hand.told[-1] == "S"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_move_stops_the_hand(
    line: LineEmulator, tmp_path: Path, number: int, code: int
):
    words = ("move", "line:right", *place(line), "--posture", "bent", "--yes", "--speed", "0.01")
    with running(tmp_path, *words) as process:
        while len(told(line, "C")) < 3:
            assert process.poll() is None
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in said
    assert line.hand.told[-1] == "S"


def test_a_hand_is_released_and_was_not_taken_for_it(xlvla: Command, line: LineEmulator):
    done = xlvla("release", "line:right", *place(line))
    assert done.code == 0
    assert "".join(frame[0] for frame in line.hand.told) == "IL"


@pytest.mark.slow
def test_an_offset_and_a_flipped_joint_are_calibrated_saved_and_used(
    xlvla: Command, line: LineEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The index is off by 5 degrees, the thumb counts backwards."""
    line.hand.offset[:] = [1.2, FIVE_DEGREES]
    line.hand.sign[:] = [-1, 1]
    line.spec.postures["fist"] = {"thumb_yaw": 1.0, "index_bend": 1.3}  # pyright: ignore
    monkeypatch.setattr(calibrating, "SPEED", 1.0)
    station = tmp_path / "lab.toml"
    station.write_text(f'[addresses]\n"line:right" = "{line.address}"  # by the window\n')

    def looks(question: str) -> bool:
        true = where(line)
        return true[0] > 0.6 if "thumb_yaw" in question else True

    monkeypatch.setattr(hardware, "asked", looks)
    done = xlvla("calibrate", "line:right", "--station", station)
    assert done.code == 0, done.err
    assert done.out.splitlines()[1].split()[:3] == ["thumb_yaw", "-1", "68.8"]
    assert done.out.splitlines()[2].split()[1] == "1"
    assert float(done.out.splitlines()[2].split()[2]) == pytest.approx(5.0, abs=0.5)
    assert "by the window" in station.read_text()
    assert set(Station.load(station).calibration["line:right"]) == {"SN7"}

    read = xlvla("read", "line:right", "--station", station, "--once", "--json")
    assert "line:right: calibration of SN7 in use" in read.err
    true = where(line)
    measured = list(json.loads(read.out)["qpos"].values())
    np.testing.assert_allclose(measured, true, atol=0.01)
    words = ("--station", station, "--posture", "bent", "--yes", "--speed", "1")
    assert xlvla("move", "line:right", *words).code == 0
    np.testing.assert_allclose(where(line), [0.0, 1.0], atol=0.03)


def test_a_run_on_a_real_wire_asks_moves_and_stops(
    xlvla: Command, line: LineEmulator, tmp_path: Path, answers: list[str]
):
    motion = tmp_path / "motion.npz"
    waving("line:right", seconds=0.5).save(motion)
    done = xlvla(
        "run", "line:right", "--policy", f"replay:{motion}", "--layout", "raw-1",
        "--driver", "hardware", *place(line), "--speed", "1", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["final"]
    assert report["outside"] == 0
    assert len(answers) == 1
    assert "line:right (SN7): not calibrated" in done.err
    assert line.hand.told[-1] == "S"
    assert len(told(line, "C")) > 20
    assert not line.joints.violations


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--driver", "hardware"), "line:right: no address is given"),
        (("--address", "serial:/dev/x"), "are for real devices. Add --driver hardware"),
        (("--driver", "hardware", "--sim-clock"), "--sim-clock is for simulations"),
    ],
)
def test_hardware_and_simulation_are_not_mixed(
    xlvla: Command, line: LineEmulator, tmp_path: Path, words: tuple[str, ...], said: str
):
    motion = tmp_path / "motion.npz"
    waving("line:right", seconds=0.5).save(motion)
    policy = ("--policy", f"replay:{motion}", "--layout", "raw-1")
    assert said in xlvla("run", "line:right", *policy, *words).error


def test_a_scan_says_who_answers(
    xlvla: Command, line: LineEmulator, monkeypatch: pytest.MonkeyPatch
):
    from xlvla_sdk.drivers import ports

    monkeypatch.setattr(ports, "serial_ports", lambda: [ports.Port(line.wire.place, "an adapter")])
    done = xlvla("scan", "--verbose")
    assert [row.split() for row in done.out.splitlines()[1:]] == [
        [str(line.address), "line:right", "line", "right", "SN7", "1.0"]
    ]
    assert f"{line.wire.place}: an adapter" in done.err
    assert (
        f"{line.address}: no line:left (line:left: the hand at {line.address} is a right one.)"
        in (done.err)
    )
    assert {frame[0] for frame in line.hand.told} == {"I", "R"}
    facts = json.loads(xlvla("scan", "--json").out)
    assert facts[0]["serial"] == "SN7"


def test_a_scan_of_nobody_says_so(
    xlvla: Command, line: LineEmulator, monkeypatch: pytest.MonkeyPatch
):
    from xlvla_sdk.drivers import ports

    monkeypatch.setattr(ports, "serial_ports", list)
    assert xlvla("scan").out == "nobody answered\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[addresses]\n"lin:right" = "serial:/dev/x"\n', "no device is called 'lin:right'"),
        ("[adresses]\n", "'adresses' means nothing. Did you mean addresses?"),
        ('[addresses]\n"line:right" = "ttyUSB0"\n', "'ttyUSB0' is no address"),
    ],
)
def test_a_station_that_means_nothing_is_refused(
    xlvla: Command, line: LineEmulator, tmp_path: Path, text: str, said: str
):
    station = tmp_path / "lab.toml"
    station.write_text(text)
    assert said in xlvla("read", "line:right", "--station", station, "--once").error


def test_what_a_line_loses_is_asked_for_again(xlvla: Command, line: LineEmulator):
    faults = Faults(dropped=0.05, corrupted=0.05, noise=0.05)
    with LineEmulator(line.spec, "serial", faults, timed=False) as bad:
        words = ("--posture", "bent", "--yes", "--speed", "1")
        assert xlvla("move", "line:right", *place(bad), *words).code == 0
        assert not bad.joints.violations
