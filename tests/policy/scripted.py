"""A small hand on a simulated clock, and policies that do as they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.codecs import layout_of, slow_wave
from tests.drivers.recording_driver import RecordingDriver
from tests.small_hand import small_hand
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import (
    EpisodeReport,
    Metadata,
    Policy,
    ReplayPolicy,
    RunSettings,
    SimClock,
    run_episode,
)

PERIOD = 0.02
DEFAULTS = RunSettings()


class ScriptedPolicy(Policy):
    """Answers with what a function makes of the observation; notes what it was asked."""

    def __init__(
        self, layout: Layout, answer: Callable[[int, Observation], ActionChunk], history: int = 0
    ) -> None:
        self.asked: list[Observation] = []
        self._answer = answer
        self._metadata = replace(Metadata.of(layout), history=history)

    @property
    def name(self) -> str:
        return "a script"

    @property
    def metadata(self) -> Metadata:
        return self._metadata

    def infer(self, observation: Observation) -> ActionChunk:
        self.asked.append(observation)
        return self._answer(len(self.asked) - 1, observation)


def chunk(value: float = 0.3, count: int = 64, width: int = 32, final: bool = False):
    return ActionChunk(np.full((count, width), value), "xl-1", 0.05, final)


class Bench:
    """A small hand on a simulated clock, and a policy that plays its own recording."""

    def __init__(
        self,
        folder: Path,
        latency_s: float | Callable[[int], float] = 0.0,
        fails: tuple[str, ...] = (),
    ) -> None:
        self.hand = small_hand(folder)
        self.layout = layout_of(self.hand)
        self.clock = SimClock(latency_s=latency_s)
        self.device = RecordingDriver(self.hand, self.clock.now, fails)
        self.recording = slow_wave(self.hand)
        self.replay = ReplayPolicy(self.recording, self.layout)

    def run(self, policy: Policy | None = None, settings: RunSettings = DEFAULTS) -> EpisodeReport:
        return run_episode([self.device], self.layout, policy or self.replay, self.clock, settings)

    def scripted(self, *answers: ActionChunk) -> ScriptedPolicy:
        """A policy that answers these, and the last of them for ever."""
        return ScriptedPolicy(self.layout, lambda number, _: answers[min(number, len(answers) - 1)])


def periods(device: RecordingDriver) -> np.ndarray:
    return np.diff(device.times("command"))


def stopped(device: RecordingDriver) -> bool:
    return [name for name, _ in device.calls][-2:] == ["stop", "close"]
