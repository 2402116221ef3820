"""A recording of one hand becomes a recording of another: through the shared latent, or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec.codec import LatentCodec
from xlvla_sdk.codec.optimising import optimise
from xlvla_sdk.codec.refining import refine as refined
from xlvla_sdk.errors import CodecMismatch, DataError, LimitViolation
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import LIMIT_TOLERANCE, Limits
from xlvla_sdk.specs.spec import check_limits


@dataclass(frozen=True)
class PlainHand:
    """A hand without a codec.

    Attributes:
        hand: Its id.
        kinematics: As the shared space sees it (`shared_kinematics`).
    """

    hand: str
    kinematics: HandKinematics

    @property
    def joints(self) -> tuple[str, ...]:
        return self.kinematics.joints

    @property
    def limits(self) -> Limits:
        return self.kinematics.limits


@runtime_checkable
class Jointed(Protocol):
    """What a recording's columns are of: a hand, or a whole body."""

    @property
    def hand(self) -> str: ...
    @property
    def joints(self) -> tuple[str, ...]: ...
    @property
    def limits(self) -> Limits: ...


NamedHand = LatentCodec | PlainHand
"""What either side of a retargeting may be; codecs where the latent is asked."""


@dataclass(frozen=True)
class ClippedJoint:
    """A joint of the source that stood outside its limits and was clipped.

    Attributes:
        array: `qpos` or `action`.
        joint: Its name.
        worst: The furthest it stood outside [rad, m].
        rows: In how many rows.
    """

    array: str
    joint: str
    worst: float
    rows: int

    def __str__(self) -> str:
        return (
            f"{self.array} of '{self.joint}' was clipped to its limits in {self.rows} rows, "
            f"by {self.worst:.3g} rad at most"
        )


@dataclass(frozen=True)
class RetargetReport:
    """What happened on the way.

    Attributes:
        rows: Rows of the recording.
        rate_hz: Rows per second; times are kept.
        clipped: Joints of the source that were clipped, worst first.
        passed_through: Columns of other devices, kept as they are.
    """

    rows: int
    rate_hz: float
    clipped: tuple[ClippedJoint, ...]
    passed_through: tuple[str, ...]


def retarget(
    recording: Recording,
    source: LatentCodec,
    target: LatentCodec,
    clip: bool = False,
    refine: bool = False,
) -> tuple[Recording, RetargetReport]:
    """Another hand's recording of the same motion.

    The target's joints stand where the source's first column stood; columns of other devices and
    the times are kept. Joints up to 5 mrad outside the source's limits are clipped and reported.

    Args:
        recording: Holds a column for every joint of the source.
        source: Codec of the hand that was recorded.
        target: Codec of the hand that shall move, in the same space.
        clip: Also clips joints that stand further outside.
        refine: Takes every row from the latent's answer to the geometry's best (`refining`).

    Raises:
        CodecMismatch: When the codecs are of different spaces.
        DataError: When a joint has no column, or a kept column is called like a joint of the target.
        LimitViolation: When a joint is more than 5 mrad outside and `clip` is not set.
    """
    if source.space != target.space:
        raise CodecMismatch(
            f"{source.hand} has a codec of space {source.space}, {target.hand} one of "
            f"{target.space}. Onboard both in one space."
        )

    def moved(qpos: np.ndarray) -> np.ndarray:
        hand = target.decode(source.encode(qpos))
        return refined(source.kinematics, qpos, target.kinematics, hand) if refine else hand

    return retarget_by(moved, recording, source, target, clip)


def retarget_by_optimisation(
    recording: Recording, source: NamedHand, target: NamedHand, clip: bool = False
) -> tuple[Recording, RetargetReport]:
    """As `retarget`, without any codec: every row is optimised from postures of no meaning.

    Args:
        recording: Holds a column for every joint of the source.
        source: The hand that was recorded.
        target: The hand that shall move.
        clip: Also clips joints that stand further outside.

    Raises:
        DataError, LimitViolation: As `retarget` does.
        SpecError: When the hands share no finger beside the thumb.
    """

    def moved(qpos: np.ndarray) -> np.ndarray:
        return optimise(source.kinematics, qpos, target.kinematics)

    return retarget_by(moved, recording, source, target, clip)


def retarget_by(
    move: Callable[[np.ndarray], np.ndarray],
    recording: Recording,
    source: Jointed,
    target: Jointed,
    clip: bool = False,
) -> tuple[Recording, RetargetReport]:
    """As `retarget`, by any function from the source's postures to the target's [rad, m].

    Args:
        move: Takes (rows, D) to (rows, E), in the order of either hand's joints.
        recording: Holds a column for every joint of the source.
        source: The hand that was recorded.
        target: The hand that shall move.
        clip: Also clips joints that stand further outside.

    Raises:
        DataError, LimitViolation: As `retarget` does.
    """
    columns = recording.columns(source.joints)
    kept = _kept(recording, source, target)
    clipped: list[ClippedJoint] = []
    moved = {}
    for name, values in (("qpos", recording.qpos), ("action", recording.action)):
        if values is None:
            continue
        inside, outside = _within_limits(recording, name, values[:, columns], source, clip)
        clipped += outside
        moved[name] = _spliced(values, move(inside), columns)
    result = replace(
        recording,
        qpos=moved["qpos"],
        action=moved.get("action"),
        joint_names=_spliced_names(recording.joint_names, target.joints, columns),
    )
    worst_first = tuple(sorted(clipped, key=lambda joint: -joint.worst))
    return result, RetargetReport(len(recording), recording.rate_hz, worst_first, kept)


def _kept(recording: Recording, source: Jointed, target: Jointed) -> tuple[str, ...]:
    kept = tuple(name for name in recording.joint_names if name not in source.joints)
    if both := [name for name in kept if name in target.joints]:
        raise DataError(
            f"{recording.source}: column '{both[0]}' is not one of {source.hand}'s, and "
            f"{target.hand} has a joint of that name, so both could not stand in one file. "
            "Drop or rename the column first.",
            column=both[0],
        )
    return kept


def _within_limits(
    recording: Recording,
    array: str,
    qpos: Float[np.ndarray, "T D"],
    source: Jointed,
    clip: bool,
) -> tuple[Float[np.ndarray, "T D"], list[ClippedJoint]]:
    if not clip:
        who = f"{recording.source}, {array} of {source.hand}"
        try:
            check_limits(who, source.joints, source.limits, qpos, LIMIT_TOLERANCE)
        except LimitViolation as error:
            raise LimitViolation(
                f"{error.message} Nothing was written. Check that it is this hand's recording, "
                "or run with --clip.",
                **error.values,
            ) from error
    inside = np.clip(qpos, *source.limits)
    by = np.abs(qpos - inside)
    clipped = [
        ClippedJoint(array, joint, float(by[:, column].max()), int((by[:, column] > 0).sum()))
        for column, joint in enumerate(source.joints)
        if by[:, column].any()
    ]
    return inside, clipped


def _spliced(
    values: Float[np.ndarray, "T D"], hand: Float[np.ndarray, "T E"], columns: list[int]
) -> Float[np.ndarray, "T F"]:
    """`values` without `columns`, and the hand's where the first of them stood."""
    first = min(columns)
    after = [column for column in range(first, values.shape[1]) if column not in columns]
    return np.concatenate([values[:, :first], hand, values[:, after]], axis=1)


def _spliced_names(
    names: tuple[str, ...], joints: tuple[str, ...], columns: list[int]
) -> tuple[str, ...]:
    first = min(columns)
    after = [names[column] for column in range(first, len(names)) if column not in columns]
    return (*names[:first], *joints, *after)
