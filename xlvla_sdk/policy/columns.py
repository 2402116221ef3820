"""Which columns of a recording belong to a body."""

from __future__ import annotations

from collections.abc import Iterable

from xlvla_sdk.errors import DataError
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import Embodiment, HandSpec, Side


def column_names(embodiment: Embodiment) -> tuple[str, ...]:
    """Names of the whole qpos as recordings carry them: `Embodiment.joints`, each once."""
    return embodiment.joints


def recorded_hand(recording: Recording, hands: Iterable[HandSpec]) -> HandSpec:
    """The hand whose joints all have a column, right before left.

    Args:
        recording: What was recorded.
        hands: The hands there are.

    Raises:
        DataError: When there is none, or when hands of different names fit.
    """
    fitting = [hand for hand in hands if set(hand.joints) <= set(recording.joint_names)]
    fitting.sort(key=lambda hand: hand.side is not Side.RIGHT)
    if len({hand.name for hand in fitting}) == 1:
        return fitting[0]
    ids = ", ".join(hand.id for hand in fitting)
    raise DataError(
        f"{recording.source}: {f'{ids} fit its columns' if fitting else 'no hand fits its columns'}"
        f" ({', '.join(recording.joint_names)}). Name the hand with --from."
    )
