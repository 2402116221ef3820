"""EvaluationReport: how often a policy did its task, how sure that is, and what went wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from xlvla_sdk.evaluation.interval import CONFIDENCE, wilson_interval


@dataclass(frozen=True)
class EpisodeResult:
    """One seed.

    Attributes:
        seed: Of the things' places.
        success: Whether the task was done.
        failure: Why not, in words; empty after a success.
        done_s: When it was done [s]; None when it was not.
        duration_s: How long the episode took, its approach and its end included [s].
        holds: How often the policy kept the body waiting.
        limits_touched: Commands that asked for more than a velocity limit.
        instruction: What the policy was told.
    """

    seed: int
    success: bool
    failure: str
    done_s: float | None
    duration_s: float
    holds: int
    limits_touched: int
    instruction: str


@dataclass(frozen=True)
class EvaluationReport:
    """A policy on a task. The same policy, seeds and settings give the same report.

    Attributes:
        task: The task's name.
        embodiment: The body's name.
        policy: What the policy calls itself.
        layout: The rows it spoke.
        latency_s: How long its answers travelled, in simulated seconds.
        episodes: One for each seed, in the order they were given.
    """

    task: str
    embodiment: str
    policy: str
    layout: str
    latency_s: float
    episodes: tuple[EpisodeResult, ...]

    @property
    def successes(self) -> int:
        """How many episodes did the task."""
        return sum(episode.success for episode in self.episodes)

    @property
    def rate(self) -> float:
        """Successes over episodes."""
        return self.successes / len(self.episodes)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the rate."""
        return wilson_interval(self.successes, len(self.episodes))

    @property
    def median_time_s(self) -> float | None:
        """Of the successes, until the task was done [s]; None without any."""
        times = [episode.done_s for episode in self.episodes if episode.done_s is not None]
        return float(np.median(times)) if times else None

    @property
    def failures(self) -> dict[str, int]:
        """What went wrong and how often, the most frequent first."""
        reasons = Counter(episode.failure for episode in self.episodes if not episode.success)
        return dict(reasons.most_common())

    def to_json(self) -> dict[str, Any]:
        """The same for programs."""
        lower, upper = self.interval
        return {
            "task": self.task,
            "embodiment": self.embodiment,
            "policy": self.policy,
            "layout": self.layout,
            "latency_s": self.latency_s,
            "episodes": len(self.episodes),
            "successes": self.successes,
            "rate": self.rate,
            "confidence": CONFIDENCE,
            "interval": [lower, upper],
            "median_time_s": self.median_time_s,
            "failures": self.failures,
            "seeds": [asdict(episode) for episode in self.episodes],
        }
