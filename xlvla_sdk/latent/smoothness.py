"""Whether a smooth motion stays smooth on other hands: accelerations, target over source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.retarget import retarget
from xlvla_sdk.errors import DataError
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import Limits


@dataclass(frozen=True)
class Smoothness:
    """Accelerations of a recording's `qpos` on other hands, over those of the hand recorded.

    Attributes:
        source: The hand recorded.
        rows: How many.
        source_rms: Root mean square of its normalised joints' acceleration [1/s^2].
        latent: The ratio on each target, of what its decoder answers.
        refined: The ratio after refining, or None where that was not asked for.
    """

    source: str
    rows: int
    source_rms: float
    latent: Mapping[str, float]
    refined: Mapping[str, float] | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "source": self.source,
            "rows": self.rows,
            "source_rms": self.source_rms,
            "latent": dict(self.latent),
            "refined": self.refined and dict(self.refined),
        }


def measure_smoothness(
    recording: Recording,
    source: LatentCodec,
    targets: Mapping[str, LatentCodec],
    refine: bool = True,
    clip: bool = False,
) -> Smoothness:
    """Retargets a recording to other hands, and compares how hard their joints accelerate.

    Args:
        recording: Holds a column for every joint of the source; three rows or more.
        source: Codec of the hand recorded.
        targets: Codecs of the same space, by hand id.
        refine: Whether refined motions are measured too, some 10 to 20 ms a row and hand.
        clip: Also clips joints that stand further than 5 mrad outside the source's limits.

    Raises:
        DataError: When the recording is too short, does not move, or lacks a joint.
        LimitViolation, CodecMismatch: As `xlvla_sdk.codec.retarget.retarget` does.
    """
    own = replace(recording.select(source.joints), action=None)
    own_rms = acceleration_rms(own, source.limits)
    if own_rms == 0.0:
        raise DataError(
            f"{recording.source}: no joint of {source.hand} accelerates, so nothing can be compared "
            "with it. Give a recording in which the hand moves."
        )

    def ratios(refining: bool) -> dict[str, float]:
        moved = {
            hand: retarget(own, source, codec, clip, refining)[0] for hand, codec in targets.items()
        }
        return {
            hand: acceleration_rms(done, targets[hand].limits) / own_rms
            for hand, done in moved.items()
        }

    refined = ratios(True) if refine else None
    return Smoothness(source.hand, len(own), own_rms, ratios(False), refined)


def recorded_hand(recording: Recording, codecs: Mapping[str, LatentCodec]) -> str:
    """Which of some hands a recording is of: the one whose every joint has a column.

    Raises:
        DataError: When none has, or more than one.
    """
    found = [h for h, codec in codecs.items() if set(codec.joints) <= set(recording.joint_names)]
    if len(found) == 1:
        return found[0]
    whose = f"{' and '.join(found)} both could be" if found else f"none of {', '.join(codecs)} is"
    raise DataError(
        f"{recording.source}: {whose} the hand recorded, by the names of its columns: "
        f"{', '.join(recording.joint_names)}. Name the hand with --from."
    )


def acceleration_rms(recording: Recording, limits: Limits) -> float:
    """Root mean square over rows and joints of the acceleration, joints in [-1, 1] [1/s^2].

    Args:
        recording: Columns are the hand's joints, in its order.
        limits: The hand's.

    Raises:
        DataError: When there are fewer than three rows.
    """
    if len(recording) < 3:
        raise DataError(
            f"{recording.source}: has {len(recording)} rows, and an acceleration takes three. "
            "Record the motion for longer."
        )
    lower, upper = limits
    normalized = (recording.qpos - lower) * (2.0 / (upper - lower)) - 1.0
    return float(np.sqrt(np.mean(_acceleration(normalized, recording.time_s) ** 2)))


def _acceleration(
    values: Float[np.ndarray, "T D"], time_s: Float[np.ndarray, " T"]
) -> Float[np.ndarray, "rows D"]:
    """Second differences, exact for parabolas whatever the time steps."""
    step = np.diff(time_s)[:, None]
    speed = np.diff(values, axis=0) / step
    return 2.0 * np.diff(speed, axis=0) / (step[1:] + step[:-1])
