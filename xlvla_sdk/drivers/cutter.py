"""Cutter: the parser of frames that begin with something known and say how long they are."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Cutter(ABC):
    """Cuts frames off the front; where none can begin, or a whole one is damaged, drops a byte.

    A `Parser` for a `Link`. It keeps what may yet become a frame: `longest` bytes and what came last.

    Attributes:
        longest: Bytes of the longest frame.
        refused: Damaged frames and runs of bytes that belong to none.
    """

    longest: int

    def __init__(self) -> None:
        self.refused = 0
        self._left = bytearray()
        self._losing = False

    @abstractmethod
    def size(self, begun: bytes) -> int | None:
        """How long the frame is that begins here; 0 when too little is there; None for none."""

    @abstractmethod
    def whole(self, frame: bytes) -> bool:
        """Whether a frame of the right length is undamaged."""

    def feed(self, data: bytes) -> list[bytes]:
        """Takes bytes; returns the whole and undamaged frames that they complete."""
        frames = []
        self._left += data
        while self._left:
            size = self.size(bytes(self._left[: self.longest]))
            if size is not None and (size == 0 or size > len(self._left)):
                break
            if size is not None and self.whole(frame := bytes(self._left[:size])):
                frames.append(frame)
                del self._left[:size]
                self._losing = False
            else:
                self.refused += not self._losing  # a run of foreign bytes counts once
                self._losing = True
                del self._left[0]
        return frames

    def clear(self) -> None:
        """Forgets a frame that has begun."""
        self._left.clear()
        self._losing = False
