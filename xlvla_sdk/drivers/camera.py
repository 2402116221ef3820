"""Camera: what a robot is looked at with. The newest picture, and when it was taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8

C = TypeVar("C", bound="Camera")  # beartype knows Self only in classes it decorates

NAMES = ("front", "side", "right_wrist", "left_wrist")
"""What a policy calls its cameras: two that look at the scene, one on each wrist."""


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        image: Red, green and blue, the top row first.
        time_s: When it was taken, on the clock of whoever reads the camera [s].
    """

    image: UInt8[np.ndarray, "height width 3"]
    time_s: float


class Camera(ABC):
    """One camera. Building one opens nothing; `with camera:` does.

    Every call has a deadline of its own; none waits for ever.

    Attributes:
        simulated: Whether nothing real is looked at, so that it keeps any clock's time.
        thread_safe: Whether it may be read in another thread than the body is moved in.
    """

    simulated: bool = False
    thread_safe: bool = True

    def open(self) -> None:
        """Takes hold of the camera; DriverError when it is not there."""
        return

    def close(self) -> None:
        """Lets go of the camera. Never raises, may be called twice."""
        return

    @abstractmethod
    def read(self) -> Frame:
        """The newest picture, older ones dropped; the same `Frame` again until there is a newer.

        Never waits for the next one. DriverError when the camera is gone.
        """

    def __enter__(self: C) -> C:
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
