"""An onlooker sees every period of an episode, and may end it at any time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policy.scripted import Bench, stopped
from tests.policy.test_frames import FakeCamera
from xlvla_sdk.policy import EpisodeLog, Onlooker, RunSettings, run_episode
from xlvla_sdk.policy.frames import Frames


class Ending(Onlooker):
    """Ends an episode when it has been asked so often; notes when it saw what."""

    def __init__(self, after: int) -> None:
        self.asked, self.times, self.pictures = 0, [], []
        self._after = after

    def over(self) -> bool:
        self.asked += 1
        return self.asked > self._after

    def saw(self, now: float, frames: Frames) -> None:
        self.times.append(now)
        self.pictures.append(frames.look()["front"].time_s)


def played(bench: Bench, onlooker: Onlooker) -> EpisodeLog:
    log = EpisodeLog()
    run_episode(
        [bench.device],
        bench.layout,
        bench.replay,
        bench.clock,
        RunSettings(max_time_s=0.5),
        cameras={"front": FakeCamera(bench.clock.now, lambda now: now)},
        log=log,
        onlooker=onlooker,
    )
    return log


def test_it_sees_every_period_from_the_first_row_on(tmp_path: Path):
    bench, onlooker = Bench(tmp_path), Ending(10**6)
    log = played(bench, onlooker)
    assert onlooker.times == log.times
    assert onlooker.pictures == onlooker.times
    assert len(onlooker.times) == len(log.targets) == 26


@pytest.mark.parametrize("after", [0, 5])
def test_it_ends_an_episode_before_its_first_row(tmp_path: Path, after: int):
    """At once, or on the way there: the recording begins 0.18 s from where the hand stands."""
    bench, onlooker = Bench(tmp_path), Ending(after)
    log = played(bench, onlooker)
    assert (onlooker.times, log.targets) == ([], [])
    assert bench.device.times("command").size <= after + 2
    assert stopped(bench.device)


def test_it_ends_an_episode_that_is_played(tmp_path: Path):
    whole = Ending(10**6)
    played(Bench(tmp_path), whole)
    bench, onlooker = Bench(tmp_path), Ending(whole.asked - 10)
    log = played(bench, onlooker)
    assert len(log.targets) == len(whole.times) - 10 + 1
    assert stopped(bench.device)
