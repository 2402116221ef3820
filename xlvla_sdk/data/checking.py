"""What is wrong with a dataset of raw joints: limits, units, signs, order; and what nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from xlvla_sdk.data.columns import ColumnsFile, Place, Places
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import JointPlaces
from xlvla_sdk.data.finding import Finding, fail, ok, untold
from xlvla_sdk.data.joint_statistics import Extremes, JointStatistics, joint_statistics
from xlvla_sdk.errors import DataError
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.specs import LIMIT_TOLERANCE, ArmSpec, Embodiment

TOLERANCE = 0.1
"""How far outside its limits [rad, m] a joint may be before its numbers may be another's, or another
unit's: real commands overshoot a little, and calibrations differ."""
NO_RADIANS = 7.0
"""No joint turns as far as this [rad]; what does is in another unit."""
FOLLOWS, CLEARLY = 0.8, 0.2
"""A measured joint that is correlated so much with another's command, and so much more than with its
own, is that other joint."""
ALIKE = 0.95
"""Joints whose commands are correlated so much are not told apart by what follows them."""
NEAR_TIPS = 0.03
"""Measured fingertips are this near to commanded ones [m], in the mean, when joints are in order:
fingers that track, or press on a thing."""


def check_joints(
    dataset: Dataset, embodiment: Embodiment, columns: ColumnsFile | None = None
) -> list[Finding]:
    """Checks a dataset of raw joints; files that cannot be read are an error, not a finding.

    Args:
        dataset: Of raw joints.
        embodiment: The body that was recorded.
        columns: Where the joints stand, if names do not say.

    Raises:
        DataError: A file is missing or damaged.
    """
    try:
        places = JointPlaces.of(dataset, embodiment.joints, columns)
    except DataError as error:
        return [fail("names", error.message, "")]
    found = [ok("names", f"{len(embodiment.joints)} joints of {embodiment.name} have a column")]
    lower, upper = embodiment.limits
    try:
        statistics = joint_statistics(dataset, places, lower, upper)
    except DataError as error:
        if "row" not in error.values or "path" in error.values:
            raise
        return [*found, fail("finite", error.message, "")]
    for what, extremes, where in (
        ("state", statistics.state, places.state),
        ("action", statistics.action, places.action),
    ):
        found += _ranges(what, extremes, where, embodiment)
    found += _following(statistics, embodiment)
    found += _tips(statistics, embodiment)
    return [*found, *_untold(embodiment)]


def _ranges(
    what: str, extremes: Extremes, places: Places, embodiment: Embodiment
) -> Iterator[Finding]:
    """Limits, and for joints far outside them the unit, order or sign with which they would be inside."""
    lower, upper = embodiment.limits
    outside = np.maximum(lower - extremes.lower, extremes.upper - upper)
    far = outside > TOLERANCE
    in_degrees = _in_degrees(extremes, embodiment)
    yield from _degrees(what, in_degrees, extremes, places, embodiment)
    odd = far & ~in_degrees
    for k in map(int, np.flatnonzero((outside > LIMIT_TOLERANCE) & ~in_degrees)):
        said = _said(what, k, extremes, embodiment)
        turned = _inside(-extremes.upper[k], -extremes.lower[k], lower[k], upper[k])
        fits = np.flatnonzero(_inside(extremes.lower[k], extremes.upper[k], lower, upper))
        if not far[k]:
            mend = "Check the calibration; `encode --clip` takes it to its limit."
            yield fail("limits", said, mend)
        elif turned and odd.sum() == 1:
            mend = f"In --columns FILE, [{what}]: {_line(embodiment, k, places[k], -1.0)}."
            yield fail(
                "sign", f"{said} Negated, it is inside, and no other joint is far outside.", mend
            )
        elif len(fits):
            names = _few(_nearest_first(k, fits, embodiment))
            yield fail("order", f"{said} Its numbers would be within those of {names}.", _ORDER)
        else:
            yield fail("limits", said, "Check the unit, the sign and whose column it is.")
    if not (outside > LIMIT_TOLERANCE).any():
        yield ok("limits", f"{what}: every joint within its limits")


def _nearest_first(k: int, fits: np.ndarray, embodiment: Embodiment) -> list[str]:
    """Names of joints, those of joint k's device first."""
    own = next(at for _, at in embodiment.slices() if at.start <= k < at.stop)
    order = sorted(fits.tolist(), key=lambda j: not own.start <= j < own.stop)
    return [embodiment.joints[j] for j in order]


def _in_degrees(extremes: Extremes, embodiment: Embodiment) -> np.ndarray:
    """Joints that would be inside in degrees and go far beyond any angle in radians; and where a
    quarter of a device's joints do so, all of it that would be inside: a recorder has one unit."""
    lower, upper = embodiment.limits
    inside = _inside(np.radians(extremes.lower), np.radians(extremes.upper), lower, upper)
    largest = np.maximum(np.abs(extremes.lower), np.abs(extremes.upper))
    beyond = np.maximum(2.0 * np.maximum(np.abs(lower), np.abs(upper)), NO_RADIANS)
    clearly = inside & (largest > beyond)
    for _, at in embodiment.slices():
        if clearly[at].mean() >= 0.25:
            clearly[at] = inside[at]
    return clearly


