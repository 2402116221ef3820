"""Training near a task: a recording's postures on every hand, and what they gain where none was seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.codec.optimising import best_start
from xlvla_sdk.codec.refining import refine_each
from xlvla_sdk.errors import DataError
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import LIMIT_TOLERANCE, HandSpec
from xlvla_sdk.specs.spec import check_limits

STRETCHES, HELD_OUT = 10, (2, 7)
"""A recording is cut into so many stretches of time; these are kept from training."""
FEWEST = 50
"""A recording shorter than this has nothing to hold out [rows]."""
MOST = 240
"""So many rows are brought to other hands, and as many held-out ones measured at most."""
STEPS = 40
"""Of damped least squares for each of them."""


@dataclass(frozen=True)
class TaskRecording:
    """What was recorded of a hand.

    Attributes:
        hand: The hand's id.
        kinematics: As the space sees it.
        qpos: Its postures in the order of time, within its limits [rad, m].
        codec: Its codec in the space; None where it is the hand that joins.
        source: Where it is from, for messages.
    """

    hand: str
    kinematics: HandKinematics
    qpos: Float[np.ndarray, "rows D"]
    codec: LatentCodec | None
    source: str

    def __post_init__(self) -> None:
        if len(self.qpos) < FEWEST:
            raise DataError(
                f"{self.source}: has {len(self.qpos)} rows, and a part held out of {FEWEST} at least "
                "is what its gain is measured on. Record for longer."
            )

    @property
    def seen(self) -> Float[np.ndarray, "_ D"]:
        """Rows that training may see, evenly in time."""
        return _some(self.qpos[~self._held])

    @property
    def held_out(self) -> Float[np.ndarray, "_ D"]:
        """Rows that it may not see."""
        return _some(self.qpos[self._held])

    @property
    def _held(self) -> Bool[np.ndarray, " rows"]:
        stretch = np.arange(len(self.qpos)) * STRETCHES // len(self.qpos)
        return np.isin(stretch, HELD_OUT)


def task_recording(
    recording: Recording, spec: HandSpec, codec: LatentCodec | None
) -> TaskRecording:
    """A recording as training takes it.

    Args:
        recording: Holds a column for every joint of the hand; its `qpos` is taken.
        spec: The hand that was recorded.
        codec: Its codec in the space; None where it is the hand that joins.

    Raises:
        DataError: When a joint has no column, or there are too few rows.
        LimitViolation: When a joint is more than 5 mrad outside its limits.
    """
    qpos = recording.qpos[:, recording.columns(spec.joints)]
    check_limits(f"{recording.source}, {spec.id}", spec.joints, spec.limits, qpos, LIMIT_TOLERANCE)
    kinematics = shared_kinematics(spec)
    inside = np.clip(qpos, *spec.limits)
    return TaskRecording(spec.id, kinematics, inside, codec, Path(recording.source).name)


@dataclass(frozen=True)
class TaskGain:
    """The paper's L2 on the part of a recording that was held out, mean over its rows.

    Attributes:
        source: The recording.
        hand: Whose it is.
        rows: How many rows were held out and measured.
        without: By a codec that was trained without the recording.
        near: By the one trained near it.
        best: At best, posture by posture.
    """

    source: str
    hand: str
    rows: int
    without: float
    near: float
    best: float

    @property
    def gain(self) -> float:
        """The part of the loss without it that is gone; below zero it has become worse."""
        return 1.0 - self.near / self.without if self.without else 0.0

    def said(self) -> str:
        """In a line."""
        better = "less" if self.gain >= 0.0 else "MORE"
        return (
            f"near {self.source}: {100 * abs(self.gain):.0f} % {better} loss on {self.rows} rows held "
            f"out: {self.near:.3f}; without it {self.without:.3f}, at best {self.best:.3f}"
        )

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {**vars(self), "gain": self.gain}


def on_every_hand(
    task: TaskRecording, hand: str, kinematics: HandKinematics, space: LatentSpace
) -> dict[str, Float[np.ndarray, "_ _"]]:
    """The recording's postures, those that may be seen, on the hand that joins and the founding ones.

    Args:
        task: The recording.
        hand: The hand that joins.
        kinematics: As the space sees it.
        space: The space.

    Returns:
        By hand, those that share no finger with the recorded one beside the thumb left out [rad, m].
    """
    hands = {**{h: c.kinematics for h, c in space.hands.items()}, hand: kinematics}
    rows = task.seen
    return {
        name: rows if name == task.hand else _brought(task, rows, other, space.hands.get(name))
        for name, other in hands.items()
        if set(other.finger_names[1:]) & set(task.kinematics.finger_names)
    }


def task_gain(
    task: TaskRecording, space: LatentSpace, without: LatentCodec, near: LatentCodec
) -> TaskGain:
    """What the recording gained, on its part that was held out.

    Measured where the recorded hand is another: its codes, decoded by the hand that joined; where it
    is that hand itself: its codes, decoded by the founding hands.
    """
    losses = [_held_out(task, space, codec) for codec in (without, near)]
    (before, _), (after, best) = losses
    return TaskGain(task.source, task.hand, len(task.held_out), before, after, best)


def _held_out(task: TaskRecording, space: LatentSpace, codec: LatentCodec) -> tuple[float, float]:
    """The loss of a codec of the hand that joined, and of the best posture from there."""
    rows = task.held_out
    if task.codec is not None:
        pairs = [(task.codec, codec)]
    else:
        mine = set(codec.kinematics.finger_names[1:])
        pairs = [
            (codec, other)
            for other in space.hands.values()
            if mine & set(other.kinematics.finger_names)
        ]
    found = []
    for source, target in pairs:
        answer = target.decode(source.encode(rows))
        shared = len(set(source.kinematics.finger_names[1:]) & set(target.kinematics.finger_names))
        found.append(
            [
                refine_each(source.kinematics, rows, target.kinematics, answer, steps)[1].mean()
                / shared
                for steps in (0, 2 * STEPS)
            ]
        )
    loss, best = np.mean(found, axis=0)
    return float(loss), float(best)


def _brought(
    task: TaskRecording, rows: np.ndarray, target: HandKinematics, known: LatentCodec | None
) -> np.ndarray:
    """The recorded postures' best on another hand, from a codec's answer or from nothing."""
    if task.codec is not None and known is not None:
        start = known.decode(task.codec.encode(rows))
    else:
        start = best_start(task.kinematics, rows, target)
    return refine_each(task.kinematics, rows, target, start, STEPS)[0]


def _some(rows: np.ndarray) -> np.ndarray:
    """At most MOST rows, evenly."""
    return rows[np.linspace(0, len(rows) - 1, min(MOST, len(rows))).round().astype(int)]
