"""A chunk is timed as often as was asked, without what the first one sets up."""

from __future__ import annotations

from bench.policy_inference import seconds


def test_each_question_is_timed():
    found = seconds(8, 3)
    assert len(found) == 3
    assert min(found) > 0.0
