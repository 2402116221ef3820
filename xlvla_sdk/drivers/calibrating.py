"""Calibrating a hand: each joint to both its ends, slowly, while somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.calibrated import CalibratedDriver
from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.drivers.moving import move_to
from xlvla_sdk.drivers.safe import SafeDriver
from xlvla_sdk.errors import DriverError
from xlvla_sdk.specs import HandSpec, JointCalibration

SPEED = 0.15
"""Part of the velocity limits that is used."""
SHORT = 0.035
"""A joint that stands this far from its target has met its stop [rad]; nearer is its servo's error."""
BENDS = 0.1
"""How far open and fist have to be apart for a joint to be calibrated [rad]."""
LEAST = 0.2
"""How far a joint has to move [rad]."""

Ask = Callable[[str], bool]
"""A question to whoever looks at the hand."""


@dataclass(frozen=True)
class Guide:
    """The person and the time.

    Attributes:
        ask: Asks and returns the answer.
        tell: Says what comes next.
        wait: Waits for the next period.
        now: Gives the time [s].
    """

    ask: Ask
    tell: Callable[[str], None]
    wait: Callable[[], object]
    now: Callable[[], float]


def calibrate(driver: Driver, hand: HandSpec, guide: Guide) -> dict[str, JointCalibration]:
    """Finds sign, offset and reach of every joint that bends for a fist.

    One joint at a time, the others open. A joint that stops before the end it is told has met its
    mechanical stop, and that stop is where the spec has its limit: so its zero is found. Which
    way it went only somebody who looks can say. Then the hand opens and makes a fist by what was found.

    Args:
        driver: The hand's own driver, open, not calibrated.
        hand: Its spec, with the postures 'open' and 'fist'.
        guide: Who looks.

    Returns:
        By joint; a joint that does not bend for a fist is left out.

    Raises:
        DriverError: A joint does not move, or whoever looks says that the outcome is wrong.
        SpecError: The hand has no posture 'open' or 'fist'.
    """
    opened, fist = hand.posture("open"), hand.posture("fist")
    safe = SafeDriver(driver, guide.now, SPEED)
    rest = opened.copy()  # in the device's angles; a joint that counts backwards is put right below
    guide.tell(f"{hand.id} opens.")
    move_to(safe, rest, guide.wait)
    found: dict[str, JointCalibration] = {}
    for at, joint in enumerate(hand.joints):
        if abs(fist[at] - opened[at]) < BENDS or joint not in driver.commanded:
            continue
        found[joint] = _calibrated(safe, guide, at, rest, bool(fist[at] > opened[at]))
        known = found[joint]
        lower, upper = hand.limits
        rest[at] = np.clip(known.sign * (opened[at] - known.offset), lower[at], upper[at])
        move_to(safe, rest, guide.wait)
    _confirm(driver, hand, guide, found)
    return found


def _calibrated(
    safe: SafeDriver, guide: Guide, at: int, rest: Float[np.ndarray, " D"], upwards: bool
) -> JointCalibration:
    """One joint: to the end that should close it, asked; then to the other."""
    joint, (lower, upper) = safe.spec.joints[at], safe.spec.limits
    guide.tell(f"'{joint}' moves to its ends.")
    closing = _settled(safe, guide, at, rest, float(upper[at] if upwards else lower[at]))
    safe.hold()
    closed = guide.ask(f"Did '{joint}' close?")
    opening = _settled(safe, guide, at, rest, float(lower[at] if upwards else upper[at]))
    low, high = (opening, closing) if upwards else (closing, opening)
    if high - low < LEAST:
        raise DriverError(
            f"{safe.spec.id}: '{joint}' moved by {high - low:.2g} rad only, between its ends. Free "
            "it, and calibrate again."
        )
    return joint_calibration(float(lower[at]), float(upper[at]), low, high, 1 if closed else -1)


def joint_calibration(
    lower: float, upper: float, low: float, high: float, sign: int
) -> JointCalibration:
    """What a joint's readings mean, from where it came to stand.

    Args:
        lower: Its lower limit, where it has a mechanical stop [rad].
        upper: Its upper limit.
        low: The reading where it stood when it was told `lower`.
        high: The same for `upper`.
        sign: -1 where it went the other way.
    """
    offset = 0.0 if sign > 0 else lower + upper
    if low - lower > SHORT:  # it met a stop: the lower one, or the upper one where it counts back
        offset = (lower if sign > 0 else upper) - sign * low
    elif upper - high > SHORT:
        offset = (upper if sign > 0 else lower) - sign * high
    ends = sorted(sign * reading + offset for reading in (low, high))
    reached = [
        limit if abs(end - limit) <= SHORT else end
        for end, limit in zip(ends, (lower, upper), strict=True)
    ]
    return JointCalibration(
        sign=1 if sign > 0 else -1,
        offset=round(offset, 4),
        lower=round(max(reached[0], lower), 4),
        upper=round(min(reached[1], upper), 4),
    )


def _settled(safe: SafeDriver, guide: Guide, at: int, rest: np.ndarray, end: float) -> float:
    """The reading where a joint comes to stand on its way to an end, the others at rest."""
    target = rest.copy()
    target[at] = end
    return float(move_to(safe, target, guide.wait, near=0.0).qpos[at])


def _confirm(
    driver: Driver, hand: HandSpec, guide: Guide, found: dict[str, JointCalibration]
) -> None:
    """Opens the hand and makes a fist by what was found; DriverError when it is not so."""
    calibrated = CalibratedDriver(driver, {})
    calibrated.use(found)
    safe = SafeDriver(calibrated, guide.now, SPEED)
    for posture, question in (("fist", "Is it a fist?"), ("open", "Is the hand open?")):
        move_to(safe, hand.posture(posture), guide.wait)
        safe.hold()
        if not guide.ask(question):
            raise DriverError(
                f"{hand.id}: the calibration did not make the posture '{posture}'. Nothing was "
                "saved. Look for a joint that is blocked, and calibrate again."
            )
