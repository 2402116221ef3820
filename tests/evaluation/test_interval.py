from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.evaluation import wilson_interval


@pytest.mark.parametrize(("successes", "trials"), [(3, 20), (10, 20), (19, 20), (1, 2)])
def test_its_ends_are_where_the_score_test_just_rejects(successes: int, trials: int):
    """The interval's definition: |rate - p| is 1.96 standard deviations of rate p."""
    rate = successes / trials
    for p in wilson_interval(successes, trials):
        z = abs(rate - p) / np.sqrt(p * (1.0 - p) / trials)
        assert z == pytest.approx(1.959964, abs=1e-5)


def test_nothing_and_everything_are_not_certain():
    lower, upper = wilson_interval(0, 20)
    assert lower == 0.0
    assert upper == pytest.approx(0.161, abs=1e-3)  # z^2 / (n + z^2)
    assert wilson_interval(20, 20) == pytest.approx((1.0 - upper, 1.0))


def test_it_holds_the_true_rate_about_as_often_as_it_says():
    random = np.random.default_rng(0)
    counts = random.binomial(20, 0.85, 4000)
    holds = [
        lower <= 0.85 <= upper for lower, upper in (wilson_interval(int(c), 20) for c in counts)
    ]
    assert np.mean(holds) == pytest.approx(0.95, abs=0.03)


def test_more_confidence_is_wider_and_more_trials_are_narrower():
    assert np.ptp(wilson_interval(5, 10, 0.99)) > np.ptp(wilson_interval(5, 10))
    assert np.ptp(wilson_interval(50, 100)) < np.ptp(wilson_interval(5, 10))