def _degrees(
    what: str, joints: np.ndarray, extremes: Extremes, places: Places, embodiment: Embodiment
) -> Iterator[Finding]:
    """One finding a device."""
    for device, at in embodiment.slices():
        found = [k for k in range(at.start, at.stop) if joints[k]]
        if not found:
            continue
        said = _said(what, found[0], extremes, embodiment)
        lines = [_line(embodiment, k, places[k], np.pi / 180.0) for k in found]
        yield fail(
            "units",
            f"{what}: {len(found)} of {at.stop - at.start} joints of {device.id} are in degrees. {said}",
            f"In --columns FILE, [{what}]: {_few(lines)}.",
        )


_ORDER = (
    "The columns are in another order than their names. Say in --columns FILE which number is which "
    "joint."
)


def _inside(low: Any, high: Any, lower: Any, upper: Any) -> Any:
    """Whether ranges are within limits, or nearly; any of the four may be one number or many."""
    return (low >= lower - TOLERANCE) & (high <= upper + TOLERANCE)


def _said(what: str, k: int, extremes: Extremes, embodiment: Embodiment) -> str:
    lower, upper = embodiment.limits
    return (
        f"{what}: '{embodiment.joints[k]}' goes from {extremes.lower[k]:.3g} to "
        f"{extremes.upper[k]:.3g}, its limits are [{lower[k]:.3g}, {upper[k]:.3g}] (episode "
        f"{extremes.episode[k]}, row {extremes.row[k]})."
    )


def _line(embodiment: Embodiment, k: int, place: Place, factor: float) -> str:
    mended = Place(place.array, place.column, place.factor * factor)
    return f'{embodiment.joints[k]} = "{mended}"'


def _following(statistics: JointStatistics, embodiment: Embodiment) -> Iterator[Finding]:
    """Measured joints that follow another's command, or their own with the other sign."""
    joints, follows = embodiment.joints, statistics.follows
    wrong = False
    for k in np.flatnonzero(statistics.moves):
        strength = np.abs(follows[k]) * statistics.moves
        best = int(strength.argmax())
        if best != k and strength[best] > FOLLOWS and strength[best] > abs(follows[k, k]) + CLEARLY:
            wrong = True
            yield fail(
                "order",
                f"measured '{joints[k]}' follows the command of '{joints[best]}' "
                f"(correlation {follows[k, best]:.2f}), not its own ({follows[k, k]:.2f}).",
                _ORDER,
            )
        elif follows[k, k] < -FOLLOWS:
            wrong = True
            yield fail(
                "sign",
                f"measured '{joints[k]}' goes against its command (correlation {follows[k, k]:.2f}).",
                "One of the two has the other sign. Turn it in --columns FILE, with a minus before "
                "the place.",
            )
    if alike := _alike(statistics, embodiment):
        yield untold("order", f"are commanded alike, so exchanged they would not show: {alike}")
    still = [joints[k] for k in np.flatnonzero(~statistics.moves)]
    if not wrong:
        yield ok(
            "following",
            f"measured joints follow their commands after {statistics.lag_s * 1e3:.0f} ms",
        )
    if still:
        yield untold("following", f"hardly move, so nothing is known of: {', '.join(still)}")


def _alike(statistics: JointStatistics, embodiment: Embodiment) -> str:
    """Joints that move together with another, by their commands."""
    moving = np.flatnonzero(statistics.moves)
    if len(moving) < 2:
        return ""
    together = np.corrcoef(statistics.sample_action[:, moving].T) - np.eye(len(moving))
    return _few(
        [embodiment.joints[moving[k]] for k in np.flatnonzero(together.max(axis=0) > ALIKE)]
    )


def _tips(statistics: JointStatistics, embodiment: Embodiment) -> Iterator[Finding]:
    """How far measured fingertips are from commanded ones, at the lag at which joints follow."""
    for hand, at in embodiment.slices():
        if isinstance(hand, ArmSpec):
            continue
        rows = slice(None, None, max(1, len(statistics.sample_state) // 500))
        kinematics = hand_kinematics(hand)
        tips = [
            kinematics.tips(np.clip(values[rows, at], *hand.limits))
            for values in (statistics.sample_state, statistics.sample_action)
        ]
        apart = np.linalg.norm(tips[0] - tips[1], axis=-1).mean(axis=0)
        worst = int(apart.argmax())
        finger = kinematics.finger_names[worst]
        said = f"{hand.id}: measured tips are {apart[worst] * 1e3:.0f} mm from commanded ones"
        if apart[worst] > NEAR_TIPS:
            yield fail(
                "tips",
                f"{said} ({finger}, the worst).",
                "Either the hand did not move as told, or the joints of one of the two are in "
                "another order, unit or sign.",
            )
        else:
            yield ok("tips", f"{said} ({finger}, the worst)")


def _untold(embodiment: Embodiment) -> Iterator[Finding]:
    """What neither limits nor following can show, for this body."""
    lower, upper = embodiment.limits
    even = [
        name
        for name, low, high in zip(embodiment.joints, lower, upper, strict=True)
        if abs(low + high) < TOLERANCE
    ]
    if even:
        yield untold("sign", f"turned in state and action alike, it would not show: {_few(even)}")
    alike = [group for group in _same_limits(embodiment) if len(group) > 1]
    for group in alike:
        yield untold(
            "order", f"exchanged in state and action alike, it would not show: {_few(group)}"
        )


def _same_limits(embodiment: Embodiment) -> list[list[str]]:
    lower, upper = embodiment.limits
    groups: dict[tuple[float, float], list[str]] = {}
    for name, low, high in zip(embodiment.joints, lower, upper, strict=True):
        groups.setdefault((round(low / TOLERANCE), round(high / TOLERANCE)), []).append(name)
    return list(groups.values())


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
