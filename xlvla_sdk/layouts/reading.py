"""A recording retargeted as a policy would be: one body's rows, read by another."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.codec.retarget import PlainHand, RetargetReport, retarget_by
from xlvla_sdk.errors import CodecMismatch, SpecError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.layouts.layout import Layout
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import HandSpec


def retarget_rows(
    recording: Recording, source: Layout, target: Layout, clip: bool = False
) -> tuple[Recording, RetargetReport]:
    """Another hand's recording: the source's rows in a layout, decoded by the target in the same.

    In layout `raw-1` a joint moves the joint in the same column, and one without a counterpart
    stays in the middle of its range: what joints give where nothing aligns them.

    Args:
        recording: Holds a column for every joint of the source.
        source: Layout of one hand, the one recorded.
        target: The same layout of one other hand.
        clip: Also clips joints more than 5 mrad outside the source's limits.

    Raises:
        CodecMismatch: When the layouts differ in name or latent space.
        SpecError: When a body has more than one hand, or an arm: see `transfer`.
        DataError, LimitViolation: As `xlvla_sdk.codec.retarget.retarget` does.
    """
    one, other = _only_hand(source), _only_hand(target)
    if (source.name, source.space) != (target.name, target.space):
        raise CodecMismatch(
            f"{one.id} is read in layout {source.name} ({source.space or 'no latent space'}), "
            f"{other.id} in {target.name} ({target.space or 'no latent space'}). Use one for both."
        )
    lower, upper = other.limits

    def moved(qpos: np.ndarray) -> np.ndarray:
        return target.decode(source.encode(qpos), 0.5 * (lower + upper))

    hands = (PlainHand(hand.id, shared_kinematics(hand)) for hand in (one, other))
    return retarget_by(moved, recording, *hands, clip=clip)


def _only_hand(layout: Layout) -> HandSpec:
    hands = layout.embodiment.hands
    if any(side.arm is not None for side in layout.sides):
        raise SpecError(
            f"{layout.embodiment.name} has an arm, and this retargets hands alone. Use `transfer`."
        )
    if len(hands) != 1:
        raise SpecError(
            f"{layout.embodiment.name} has {len(hands)} hands, and a recording is retargeted hand by "
            "hand. Name one."
        )
    return hands[0]
