from __future__ import annotations

import json

import pytest

from xlvla_sdk.evaluation import EpisodeResult, EvaluationReport


def episode(seed: int, done_s: float | None, failure: str = "") -> EpisodeResult:
    return EpisodeResult(seed, done_s is not None, failure, done_s, 9.0, 0, 2, "do it")


REPORT = EvaluationReport(
    "push-cans",
    "xarm7+xhand:right",
    "a policy",
    "xl-1",
    0.1,
    (
        episode(0, 4.0),
        episode(1, None, "not done in 30 s"),
        episode(2, 6.0),
        episode(3, None, "PolicyError: gone"),
        episode(4, None, "not done in 30 s"),
    ),
)


def test_successes_are_counted_with_their_interval():
    assert (REPORT.successes, REPORT.rate) == (2, 0.4)
    assert REPORT.interval == pytest.approx((0.1176, 0.7693), abs=1e-4)
    assert REPORT.median_time_s == 5.0


def test_failures_are_grouped_the_most_frequent_first():
    assert list(REPORT.failures.items()) == [("not done in 30 s", 2), ("PolicyError: gone", 1)]


def test_the_same_goes_to_programs():
    facts = json.loads(json.dumps(REPORT.to_json()))
    assert facts["successes"] == 2
    assert facts["episodes"] == 5
    assert facts["seeds"][1]["failure"] == "not done in 30 s"
    assert facts["interval"] == list(REPORT.interval)


def test_without_a_success_there_is_no_time():
    none = EvaluationReport("t", "b", "p", "xl-1", 0.0, (episode(0, None, "no"),))
    assert none.median_time_s is None
    assert none.interval[0] == 0.0
