"""How sure a success rate is."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

CONFIDENCE = 0.95


def wilson_interval(
    successes: int, trials: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The rates that are compatible with what was counted, by Wilson's score interval.

    It stays within [0, 1], and is right for few trials and for rates near 0 and 1, where the
    interval from the standard error shrinks to nothing.

    Args:
        successes: How often it worked.
        trials: Out of how many.
        confidence: How often such an interval holds the true rate.

    Source:
        Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    assert 0 <= successes <= trials
    assert trials > 0
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    rate = successes / trials
    shrink = 1.0 + z**2 / trials
    middle = (rate + z**2 / (2.0 * trials)) / shrink
    half = z / shrink * float(np.sqrt(rate * (1.0 - rate) / trials + z**2 / (4.0 * trials**2)))
    # At the ends the formula is exact, but for rounding.
    lower = 0.0 if successes == 0 else middle - half
    upper = 1.0 if successes == trials else middle + half
    return lower, upper
