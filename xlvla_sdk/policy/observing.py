"""Observer: what a policy is asked with."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.camera import Frame
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy.log import EpisodeLog
from xlvla_sdk.policy.metadata import Metadata


class Observer:
    """Makes observations: the row of now, the rows before it, pictures, words.

    Args:
        layout: The rows' format.
        metadata: What the policy wants.
        log: Where the body was.
        prompt: What the policy is told to do.
    """

    def __init__(
        self, layout: Layout, metadata: Metadata, log: EpisodeLog, prompt: str | None
    ) -> None:
        self._layout = layout
        self._metadata = metadata
        self._log = log
        self._prompt = prompt

    def observe(
        self, now: float, measured: Float[np.ndarray, " D"], frames: Mapping[str, Frame]
    ) -> Observation:
        """One instant.

        Args:
            now: The time [s].
            measured: The whole qpos, within its limits [rad, m].
            frames: The newest picture of every camera.
        """
        begun = self._log.begin_s
        return Observation(
            state=self._layout.encode(measured),
            time_s=0.0 if begun is None else now - begun,
            state_history=self._history(now, measured) if self._metadata.history else None,
            images={name: frame.image for name, frame in frames.items()},
            prompt=self._prompt,
        )

    def _history(self, now: float, measured: np.ndarray) -> np.ndarray:
        count, dt = self._metadata.history, 1.0 / self._metadata.rate_hz
        if self._log.begin_s is None:
            return self._layout.encode(np.repeat(measured[None], count, axis=0))
        history = self._log.history(now, count, dt)  # as measured, a little outside at times
        return self._layout.encode(np.clip(history, *self._layout.embodiment.limits))
