"""Onlooker: somebody beside the loop who sees what it sees, and may end the episode."""

from __future__ import annotations

from abc import ABC, abstractmethod

from xlvla_sdk.policy.frames import Frames


class Onlooker(ABC):
    """Is asked by the loop itself, every period: it has to return at once."""

    @abstractmethod
    def over(self) -> bool:
        """Whether the episode is to end now, also before its first row."""

    @abstractmethod
    def saw(self, now: float, frames: Frames) -> None:
        """A period's posture was measured and its command sent.

        Args:
            now: When it was measured, as the log has it [s].
            frames: The cameras; looking at them is up to the onlooker.
        """
