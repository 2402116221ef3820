"""Faults: what a bad line does to frames, as often as it is told to, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields

from xlvla_sdk.errors import DataError

KINDS = ("dropped", "repeated", "truncated", "split", "delayed", "corrupted", "noise", "foreign")
"""Faults of frames, each a probability; in `Faults` they are fields of these names."""


@dataclass
class Faults:
    """How a line spoils what a device answers.

    Attributes:
        dropped: Part of the frames that never arrive.
        repeated: Part that arrive twice.
        truncated: Part whose end is missing.
        split: Part that arrive in two pieces, `gap_s` apart.
        delayed: Part that arrive `delay_s` late.
        corrupted: Part in which one bit is another.
        noise: Part that have some random bytes before them.
        foreign: Part that the device makes to answer something else (a transaction id off by one);
            whoever builds the frame asks `strikes("foreign")`.
        silent: Whether nothing arrives at all.
        delay_s: See delayed [s].
        gap_s: See split [s].
        seed: Of all chances.
        struck: How often each fault has happened.
        frames: How many frames could have been spoilt.
    """

    dropped: float = 0.0
    repeated: float = 0.0
    truncated: float = 0.0
    split: float = 0.0
    delayed: float = 0.0
    corrupted: float = 0.0
    noise: float = 0.0
    foreign: float = 0.0
    silent: bool = False
    delay_s: float = 0.05
    gap_s: float = 0.002
    seed: int = 7
    struck: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    frames: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def strikes(self, kind: str) -> bool:
        """Whether a fault happens now."""
        hit = self._chance.random() < getattr(self, kind)
        self.struck[kind] += hit
        return hit

    def spoil(self, frame: bytes) -> list[tuple[float, bytes]]:
        """What arrives of a frame: pieces, each with the seconds to wait before it."""
        self.frames += 1
        if self.silent or self.strikes("dropped"):
            return []
        if self.strikes("corrupted") and frame:
            at = self._chance.randrange(len(frame))
            flipped = frame[at] ^ (1 << self._chance.randrange(8))
            frame = frame[:at] + bytes([flipped]) + frame[at + 1 :]
        if self.strikes("truncated") and len(frame) > 1:
            frame = frame[: self._chance.randrange(1, len(frame))]
        if self.strikes("noise"):
            frame = self._chance.randbytes(self._chance.randrange(1, 8)) + frame
        wait_s = self.delay_s if self.strikes("delayed") else 0.0
        pieces = [(wait_s, frame)]
        if self.strikes("split") and len(frame) > 1:
            at = self._chance.randrange(1, len(frame))
            pieces = [(wait_s, frame[:at]), (self.gap_s, frame[at:])]
        if self.strikes("repeated"):
            pieces.append((0.0, frame))
        return pieces

    def suffer(self, text: str) -> None:
        """Sets one, as a person types it: `KIND=PART` with a part between 0 and 1, or `silent=1`.

        Raises:
            DataError: Naming the kinds that there are.
        """
        kind, _, value = text.partition("=")
        try:
            part = float(value)
        except ValueError:
            part = -1.0
        if kind not in (*KINDS, "silent") or not 0.0 <= part <= 1.0:
            raise DataError(
                f"'{text}' is no fault. Write a kind and the part of the answers it spoils, as in "
                f"dropped=0.01. Kinds: {', '.join(KINDS)}, and silent=1."
            )
        setattr(self, kind, bool(part) if kind == "silent" else part)

    @property
    def any(self) -> bool:
        """Whether anything can go wrong."""
        return self.silent or any(getattr(self, f.name) for f in fields(self) if f.name in KINDS)
