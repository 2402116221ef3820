"""The table says which pinches were reached, and fails only those that could have been."""

from __future__ import annotations

from dataclasses import replace

from xlvla_sdk.demo.measures import DemoMeasures, Pinch

REACHED = Pinch("b:right", "index", 2.0, 0.1, 3.0, 4.0, "ok")


def measures(*pinches: Pinch) -> DemoMeasures:
    return DemoMeasures("a:right", "toy@00000000", pinches, {"b:right": {"holds": 0}})


def test_a_pinch_beyond_reach_fails_nothing():
    far = replace(REACHED, finger="pinky", reached_mm=40.0, verdict="beyond reach")
    assert measures(REACHED, far).passed


def test_one_missed_pinch_fails_the_whole():
    assert not measures(REACHED, replace(REACHED, verdict="FAIL")).passed


def test_the_table_and_the_json_hold_the_same_facts():
    found = measures(REACHED)
    assert found.table().splitlines()[1].split() == ["b:right", "index", "0.1", "3.0", "4.0", "ok"]
    data = found.to_json()
    assert data["passed"]
    assert data["pinches"][0]["reached_mm"] == 4.0
    assert data["episodes"]["b:right"] == {"holds": 0}
