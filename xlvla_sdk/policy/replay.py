"""ReplayPolicy: answers with the rows of a recording, encoded by its own hand's codec."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xlvla_sdk.errors import LimitViolation, PolicyError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation, Recording
from xlvla_sdk.policy.columns import column_names
from xlvla_sdk.policy.metadata import HORIZON, RATE_HZ, Metadata, SideParts
from xlvla_sdk.policy.policy import Policy
from xlvla_sdk.specs import Side


class ReplayPolicy(Policy):
    """Any hand follows any other hand's recording: the paper's latent replay experiment.

    It looks at the observation's time alone and answers the rows from there on. Beyond the end the
    last row is repeated, and the chunk that reaches the end is final.

    Args:
        recording: Holds a column for every joint of the layout's body.
        layout: Of the body that was recorded, with its codecs.
        array: `qpos` or `action`; None takes `action` where there is one.
        mirror: Whether the rows are those of the other side: what the right hand did, the left
            hand does. In the latent a left posture and the same right posture are one. Arms are
            not mirrored.
        rate_hz: Rows per second of the answers; the recording is resampled.
        horizon: Rows of an answer.

    Raises:
        DataError: When a joint has no column, or the array is not there.
        LimitViolation: When a recorded joint is more than 5 mrad outside its limits.
        PolicyError: When rows of arms should be mirrored.
    """

    def __init__(
        self,
        recording: Recording,
        layout: Layout,
        *,
        array: str | None = None,
        mirror: bool = False,
        rate_hz: float = RATE_HZ,
        horizon: int = HORIZON,
    ) -> None:
        self._name = f"replay of {recording.source}"
        hand = recording.select(column_names(layout.embodiment))
        chosen = array or ("action" if hand.action is not None else "qpos")
        self._rows = _encoded(hand, layout, chosen)
        self._time_s = hand.time_s - hand.time_s[0]
        self._metadata = Metadata.of(layout, rate_hz, horizon)
        if mirror:
            _require_hands_alone(layout)
            self._mirror(layout.hand_width)

    @property
    def name(self) -> str:
        """The recording's file."""
        return self._name

    @property
    def metadata(self) -> Metadata:
        """The rows' layout, space and sides."""
        return self._metadata

    @property
    def duration_s(self) -> float:
        """How long the recording lasts [s]."""
        return float(self._time_s[-1])

    def infer(self, observation: Observation) -> ActionChunk:
        """The rows from `observation.time_s` on, interpolated between the recorded ones."""
        dt = 1.0 / self._metadata.rate_hz
        times = observation.time_s + dt * np.arange(self._metadata.horizon)
        rows = np.stack(
            [np.interp(times, self._time_s, column) for column in self._rows.T], axis=-1
        )
        final = bool(times[-1] >= self.duration_s - 1e-9)
        return ActionChunk(rows, self._metadata.layout, dt, final)

    def _mirror(self, hand_width: int) -> None:
        sides = self._metadata.sides
        flipped = [_other(part) for part in reversed(sides)]
        blocks = np.split(self._rows, range(hand_width, self._rows.shape[1], hand_width), axis=1)
        self._rows = np.concatenate(blocks[::-1], axis=1)
        self._metadata = replace(self._metadata, sides=tuple(flipped))


def _encoded(recording: Recording, layout: Layout, array: str) -> np.ndarray:
    try:
        return layout.encode(recording.array(array)).astype(float)
    except LimitViolation as error:
        raise LimitViolation(
            f"{recording.source}, {array}: {error.message} "
            "Check that it is this hand's recording, or retarget it with --clip first.",
            **error.values,
        ) from error


def _require_hands_alone(layout: Layout) -> None:
    if any(side.arm is not None for side in layout.sides):
        raise PolicyError(
            f"{layout.embodiment.name}: --mirror is for hands alone: where an arm stood says nothing of "
            "the other side. Name the hand with --from."
        )


def _other(part: SideParts) -> SideParts:
    return replace(part, side=Side.LEFT if part.side is Side.RIGHT else Side.RIGHT)
