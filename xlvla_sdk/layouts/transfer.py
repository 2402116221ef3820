"""A whole robot's recording becomes another's: hands through the latent, arms by the pinch point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec.refining import refine as refined
from xlvla_sdk.codec.retarget import retarget_by
from xlvla_sdk.errors import CodecMismatch, SpecError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.layouts.layout import Decoded, Layout
from xlvla_sdk.layouts.shifting import require_followed, shifted, starting_posture, thinned
from xlvla_sdk.layouts.transfer_report import TransferReport, fastest_joints, sides_followed
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import Embodiment, Limits

Shift = tuple[float, float, float]
Hands = tuple[Float[np.ndarray, "*rows _"] | None, ...]


@dataclass(frozen=True)
class Body:
    """An embodiment as a recording's columns: its name, joints and limits."""

    hand: str
    joints: tuple[str, ...]
    limits: Limits

    @staticmethod
    def of(embodiment: Embodiment) -> Body:
        return Body(embodiment.name, embodiment.joints, embodiment.limits)


def transfer(
    recording: Recording,
    source: Layout,
    target: Layout,
    *,
    clip: bool = False,
    refine: bool = False,
    shift: Shift | None = None,
) -> tuple[Recording, TransferReport]:
    """Another robot's recording of the same motion.

    Each hand follows through the layout's columns; then each arm holds its hand so that the hand's
    own pinch point and palm stand where the source's stood in the task frame. An arm begins in the posture from
    which it can follow most of the motion. Rows that it cannot reach hold what is nearest, and
    the report says how many and how far.

    Args:
        recording: Holds a column for every joint of the source.
        source: Layout of the body that was recorded.
        target: The same layout of the body that shall move.
        clip: Also clips joints more than 5 mrad outside the source's limits.
        refine: Takes every hand from the latent's answer to the geometry's best.
        shift: Added to every pinch point [m], task frame. Given, whatever comes of it is taken; left
            out, an arm that follows less than 95 % of the rows is refused.

    Raises:
        CodecMismatch: When the layouts differ in name or latent space.
        SpecError: When the bodies do not have arms and hands on the same sides.
        DataError: When a joint has no column, a kept column is called like a joint of the target,
            or an arm follows too little: then with the shift that helps, in the message and as
            `shift`.
        LimitViolation: When a joint is more than 5 mrad outside and `clip` is not set.
    """
    check_alike(source, target)
    by = shift or (0.0, 0.0, 0.0)
    found: list[Decoded] = []

    def moved(qpos: np.ndarray) -> np.ndarray:
        rows, hands = target_rows(qpos, source, target, refine, by)
        # `qpos` comes first, and `action` goes along with it.
        start = found[0].qpos[0] if found else starting_posture(target, rows, hands)
        if shift is None:
            require_followed(recording.source, target, *thinned(rows, hands), start)
        found.append(target.reach_with(rows, hands, start))
        return found[-1].qpos

    result, plain = retarget_by(
        moved, recording, Body.of(source.embodiment), Body.of(target.embodiment), clip
    )
    sides = sides_followed(target, _together(found))
    fastest = fastest_joints(target.embodiment, found[0].qpos, recording.time_s)
    return result, TransferReport(plain, sides, fastest, by)


def target_rows(
    qpos: Float[np.ndarray, "rows D"],
    source: Layout,
    target: Layout,
    refine: bool = False,
    shift: Shift = (0.0, 0.0, 0.0),
) -> tuple[Float[np.ndarray, "rows A"], Hands]:
    """The rows that a source's postures say, moved by `shift`, and each hand of the target in them.

    Args:
        qpos: The source's whole qpos, within its limits [rad, m].
        source: Layout of the body that was recorded.
        target: The same layout of the body that shall move.
        refine: See `transfer`.
        shift: Added to every pinch point [m], task frame.
    """
    rows = shifted(target, source.encode(qpos), np.array(shift))
    hands = target.decode_hands(rows)
    return rows, _refined(qpos, source, target, hands) if refine else hands


def check_alike(source: Layout, target: Layout) -> None:
    """Refuses layouts between which rows do not pass; CodecMismatch or SpecError, as `transfer` says."""
    if (source.name, source.space) != (target.name, target.space):
        raise CodecMismatch(
            f"{source.embodiment.name} is read in layout {source.name} "
            f"({source.space or 'no latent space'}), {target.embodiment.name} in {target.name} "
            f"({target.space or 'no latent space'}). Use one for both."
        )
    one, other = (_parts(layout.embodiment) for layout in (source, target))
    if one != other:
        raise SpecError(
            f"{source.embodiment.name} has {', '.join(one)}, and {target.embodiment.name} has "
            f"{', '.join(other)}: rows of one are not rows of the other. Name bodies with arms and "
            "hands on the same sides."
        )


def _parts(embodiment: Embodiment) -> list[str]:
    return [
        f"{side.side} {kind}"
        for side in embodiment.sides
        for kind, part in (("arm", side.arm), ("hand", side.hand))
        if part is not None
    ]


def _refined(qpos: np.ndarray, source: Layout, target: Layout, hands: Sequence) -> Hands:
    better: list[np.ndarray | None] = []
    for one, other, hand in zip(source.sides, target.sides, hands, strict=True):
        if one.hand is None or other.hand is None or hand is None:
            better.append(None)
            continue
        mine, theirs = shared_kinematics(one.hand), shared_kinematics(other.hand)
        better.append(refined(mine, qpos[:, one.hand_qpos], theirs, hand))
    return tuple(better)


def _together(found: Sequence[Decoded]) -> Decoded:
    names = ("qpos", "position_error", "rotation_error")
    return Decoded(*(np.concatenate([getattr(each, name) for each in found]) for name in names))
