"""The contract is worth something: each of these drivers breaks a clause, and that clause says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.line_device import LineDriver, LineEmulator
from tests.small_hand import small_hand
from xlvla_sdk.drivers import JointState
from xlvla_sdk.errors import DriverError
from xlvla_sdk.specs import Side
from xlvla_sdk.testing import Subject, Truth, contract, contract_faults


class Jumps(LineDriver):
    """Opening it sends it home."""

    def open(self) -> None:
        super().open()
        self.command(self.spec.limits.upper)


class Shifted(LineDriver):
    """Reads a joint a little off."""

    def read(self) -> JointState:
        return JointState(super().read().qpos + 0.01)


class Stale(LineDriver):
    """Reads what was true half a second ago."""

    kept: tuple[float, JointState] | None = None

    def read(self) -> JointState:
        if self.kept is None or time.monotonic() - self.kept[0] > 0.5:
            self.kept = time.monotonic(), super().read()
        return self.kept[1]


class GoesOn(LineDriver):
    """Its stop does nothing."""

    def stop(self) -> None:
        return


class Meddles(LineDriver):
    """Stops what it has not moved."""

    def stop(self) -> None:
        with suppress(DriverError):
            self._ask("S", "a stop")


class Careless(LineDriver):
    """Says that a motor is hot, and not that this is grave."""

    def read(self) -> JointState:
        return replace(super().read(), alarms=())


class Lax(LineDriver):
    """Sends whatever it is told, but what is no number."""

    def command(self, qpos: np.ndarray) -> None:
        self._ask("C " + " ".join(str(round(q * 1e6)) for q in np.nan_to_num(qpos)), "a target")


class Believes(LineDriver):
    """Takes its target for where it is."""

    target: np.ndarray | None = None

    def read(self) -> JointState:
        state = super().read()
        return state if self.target is None else JointState(self.target)

    def command(self, qpos: np.ndarray) -> None:
        super().command(qpos)
        self.target = np.array(qpos)


class Deaf(LineDriver):
    """Goes on with what it read last when nobody answers."""

    last: JointState | None = None

    def read(self) -> JointState:
        try:
            self.last = super().read()
        except DriverError:
            if self.last is None:
                raise
        assert self.last is not None
        return self.last


class Leaks(LineDriver):
    """Leaves a file open."""

    def open(self) -> None:
        super().open()
        self.files = [*getattr(self, "files", []), Path("/dev/null").open()]  # noqa: SIM115


class Raises(LineDriver):
    """Cannot be closed twice."""

    def close(self) -> None:
        super().close()
        assert not getattr(self, "closed", False), "closed already"
        self.closed = True


def subject(folder: Path, driver: type[LineDriver] = LineDriver) -> Subject:
    right, left = (small_hand(folder, "line", side) for side in (Side.RIGHT, Side.LEFT))
    return Subject(right, "serial", driver, LineEmulator, left, {"timeout": "0.05"})


@pytest.mark.parametrize(
    "clause", [*contract.CLAUSES, *contract_faults.FAULT_CLAUSES], ids=lambda c: c.__name__
)
def test_a_driver_that_is_right_keeps_it(tmp_path: Path, clause: Callable[[Subject], None]):
    clause(subject(tmp_path))


@pytest.mark.parametrize(
    ("driver", "clause"),
    [
        (Jumps, contract.opens_without_moving),
        (Shifted, contract.reads_what_is_measured),
        (Stale, contract.reads_where_it_was_sent),
        (GoesOn, contract.stops),
        (GoesOn, contract.stops_on_the_way_out),
        (Meddles, contract.stops_from_any_state),
        (Meddles, contract.gives_up_control),
        (Careless, contract_faults.heeds_alarms),
        (Lax, contract.sends_nothing_senseless),
        (Leaks, contract.leaves_nothing_behind),
        (Raises, contract.closes_twice),
        (Believes, contract_faults.sees_a_stuck_joint),
        (Deaf, contract_faults.says_that_nobody_answers),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_driver_that_is_not_breaks_its_clause(
    tmp_path: Path, monkeypatch, driver: type[LineDriver], clause: Callable[[Subject], None]
):
    for module in (contract, contract_faults):
        monkeypatch.setattr(module, "LONGEST_S", 1.0)
    monkeypatch.setattr("xlvla_sdk.testing.subject.HEARS_S", 0.5)
    with pytest.raises((AssertionError, DriverError)):
        clause(subject(tmp_path, driver))


def test_truth_tells_a_posture_that_was_from_one_that_is(tmp_path: Path):
    hand = small_hand(tmp_path, "line", Side.RIGHT)
    with LineEmulator(hand, "serial", timed=False) as emulator:
        truth = Truth(emulator, age_s=0.05)
        now = time.monotonic()
        for when_s, angle in ((now - 1.0, 0.1), (now - 0.2, 0.2), (now, 0.3)):
            truth.record.stood.append((when_s, np.full(len(hand.joints), angle)))
        assert truth.wrong(np.full(len(hand.joints), 0.3), now) is None
        assert truth.wrong(np.full(len(hand.joints), 0.2), now) is None  # where it was until now
        said = truth.wrong(np.full(len(hand.joints), 0.1), now)
        assert said is not None
        assert "was read at 0.1000 rad and stood between 0.2000 and 0.3000" in said
        assert truth.wrong(np.full(len(hand.joints), np.nan), now) is not None
