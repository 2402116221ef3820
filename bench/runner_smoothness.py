"""How much the commanded velocity changes at once, where chunks meet and inside them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bench.runner_played import RATE_HZ, Noting
from bench.runner_servers import Wandering
from xlvla_sdk.cli.bodies import body_layout
from xlvla_sdk.layouts import Layout
from xlvla_sdk.policy import EpisodeLog, RunSettings, SimClock, run_episode
from xlvla_sdk.registry import registry

SECONDS = 120.0
SHIPPED_S = RunSettings().fade_s
WINDOW_S = 0.5
"""What is looked at from a chunk's coming on [s]; the longest fades take that long."""
AT_ONCE = 3
"""Periods around a border without a fade."""
HEADER = (
    "answers in",
    "fade",
    "borders",
    "chunks apart there, median [rad]",
    "largest",
    "inside, 99 % [rad/s]",
    "largest",
    "at borders, 99 % [rad/s]",
    "largest",
    "chunks themselves there, largest",
    "borders to chunks",
)


@dataclass(frozen=True)
class Latency:
    """How long answers take [s]: this, and up to so much more."""

    name: str
    least_s: float
    more_s: float = 0.0

    def __call__(self, question: int) -> float:
        return self.least_s + self.more_s * float(np.random.default_rng(question).uniform())


LATENCIES = (
    Latency("20 ms", 0.02),
    Latency("200 ms", 0.2),
    Latency("800 ms", 0.8),
    Latency("200 to 400 ms", 0.2, 0.2),
)
CASES = [(latency, SHIPPED_S) for latency in LATENCIES] + [
    (LATENCIES[1], fade_s) for fade_s in (0.0, 0.1, 0.5)
]


def row(body: str, latency: Latency, fade_s: float) -> tuple[str, ...]:
    """One run, as the table has it."""
    print(f"smoothness: {latency.name}, fade {fade_s:g} s", flush=True)
    log = EpisodeLog()
    layout = _run(body, latency, fade_s, log)
    apart = disagreements(log, layout)
    steps, at_border = velocity_steps(log, fade_s)
    inside, borders = steps[~at_border], steps[at_border]
    own = own_steps(log, layout)
    ratio = borders.max() / max(inside.max(), own)
    return (
        latency.name,
        f"{1e3 * fade_s:.0f} ms",
        str(len(apart)),
        f"{np.median(apart):.2f}",
        f"{apart.max():.2f}",
        *(f"{value:.3f}" for value in (np.percentile(inside, 99), inside.max())),
        *(f"{value:.3f}" for value in (np.percentile(borders, 99), borders.max())),
        f"{own:.3f}",
        f"{ratio:.2f}",
    )


def velocity_steps(log: EpisodeLog, fade_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Of each period, the largest joint's change of velocity [rad/s]; and whether it is at a border.

    The way from standstill into the first chunk is left out.
    """
    times, targets = np.array(log.sent_s), np.array(log.targets)
    velocity = np.diff(targets, axis=0) / np.diff(times)[:, None]
    steps, at = np.abs(np.diff(velocity, axis=0)).max(axis=1), times[1:-1]
    width_s = WINDOW_S if fade_s > 0.0 else AT_ONCE / RATE_HZ
    came = np.array([came_s for _, came_s in log.chunks[1:]])[:, None]
    near = ((at >= came - 2.5 / RATE_HZ) & (at <= came + width_s)).any(axis=0)
    moving = at > log.chunks[0][1] + 1.0
    return steps[moving], near[moving]


def disagreements(log: EpisodeLog, layout: Layout) -> np.ndarray:
    """How far the joint is that is furthest from where the chunk before had it, at each border [rad]."""
    found = []
    for (old, _), (new, came_s) in pairwise(log.chunks):
        there, here = (layout.decode(chunk.row(came_s), log.targets[0]) for chunk in (old, new))
        found.append(np.abs(here - there).max())
    return np.array(found)


def own_steps(log: EpisodeLog, layout: Layout) -> float:
    """The largest step that the new chunks have of their own where they take over [rad/s]."""
    worst = 0.0
    for chunk, came_s in log.chunks[1:]:
        times = np.arange(came_s, came_s + WINDOW_S, 1.0 / RATE_HZ)
        alone = np.array([layout.decode(chunk.row(time_s), log.targets[0]) for time_s in times])
        worst = max(worst, float(np.abs(np.diff(alone, 2, axis=0)).max()) * RATE_HZ)
    return worst


def _run(body: str, latency: Latency, fade_s: float, log: EpisodeLog) -> Layout:
    embodiment, clock = registry().embodiment(body), SimClock(latency_s=latency)
    layout = body_layout(embodiment, None, None)
    drivers = [Noting(part, clock.now) for part in embodiment.parts]
    settings = RunSettings(rate_hz=RATE_HZ, max_time_s=SECONDS, fade_s=fade_s)
    run_episode(drivers, layout, Wandering(layout), clock, settings, log=log)
    return layout
