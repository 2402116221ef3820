"""Clouds of codes: nothing between equal ones, everything between those that were pushed apart."""

from __future__ import annotations

import numpy as np
import pytest

from xlvla_sdk.latent.separation import energy_gap, paired_distance, probe_accuracy

ROWS, WIDTH = 120, 6


def cloud(seed: int, rows: int = ROWS) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, WIDTH))


def test_a_cloud_is_not_apart_from_itself():
    codes = cloud(1)
    assert energy_gap(codes, codes) == pytest.approx(0.0, abs=1e-12)
    assert paired_distance(codes, codes) == 0.0
    assert probe_accuracy(codes, codes) == 0.5


def test_the_gap_is_the_plain_loops():
    one, other = cloud(1, 9), 0.5 * cloud(2, 9) + 0.3

    def mean(x: np.ndarray, y: np.ndarray) -> float:
        apart = [np.linalg.norm(x[i] - y[j]) for i in range(9) for j in range(9) if i != j]
        return float(np.mean(apart))

    between = 2.0 * mean(one, other)
    expected = (between - mean(one, one) - mean(other, other)) / between
    assert energy_gap(one, other) == pytest.approx(expected, rel=1e-9)


def test_draws_of_one_cloud_have_next_to_no_gap_and_leave_the_probe_at_chance():
    gaps = [energy_gap(cloud(seed), cloud(seed + 100)) for seed in range(20)]
    assert abs(np.mean(gaps)) < 0.002
    assert min(gaps) < 0.0 < max(gaps)  # without bias
    scores = [probe_accuracy(cloud(seed), cloud(seed + 100)) for seed in range(20)]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.04)


def test_a_shifted_cloud_is_apart_and_the_probe_knows_it():
    codes = cloud(1)
    gaps = [energy_gap(codes, codes + shift) for shift in (0.3, 1.0, 10.0)]
    assert gaps == sorted(gaps)
    assert gaps[0] > 0.0
    assert gaps[2] > 0.85
    assert probe_accuracy(codes, codes + 10.0) == 1.0


def test_scale_and_place_do_not_matter():
    one, other = cloud(1), cloud(2) + 0.4
    moved = 7.0 * one + 3.0, 7.0 * other + 3.0
    assert energy_gap(*moved) == pytest.approx(energy_gap(one, other), rel=1e-9)
    assert paired_distance(*moved) == pytest.approx(paired_distance(one, other), rel=1e-9)
    assert probe_accuracy(*moved) == probe_accuracy(one, other)


def test_codes_that_belong_together_are_nearer_than_others():
    one = cloud(1)
    assert paired_distance(one, one + 0.1 * cloud(2)) < 0.15
    assert paired_distance(one, cloud(2)) == pytest.approx(1.0, abs=0.1)


def test_the_probe_is_asked_about_rows_it_did_not_see():
    """Wide codes of few rows can be told apart by heart, and only by heart."""
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(2, 60, 200))
    assert probe_accuracy(one, other) < 0.75


def test_a_number_that_never_changes_does_not_break_the_probe():
    one, other = cloud(1), cloud(2)
    one[:, 2] = other[:, 2] = 4.0
    assert 0.3 < probe_accuracy(one, other) < 0.7
