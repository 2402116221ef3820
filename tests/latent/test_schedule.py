"""The rate of every step, and a run that ends when its measure no longer falls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from tests.trained import TINY
from xlvla_sdk.latent.schedule import Schedule


def rates(steps: int, cosine: bool = True, measure: Callable[[], float] | None = None):
    """Every rate of a run, and its schedule after it."""
    schedule, found = Schedule(replace(TINY, steps=steps, cosine=cosine), measure), []
    while len(found) < schedule.last:
        found.append(schedule.rate(len(found)))
    return found, schedule


def falling(by: float = 0.9) -> Callable[[], float]:
    values = count()
    return lambda: by ** next(values)


def test_a_cosine_rises_and_falls_to_nothing():
    found, schedule = rates(1000)
    top = found.index(max(found))
    assert (top, found[top]) == (30, pytest.approx(1.0))
    assert found[:top] == sorted(found[:top])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert 0.0 < found[0] <= 0.01
    assert found[515] == pytest.approx(0.5, abs=0.01)
    assert found[-1] < 1e-4
    assert not schedule.stopped


def test_without_a_cosine_it_is_constant():
    assert rates(50, cosine=False)[0] == [1.0] * 50


def test_while_the_measure_falls_it_stays_level_to_the_middle():
    found, schedule = rates(200, measure=falling())
    assert len(found) == 200
    assert not schedule.stopped
    assert found[:6] == pytest.approx([(step + 1) / 6 for step in range(6)])
    assert found[5:101] == [1.0] * 96
    assert found[100:] == pytest.approx([(200 - step) / 100 for step in range(100, 200)])


def test_a_measure_that_no_longer_falls_ends_the_run_early():
    """It falls at the first six looks, ten steps apart, and then stays."""
    values = count()
    found, schedule = rates(200, measure=lambda: 0.9 ** min(next(values), 5))
    assert schedule.stopped
    assert schedule.last == len(found) == 80 + 100
    assert found[79:81] == [1.0, 1.0]
    assert found[-1] == pytest.approx(0.01)
    assert found[80:] == sorted(found[80:], reverse=True)


def test_a_look_is_compared_with_the_last_but_one():
    """So one that is a little worse than the last, by chance, ends nothing."""
    values = iter([1.0, 0.9, 0.95, 0.8, 0.85, 0.7, 0.75, 0.6, 0.65, *[0.5] * 20])
    assert not rates(200, measure=lambda: next(values))[1].stopped
    values = iter([1.0, 0.9, 0.995, *[0.5] * 20])
    assert rates(200, measure=lambda: next(values))[1].last == 30 + 100


def test_it_looks_no_more_once_the_rate_falls():
    looks: list[int] = []

    def measure() -> float:
        looks.append(1)
        return 1.0

    _, schedule = rates(200, measure=measure)
    assert (len(looks), schedule.last) == (3, 130)


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 19, 20, 21, 40, 41])
@pytest.mark.parametrize("measure", [None, lambda: 1.0, lambda: float("nan"), falling()])
def test_a_run_of_few_steps_moves_at_every_step_and_ends(
    steps: int, measure: Callable[[], float] | None
):
    found, schedule = rates(steps, measure=measure)
    assert 1 <= len(found) == schedule.last <= steps
    assert all(0.0 < rate <= 1.0 for rate in found)
