"""The contract of drivers: what every device's driver keeps to, shown on its emulator.

Each clause is a function of a `Subject` that raises where it is broken. A plugin's own tests run them
with

    @pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.__name__)
    def test_the_contract(clause):
        clause(Subject(spec, "serial", AcmeDriver, AcmeEmulator))
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from xlvla_sdk.drivers import Identity, JointState
from xlvla_sdk.errors import DriverError, LimitViolation, XlvlaError
from xlvla_sdk.testing.subject import LONGEST_S, Rig, Subject

JUMP = 0.02
"""A first target further than this from where its joint stands is a jump, as a part of the range."""
AT_REST = 0.02
"""How far from where it was a joint may be that was held in motion: it takes time to brake [rad]."""
NEAR = 6e-3
"""How near a joint comes to its target at rest [rad]; the coarsest wire counts in 1.7 mrad."""
QUIET_S = 0.05
"""How long a closed driver's threads may take to end before they are counted [s]."""
EXTRAS = ("velocity", "current", "force", "torque", "temperature")


def opens_without_moving(subject: Subject) -> None:
    """Opening, reading and closing leave the joints where they stand."""
    with subject.emulated() as rig:
        with rig.driver:
            first = rig.settled()
            assert np.abs(rig.settled() - first).max() < NEAR
        assert rig.emulator.joints.largest_step < JUMP
        rig.check_commands()


def reads_what_is_measured(subject: Subject) -> None:
    """A reading is where the joints stand, its other values are as many and are numbers."""
    with subject.opened() as rig:
        rig.read_rightly()
        state: JointState = rig.driver.read()
        assert state.faults == ()
        assert rig.driver.counts.failed == 0
        for name in EXTRAS:
            values = getattr(state, name)
            if values is not None:
                assert values.shape == state.qpos.shape, name
                assert np.isfinite(values).all(), name
        assert all(np.isfinite(values).all() for values in state.touch.values())


def says_who_it_is(subject: Subject) -> None:
    """An open device names no other side than its spec's; a closed one can be asked for nothing."""
    with subject.opened() as rig:
        identity = rig.driver.identity()
        assert isinstance(identity, Identity)
        assert identity.side in (None, getattr(subject.spec, "side", None))


def refuses_the_other_side(subject: Subject) -> None:
    """The driver of the other side does not open, and its error names both."""
    assert subject.other is not None, "it has no other side: exempt it"
    with subject.emulated() as rig:
        driver = subject.driver(subject.other, rig.emulator.address)
        said = _error(driver.open)
        driver.close()
        for side in (subject.spec.side, subject.other.side):
            assert str(side) in said, f"'{said}' does not name the {side} side"
        assert rig.told == []


def reads_where_it_was_sent(subject: Subject) -> None:
    """Once it has come to rest, a reading agrees with the last command."""
    with subject.opened() as rig:
        target = rig.target()
        rig.go(target)
        assert np.abs(rig.settled() - target)[rig.moved].max() < NEAR
        rig.read_rightly()
        rig.check_commands()


def starts_where_it_stands(subject: Subject) -> None:
    """The first command after opening, a stop or a release begins at the measured posture."""
    with subject.opened() as rig:
        target = rig.target()
        for leave in (lambda: None, rig.driver.stop, lambda: _release(rig)):
            leave()
            rig.emulator.joints.largest_step = 0.0
            rig.begin()
            rig.step(target)
            assert rig.emulator.joints.largest_step < JUMP
        rig.check_commands()


def holds(subject: Subject) -> None:
    """`hold` in motion: the joints stay where they are, powered; a command goes on from there."""
    with subject.opened() as rig:
        _stays(rig, rig.driver.hold)
        target = rig.target(0.05)
        rig.go(target)
        assert np.abs(rig.settled() - target)[rig.moved].max() < NEAR
        rig.check_commands()


def stops(subject: Subject) -> None:
    """`stop` in motion, as `hold`; once more changes nothing."""
    with subject.opened() as rig:
        _stays(rig, rig.driver.stop)
        there = rig.settled()
        rig.driver.stop()
        rig.driver.stop()
        assert np.abs(rig.settled() - there).max() < NEAR
        target = rig.target(0.05)
        rig.go(target)
        assert np.abs(rig.settled() - target)[rig.moved].max() < NEAR
        rig.check_commands()


