"""Simulated: where an episode took place that no robot recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Simulated:
    """What is noted of an episode that was simulated; enough to set its world up again.

    Attributes:
        embodiment: The body that moved.
        task: What it was to do; the task's scene is where.
        seed: Of where things began, and of the demonstrator.
        success: Whether the task's judge called it done.
        done_s: Since when it was done [s]; None when it was not.
        noise: How much the demonstrator was perturbed, as it was asked for.
        station: Where arms stood and how hands were mounted, as a station file says it; what it
            leaves out is as the specs say.
        model: Hash of the simulated world: its links, shapes, joints, cameras.
        engine: What simulated it, with its version.
        disturbance: How far arms were pushed off the way that rows command [rad]: played again without,
            they do not move the body alike.
    """

    embodiment: str
    task: str
    seed: int
    success: bool
    done_s: float | None
    noise: float
    model: str
    engine: str
    station: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    disturbance: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As meta/xlvla.json says it."""
        return {**vars(self), "station": dict(self.station)}


def parse_simulated(said: Sequence[Any], episodes: int) -> tuple[Simulated | None, ...]:
    """As meta/xlvla.json says it, one for each episode.

    Raises:
        TypeError, ValueError: When it is damaged.
    """
    found = tuple(None if one is None else Simulated(**one) for one in said)
    if len(found) not in (0, episodes):
        raise ValueError(f"{len(found)} of {episodes} episodes are said to be simulated")
    return found
