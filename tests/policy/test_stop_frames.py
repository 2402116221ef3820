"""What an emulated wire sees when a run ends: a stop, whatever the run was waiting for."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.line_device import LineDriver, LineEmulator, LineFirmware
from tests.policy.scripted import ScriptedPolicy
from tests.small_hand import small_hand
from xlvla_sdk.drivers import Address
from xlvla_sdk.drivers.safe import LONGEST_STEP_S
from xlvla_sdk.drivers.thresholds import Thresholds
from xlvla_sdk.errors import DriverError
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.messages import ActionChunk
from xlvla_sdk.policy import RunSettings, WallClock, run_episode
from xlvla_sdk.specs import BodySide, Embodiment, Side


class Wired:
    """Line hands on their wires, and a policy that keeps them where they are."""

    def __init__(self, folder: Path, *sides: Side, timeout: str = "0.1") -> None:
        hands = {side: small_hand(folder, "line", side) for side in sides}
        parts = tuple(BodySide(side=side, hand=hand) for side, hand in hands.items())
        body = Embodiment(name="line", sides=parts)
        self.stack = ExitStack()
        self.emulators = [LineEmulator(hand, "serial", timed=False) for hand in hands.values()]
        for emulator in self.emulators:
            self.stack.enter_context(emulator)
        self.layout = make_layout("raw-1", body, {})
        self.drivers = [
            LineDriver(emulator.spec, Address("serial", emulator.wire.place, {"timeout": timeout}))
            for emulator in self.emulators
        ]
        row = self.layout.encode(np.full(2 * len(sides), 0.1))
        self.chunk = ActionChunk(np.tile(row, (64, 1)), "raw-1", 0.05)

    @property
    def firmware(self) -> list[LineFirmware]:
        return [emulator.hand for emulator in self.emulators]

    def run(self, infer: Callable[..., ActionChunk] | None = None) -> None:
        policy = ScriptedPolicy(self.layout, infer or (lambda *_: self.chunk))
        with self.stack:
            run_episode(self.drivers, self.layout, policy, WallClock(), RunSettings())


class when:  # noqa: N801  (as it is said)
    """Acts, from another thread, as soon as a condition holds; never after its `with` block.

    A signal that came later would end the tests.

    Args:
        condition: What is waited for.
        act: What is done then.
    """

    def __init__(self, condition: Callable[[], bool], act: Callable[[], object]) -> None:
        self._condition, self._act = condition, act
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        end_s = time.monotonic() + 30.0
        while not self._condition() and time.monotonic() < end_s:
            if self._over.wait(0.001):
                return
        if not self._over.is_set():
            self._act()

    def __enter__(self) -> when:
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()


def moved(firmware: LineFirmware) -> bool:
    return sum(told[0] == "C" for told in firmware.told) > 5


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_hand_while_a_read_waits_for_its_answer(
    tmp_path: Path, listening: None, number: int, code: int
):
    wired = Wired(tmp_path, Side.RIGHT, timeout="20")
    (hand,) = wired.firmware

    def read_is_in_flight() -> bool:
        """An answered one is followed by a command at once."""
        if moved(hand):
            hand.mute = "R"
        in_vain = bool(hand.mute) and hand.told[-1] == "R"
        return in_vain and time.monotonic() - hand.told_s[-1] > 0.2

    with (
        pytest.raises(SystemExit) as left,
        when(read_is_in_flight, lambda: os.kill(os.getpid(), number)),
    ):
        wired.run()
    assert left.value.code == code
    assert hand.told[-2:] == ["R", "S"]


def test_a_signal_stops_the_hand_while_the_policy_hangs(tmp_path: Path, listening: None):
    wired, never = Wired(tmp_path, Side.RIGHT), threading.Event()

    def hang(*_: object) -> ActionChunk:
        when(lambda: True, lambda: os.kill(os.getpid(), signal.SIGTERM))
        never.wait()
        return wired.chunk

    with pytest.raises(SystemExit) as left:
        wired.run(hang)
    never.set()
    assert left.value.code == 143
    assert wired.firmware[0].told[-1] == "S"


def test_when_one_hand_is_unplugged_the_other_is_stopped(tmp_path: Path):
    wired = Wired(tmp_path, Side.RIGHT, Side.LEFT)
    right, left = wired.emulators
    when(lambda: moved(right.hand), right.wire.unplug)
    with pytest.raises(DriverError, match="the line is gone"):
        wired.run()
    assert left.hand.told[-1] == "S"


def test_when_one_hand_does_not_answer_any_more_both_are_stopped(tmp_path: Path):
    wired = Wired(tmp_path, Side.RIGHT, Side.LEFT)
    right, left = wired.firmware
    when(lambda: moved(right), lambda: setattr(right, "mute", "RCS"))
    with pytest.raises(DriverError, match=r"line:right on .*: no reply to"):
        wired.run()
    assert (right.told[-1], left.told[-1]) == ("S", "S")


def test_when_a_threshold_is_passed_both_are_stopped(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(LineDriver, "thresholds", Thresholds(temperature=70.0))
    wired = Wired(tmp_path, Side.RIGHT, Side.LEFT)
    right, left = wired.firmware
    when(lambda: moved(left), lambda: left.temperature.fill(75.0))
    with pytest.raises(DriverError, match="line:left: the temperature of 'thumb_yaw' is 75 deg C"):
        wired.run()
    assert (right.told[-1], left.told[-1]) == ("S", "S")
    assert not right.joints.violations + left.joints.violations


def test_a_real_device_starts_where_it_is_and_moves_at_three_tenths_of_its_limits(tmp_path: Path):
    wired = Wired(tmp_path, Side.RIGHT)
    (hand,) = wired.firmware
    hand.joints.place([1.0, 1.4])
    far = ActionChunk(wired.chunk.rows[:2], "raw-1", 0.05, final=True)
    wired.run(lambda *_: far)
    sent = np.array([told.split()[1:] for told in hand.told if told[0] == "C"], dtype=float) * 1e-6
    np.testing.assert_allclose(sent[0], [1.0, 1.4])
    longest = 0.3 * hand.spec.velocity_limits * LONGEST_STEP_S
    assert (np.abs(np.diff(sent, axis=0)) <= longest + 1e-6).all()
    assert hand.joints.largest_step < 0.2