def stops_from_any_state(subject: Subject) -> None:
    """A stop is never an error, and what a driver has not moved it leaves alone: nothing is sent
    before it was opened, before its first command, when it is closed, or when it is open anew."""
    with subject.emulated() as rig:
        _stop_sends_nothing(rig)
        rig.driver.open()
        rig.settled()
        _stop_sends_nothing(rig)
        rig.go(rig.target(0.02))
        rig.settled()
        rig.driver.close()
        _stop_sends_nothing(rig)
        rig.driver.open()
        rig.settled()
        _stop_sends_nothing(rig)
        rig.check_commands()


def gives_up_control(subject: Subject) -> None:
    """`release` after a stop is no jump; once more is no error; the device can be read then."""
    with subject.opened() as rig:
        rig.set_going()
        _release(rig)
        rig.settled()
        _stop_sends_nothing(rig)
        _release(rig)
        rig.read_rightly()
        rig.check_commands()


def sends_nothing_senseless(subject: Subject) -> None:
    """Not a number, outside the limits, too few values: refused, and the device is told nothing."""
    with subject.opened() as rig:
        rig.go(rig.target(0.02))
        here = np.clip(rig.settled(), *subject.spec.limits)
        lower, upper = subject.spec.limits
        told = rig.times_told()
        for joint in np.flatnonzero(rig.moved):
            for value in (np.nan, np.inf, -np.inf, lower[joint] - 0.5, upper[joint] + 0.5):
                wrong = here.copy()
                wrong[joint] = value
                _error(partial(rig.driver.command, wrong), LimitViolation)
        _error(partial(rig.driver.command, here[:-1]), XlvlaError)
        assert rig.times_told() == told
        rig.check_commands()


def closes_twice(subject: Subject) -> None:
    """Closing again is no error; a closed driver says that it is closed; it opens again."""
    with subject.emulated() as rig:
        rig.driver.close()
        for _ in range(2):
            rig.driver.open()
            rig.read_rightly()
            rig.driver.close()
            rig.driver.close()
        for call in (rig.driver.read, rig.driver.hold):
            _error(call)


def stops_on_the_way_out(subject: Subject) -> None:
    """An exception inside `with driver:` comes out as it is, after a stop, the driver closed."""

    class Ours(Exception):
        pass

    with subject.emulated() as rig:
        target = np.empty(0)
        with suppress(Ours), rig.driver:
            target = rig.set_going()
            raise Ours
        rig.stays_away(target)
        _error(rig.driver.read)
        rig.check_commands()


def leaves_nothing_behind(subject: Subject) -> None:
    """Closed, it leaves neither threads nor open files: none more than after its first use."""
    with subject.emulated() as rig:
        counts = []
        for _ in range(3):
            with rig.driver:
                rig.driver.read()
            counts.append(_settled_counts(counts[0] if counts else None))
        assert not _more(counts[-1], counts[0]), f"threads and files: {counts}"


def _stays(rig: Rig, call: Callable[[], None]) -> None:
    target = rig.set_going()
    began_s = time.monotonic()
    call()
    low, high = rig.truth.between(began_s, time.monotonic())
    rest = rig.settled()
    further = np.maximum(low - rest, rest - high)[rig.moved].max()
    assert further < AT_REST, f"it went {further:.3f} rad further"
    rig.stays_away(target)


def _release(rig: Rig) -> None:
    rig.driver.stop()
    rig.driver.release()


def _stop_sends_nothing(rig: Rig) -> None:
    told = rig.times_told()
    rig.driver.stop()
    rig.driver.stop()
    assert rig.times_told() == told, "a device was stopped that the driver has not moved"


def _error(call: Callable[[], object], kind: type[XlvlaError] = DriverError) -> str:
    """What the error says that a call has to raise."""
    try:
        call()
    except kind as error:
        return error.message
    raise AssertionError(f"no {kind.__name__}")


def _settled_counts(wanted: tuple[int, int] | None) -> tuple[int, int]:
    """Threads and open files, once they are no more than is wanted, or the time is over."""
    ends_s = time.monotonic() + (LONGEST_S if wanted else QUIET_S)
    while True:
        counts = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
        if time.monotonic() > ends_s or (wanted and not _more(counts, wanted)):
            return counts
        time.sleep(0.02)


def _more(counts: tuple[int, int], than: tuple[int, int]) -> bool:
    return counts[0] > than[0] or counts[1] > than[1]


CLAUSES: tuple[Callable[[Subject], None], ...] = (
    opens_without_moving,
    reads_what_is_measured,
    says_who_it_is,
    refuses_the_other_side,
    reads_where_it_was_sent,
    starts_where_it_stands,
    holds,
    stops,
    stops_from_any_state,
    gives_up_control,
    sends_nothing_senseless,
    closes_twice,
    stops_on_the_way_out,
    leaves_nothing_behind,
)
"""What a device does on a line where nothing goes wrong."""
