"""A pseudo-terminal carries frames, loses them when told to, and can be unplugged."""

from __future__ import annotations

import pytest

from xlvla_sdk.drivers import Link, SerialPort
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing import EmulatedJoints, Faults, Firmware, SerialWire


class Lines:
    """Frames are lines; a line with an 'x' in it counts as damaged."""

    refused = 0

    def __init__(self) -> None:
        self._left = b""

    def feed(self, data: bytes) -> list[bytes]:
        *frames, self._left = (self._left + data).split(b"\n")
        whole = [frame for frame in frames if frame.startswith(b"echo ") and frame.isascii()]
        self.refused += len(frames) - len(whole)
        return whole

    def clear(self) -> None:
        self._left = b""


class Echo(Firmware):
    joints = EmulatedJoints([0.0], [1.0], 1.0)

    def receive(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        return [(0.0, b"echo " + data)]

    def reboot(self, now: float) -> None:
        return


def ask(faults: Faults, times: int, tries: int = 3, timeout_s: float = 2.0) -> Link:
    with (
        SerialWire(Echo(), 115200, faults, timed=False) as wire,
        SerialPort(wire.place, 115200) as port,
    ):
        link = Link(port, Lines(), "echo", timeout_s=timeout_s, tries=tries)
        for number in range(times):
            question = f"{number}".encode()
            wanted = b"echo " + question

            def answer(frame: bytes, wanted: bytes = wanted) -> bytes | None:
                return frame if frame == wanted else None

            assert link.ask(question + b"\n", answer, "an echo") == wanted
    return link


def test_a_question_is_answered():
    counts = ask(Faults(), 20).counts
    assert (counts.asked, counts.recovered, counts.failed) == (20, 0, 0)


@pytest.mark.parametrize("kind", ["dropped", "truncated", "corrupted", "noise"])
def test_a_spoilt_answer_is_asked_for_again(kind: str):
    faults = Faults()
    setattr(faults, kind, 0.3)
    counts = ask(faults, 30, tries=8, timeout_s=0.03).counts
    assert faults.struck[kind] > 0
    assert counts.recovered > 0
    assert counts.failed == 0


def test_what_was_repeated_is_not_taken_for_the_next_answer():
    assert ask(Faults(repeated=1.0), 20).counts.failed == 0


def test_silence_is_an_error_with_a_mend():
    with pytest.raises(
        DriverError, match=r"echo: no reply to an echo in 0\.03 s, asked 2 times.*power"
    ) as caught:
        ask(Faults(silent=True), 1, tries=2, timeout_s=0.03)
    assert caught.value.unanswered == "an echo"


def test_a_device_does_not_understand_another_baud_rate():
    with (
        SerialWire(Echo(), 115200, timed=False) as wire,
        SerialPort(wire.place, 9600) as port,
    ):
        port.write(b"hello")
        heard = b""
        while len(heard) < len(b"echo hello"):
            heard += port.read(1.0)
    assert heard.startswith(b"echo ")
    assert b"hello" not in heard


def test_an_unplugged_line_is_an_error_and_a_plugged_one_answers_again():
    with SerialWire(Echo(), 115200, timed=False) as wire:
        port = SerialPort(wire.place, 115200)
        port.open()
        wire.unplug()
        with pytest.raises(DriverError, match="the line is gone"):
            port.read(0.05)
        port.close()
        wire.plug()
        with SerialPort(wire.place, 115200) as again:
            again.write(b"b\n")
            assert again.read(0.5)


def test_no_port_and_a_taken_port_are_told_apart(tmp_path):
    with pytest.raises(DriverError, match="there is no such port"):
        SerialPort(str(tmp_path / "ttyNONE"), 115200).open()
    with (
        SerialWire(Echo(), 115200) as wire,
        SerialPort(wire.place, 115200),
        pytest.raises(DriverError, match="another program has this port open"),
    ):
        SerialPort(wire.place, 115200).open()
