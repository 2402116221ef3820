"""Statistics over many episodes are those of all their rows at once."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.data.statistics import (
    KEPT_ROWS,
    QUANTILES,
    Pooled,
    pooled_pictures,
    statistics,
)


def test_an_episodes_quantiles_are_numpys():
    values = np.random.default_rng(0).normal(size=(37, 3))
    found = statistics(values)
    for name, part in QUANTILES.items():
        assert np.allclose(found[name], np.quantile(values, part, axis=0))
    assert found["count"].tolist() == [37]


@pytest.mark.parametrize("episodes", [7, 90])
def test_pooled_statistics_are_those_of_all_rows(episodes: int):
    """Quantiles exactly while every row is kept; within one percent of rank afterwards."""
    rng = np.random.default_rng(1)
    pooled, parts = Pooled(2), []
    for _ in range(episodes):
        parts.append(rng.normal(rng.normal(size=2), rng.uniform(0.1, 2.0), size=(523, 2)))
        pooled.add(parts[-1], statistics(parts[-1]))
    whole, found = np.concatenate(parts), pooled.result()
    assert np.allclose(found["mean"], whole.mean(axis=0))
    assert np.allclose(found["std"], whole.std(axis=0))
    assert np.allclose(found["min"], whole.min(axis=0))
    assert np.allclose(found["max"], whole.max(axis=0))
    assert found["count"].tolist() == [len(whole)]
    exact = len(whole) <= KEPT_ROWS
    for name, part in QUANTILES.items():
        rank = (whole < found[name]).mean(axis=0)
        assert np.abs(rank - part).max() < (1e-3 if exact else 1e-2), name
    assert sum(len(kept) for kept in pooled._kept) <= KEPT_ROWS


def test_a_dead_column_gets_the_floor():
    pooled = Pooled(2)
    values = np.stack([np.ones(20), np.linspace(0.0, 1.0, 20)], axis=1)
    pooled.add(values, statistics(values))
    assert pooled.result(0.01)["std"].tolist() == [0.01, pytest.approx(values[:, 1].std())]
    assert pooled.result()["std"][0] == 0.0


def test_statistics_of_pictures_are_pooled_by_their_counts():
    rng = np.random.default_rng(2)
    parts = [rng.normal(size=(count, 3)) + count for count in (10, 30)]
    whole = np.concatenate(parts)
    found = pooled_pictures([statistics(part) for part in parts])
    assert np.allclose(found["mean"], whole.mean(axis=0))
    assert np.allclose(found["std"], whole.std(axis=0))
    assert found["count"].tolist() == [40]
