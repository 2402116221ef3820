"""The contract of drivers on a bad line: recovered or a DriverError, never a wrong reading or a hang."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import numpy as np

from xlvla_sdk.drivers import SafeDriver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.testing.faults import KINDS
from xlvla_sdk.testing.subject import LONGEST_S, Rig, Subject

T = TypeVar("T")
PART = 0.15
"""How many of the answers a fault spoils."""
STRUCK, FEWEST = 4, 5
"""How often a fault has to happen; readings at the least."""
ALARMS = ("hot", "current", "motor")
"""Flags of a device with which it must not be moved on, as emulators name them."""
READINGS = 15
"""After a reboot."""
OPENINGS = 40
"""How often opening is tried on a line that spoils answers."""


def outlives_a_bad_line(subject: Subject, kinds: Sequence[str] = KINDS) -> None:
    """Faults, one kind after the other: readings are right or an error, and then all is well again.

    Args:
        subject: The device.
        kinds: Of the faults that can happen on its wire.

    Raises:
        AssertionError: A reading was wrong, a command was outside the limits, or it never recovered.
    """
    with subject.opened(impatient=True) as rig:
        rig.emulator.faults.delay_s = 0.01
        targets = [_at_last(rig, lambda: rig.target(0.04)), _at_last(rig, rig.settled)]
        for kind in kinds:
            _suffer(rig, kind, targets)
            _at_last(rig, rig.read_rightly)
        with suppress(DriverError):
            rig.driver.stop()
        reopen(rig)
        _at_last(rig, lambda: rig.go(targets[1]))
        assert np.abs(_at_last(rig, rig.settled) - targets[1])[rig.moved].max() < 0.01
        rig.check_commands()


def _suffer(rig: Rig, kind: str, targets: Sequence[np.ndarray]) -> None:
    """To and fro between two postures until a kind of fault has happened often enough."""
    faults, turn, ends_s = rig.emulator.faults, 0, time.monotonic() + LONGEST_S
    while turn < FEWEST or faults.struck[kind] < STRUCK:
        assert time.monotonic() < ends_s, f"{kind}: too few answers were spoilt"
        setattr(faults, kind, PART)
        turn += 1  # it does not count what comes by itself
        try:
            rig.step(targets[turn // 3 % 2])
            rig.read_rightly()
        except DriverError:
            reopen(rig)
            setattr(faults, kind, 0.0)  # some devices take seconds to be taken again
            _at_last(rig, lambda: rig.step(targets[0]))
        except AssertionError as error:
            raise AssertionError(f"{kind}: {error}") from error
    setattr(faults, kind, 0.0)


def says_that_nobody_answers(subject: Subject) -> None:
    """Silence: a reading, a command and a stop are errors; the device is found again after it."""

    def silence(rig: Rig) -> None:
        rig.emulator.faults.silent = True

    def answer(rig: Rig) -> None:
        rig.emulator.faults.silent = False

    _lost_and_found(subject, silence, answer)


def says_that_it_is_unplugged(subject: Subject) -> None:
    """The line is gone: as silence."""
    _lost_and_found(
        subject, lambda rig: rig.emulator.wire.unplug(), lambda rig: rig.emulator.wire.plug()
    )


def outlives_a_reboot(subject: Subject) -> None:
    """Switched off and on in motion: readings stay right or become errors, and nothing jumps."""
    with subject.opened(impatient=True) as rig:
        target = _at_last(rig, rig.set_going)
        rig.emulator.joints.largest_step = 0.0
        rig.emulator.reboot()
        for _ in range(READINGS):
            try:
                rig.step(target)
                rig.read_rightly()
            except DriverError:
                reopen(rig)
        assert rig.emulator.joints.largest_step < 0.2
        rig.check_commands()


def sees_a_stuck_joint(subject: Subject) -> None:
    """A joint that does not move is read where it is, not where it was told to be."""
    with subject.opened() as rig:
        moved = np.flatnonzero(rig.moved)
        before, target = rig.settled(), rig.target(0.1)
        rig.emulator.joints.stuck.add(0)
        with suppress(DriverError):  # some devices stop for it
            rig.go(target)
        after = rig.settled()
        way = np.abs(after - before)[moved]
        assert way.min() < 0.01 < 0.03 < way.max(), f"the joints went {way} rad"
        rig.read_rightly()


def heeds_alarms(subject: Subject) -> None:
    """A motor that is too hot, draws too much or has failed: a checked driver holds, and names the joint."""
    alarms = [fault for fault in subject.emulator.own_faults if fault in ALARMS]
    assert alarms, "its emulator raises none: exempt it"
    for fault in alarms:
        with subject.opened() as rig:
            target = rig.set_going()
            joint = subject.spec.joints[int(np.flatnonzero(rig.moved)[-1])]
            rig.emulator.fail(fault, joint)
            said = _becomes_an_error(SafeDriver(rig.driver, time.monotonic).read)
            assert joint in said, f"'{said}' does not name {joint}"
            assert "The device holds" in said
            rig.stays_away(target)
            rig.check_commands()


def reopen(rig: Rig) -> None:
    """Closes the driver and opens it again, as often as a bad line needs."""
    for _ in range(OPENINGS):
        rig.driver.close()
        rig.begin()
        with suppress(DriverError):
            rig.driver.open()
            return
    raise AssertionError(f"it did not open in {OPENINGS} tries")


def _lost_and_found(
    subject: Subject, lose: Callable[[Rig], None], find: Callable[[Rig], None]
) -> None:
    with subject.opened(impatient=True) as rig:
        _at_last(rig, rig.set_going)
        again = np.clip(rig.aim(), *subject.spec.limits)
        lose(rig)
        _becomes_an_error(rig.driver.read)
        _becomes_an_error(lambda: rig.driver.command(again))
        with suppress(DriverError):
            rig.driver.stop()
        rig.driver.close()
        find(rig)
        reopen(rig)
        _at_last(rig, rig.read_rightly)
        rig.check_commands()


def _at_last(rig: Rig, call: Callable[[], T]) -> T:
    """What a call gives; an impatient driver opens again where this machine is too busy to answer."""
    for _ in range(OPENINGS):
        try:
            return call()
        except DriverError:
            reopen(rig)
    raise AssertionError(f"nobody answers in {OPENINGS} tries")


def _becomes_an_error(call: Callable[[], object]) -> str:
    """What the error says; what came a moment ago may still be given."""
    ends_s = time.monotonic() + LONGEST_S
    while time.monotonic() < ends_s:
        try:
            call()
        except DriverError as error:
            return error.message
    raise AssertionError("it goes on as if somebody answered")


FAULT_CLAUSES: tuple[Callable[[Subject], None], ...] = (
    says_that_nobody_answers,
    says_that_it_is_unplugged,
    outlives_a_reboot,
    sees_a_stuck_joint,
    heeds_alarms,
)
"""What a device does when its line or it fails."""

__all__ = ["FAULT_CLAUSES", "KINDS", "outlives_a_bad_line", "reopen"]
