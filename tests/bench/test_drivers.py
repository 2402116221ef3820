"""The bench of drivers: what it takes for a stop frame, and that a device goes through its parts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bench import driver_faults, driver_rates, results
from bench.driver_devices import WALKED, chosen
from bench.driver_stops import Watched
from xlvla_sdk.testing import JointRecord

START, GOAL = np.zeros(2), np.array([1.0, -1.0])


def watched(*told: tuple[float, float]) -> Watched:
    record = JointRecord()
    for when_s, part in told:
        record.told.append((when_s, part * GOAL, START))
    emulator: Any = SimpleNamespace(qpos=lambda position: position)
    return Watched(emulator, record, START, GOAL)


def test_a_stop_frame_is_the_first_that_asks_for_no_more():
    assert watched((0.0, 0.1), (1.0, 0.2), (1.1, 0.15), (1.2, 0.15)).stop_frame_s(1.05) == 1.1


def test_a_command_under_way_is_no_stop_frame():
    assert watched((0.0, 0.1), (1.0, 0.2), (1.1, 0.3), (1.2, 0.25)).stop_frame_s(1.05) == 1.2


def test_of_a_frame_that_halts_and_commands_the_command_counts():
    assert watched((1.0, 0.2), (1.1, 0.1), (1.1, 0.3), (1.2, 0.3)).stop_frame_s(1.05) == 1.2


def test_motion_after_a_stop_frame_and_no_stop_frame_are_errors():
    with pytest.raises(RuntimeError, match="after its stop"):
        watched((1.0, 0.2), (1.1, 0.1), (1.2, 0.4)).stop_frame_s(1.05)
    with pytest.raises(RuntimeError, match="no stop frame"):
        watched((1.0, 0.2), (1.1, 0.4)).stop_frame_s(1.05)


def test_devices_are_chosen_by_a_part_of_their_names():
    assert [str(one) for one in chosen(["ability"])] == ["ability:right serial"]
    assert chosen(None) == list(WALKED)


def test_a_device_survives_and_is_counted(capsys):
    outcome = driver_faults.survive(chosen(["ability"])[0], "foreign", 60)
    assert outcome.exchanges >= 60
    assert (outcome.silent, outcome.violations, outcome.errors) == (0, 0, 0)
    assert outcome.counts.recovered >= outcome.struck > 0


@pytest.mark.slow
def test_a_rate_is_measured_against_another_process():
    rate = driver_rates.measure(chosen(["ability"])[0], 0.5)
    assert rate.violations == 0
    assert len(rate.row()) == len(driver_rates.HEADER)
    assert rate.sent >= 17  # a command of six motors, ICD 1.8


def test_rows_that_are_measured_anew_take_the_place_of_older_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    header, old = ("device", "fault", "n"), [["a x", "dropped", "1"], ["b", "–", "2"]]
    results.write_section("page", "Faults", results.table(header, old), ["all"])
    results.write_section("page", "Rates", results.table(header, [["c", "d", "9"]]), [])
    assert results.rows_of("page", "Faults") == old
    assert results.rows_of("page", "Stops") == []
    new = [["b", "–", "3"], ["b", "noise", "4"]]
    rows = results.merged(results.rows_of("page", "Faults"), new, 2)
    assert rows == [old[0], *new]
    results.write_section("page", "Faults", results.table(header, rows), ["again"])
    assert results.rows_of("page", "Faults") == rows
    assert results.rows_of("page", "Rates") == [["c", "d", "9"]]
