"""Mistakes are found by what they do to a body's numbers, and what cannot be found is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.datasets import body_wave, make_dataset
from tests.registered import embodiment
from xlvla_sdk.data.checking import check_joints
from xlvla_sdk.data.columns import ColumnsFile
from xlvla_sdk.data.finding import Finding, Verdict

BODY = "xarm7+inspire:right"
YAW, PITCH, INDEX = 7, 8, 9
"""The thumb's two joints and the index finger's, after the arm's seven."""

Change = Callable[[np.ndarray], np.ndarray]


def findings(
    folder: Path, state: Change | None = None, action: Change | None = None
) -> list[Finding]:
    """Of four episodes of the body, with what a recorder did to them."""
    body = embodiment(BODY)
    episodes = []
    for k in range(4):
        measured, commanded = body_wave(body, rows=50, phase=0.7 * k)
        episodes.append(
            (state(measured) if state else measured, action(commanded) if action else commanded)
        )
    return check_joints(make_dataset(folder / "raw", episodes, body.joints), body)


def failed(found: list[Finding]) -> dict[str, str]:
    return {one.check: f"{one.what} {one.mend}" for one in found if one.verdict is Verdict.FAIL}


def swap(one: int, other: int) -> Change:
    def change(values: np.ndarray) -> np.ndarray:
        values[:, [one, other]] = values[:, [other, one]]
        return values

    return change


def turn(joint: int) -> Change:
    def change(values: np.ndarray) -> np.ndarray:
        values[:, joint] *= -1.0
        return values

    return change


def test_nothing_is_wrong_with_what_is_right(tmp_path: Path):
    found = findings(tmp_path)
    assert failed(found) == {}
    following = next(one for one in found if one.check == "following")
    assert "after 100 ms" in following.what  # the lag of two rows that the episodes have


def test_degrees_are_named_for_the_device_that_has_them(tmp_path: Path):
    def arm(values: np.ndarray) -> np.ndarray:
        values[:, :7] = np.degrees(values[:, :7])
        return values

    said = failed(findings(tmp_path, arm, arm))
    assert list(said) == ["units"]
    assert "7 of 7 joints of xarm7 are in degrees" in said["units"]
    assert 'joint1 = "action[0] deg"' in said["units"]
    assert "inspire" not in said["units"]


def test_a_sign_is_named_with_its_mend(tmp_path: Path):
    said = failed(findings(tmp_path, turn(INDEX), turn(INDEX)))
    assert list(said) == ["sign"]
    assert 'index_proximal_joint = "-action[9]"' in said["sign"]


def test_a_measured_joint_against_its_command_is_of_another_sign(tmp_path: Path):
    """The arm's first joint has even limits, which say nothing."""
    said = failed(findings(tmp_path, turn(0)))
    assert "measured 'joint1' goes against its command" in said["sign"]


def test_order_shows_by_limits(tmp_path: Path):
    said = failed(findings(tmp_path, swap(PITCH, INDEX), swap(PITCH, INDEX)))
    assert "'thumb_proximal_pitch_joint' goes from" in said["order"]
    assert "index_proximal_joint" in said["order"]


def test_order_shows_by_following_and_by_tips(tmp_path: Path):
    """Exchanged in what is measured alone; both have the same limits."""
    said = failed(findings(tmp_path, swap(INDEX, 12)))
    assert (
        "measured 'pinky_proximal_joint' follows the command of 'index_proximal_joint'"
        in said["order"]
    )
    assert "inspire:right: measured tips are" in said["tips"]


def test_what_cannot_be_told_is_said(tmp_path: Path):
    """Exchanged in both alike, fingers of the same limits look right; the report says so."""
    found = findings(tmp_path, swap(INDEX, 12), swap(INDEX, 12))
    assert failed(found) == {}
    untold = " ".join(one.what for one in found if one.verdict is Verdict.UNTOLD)
    assert "exchanged in state and action alike, it would not show: index_proximal_joint" in untold
    assert "turned in state and action alike, it would not show: joint1" in untold


def test_a_joint_outside_is_placed(tmp_path: Path):
    def overshoot(values: np.ndarray) -> np.ndarray:
        values[17, YAW] = 1.35  # its limit is 1.308
        return values

    said = failed(findings(tmp_path, None, overshoot))
    assert list(said) == ["limits"]
    assert "(episode 0, row 17)" in said["limits"]
    assert "--clip" in said["limits"]


def test_joints_that_stand_still_are_not_judged(tmp_path: Path):
    def still(values: np.ndarray) -> np.ndarray:
        values[:, YAW] = 0.5
        return values

    found = findings(tmp_path, still, still)
    assert failed(found) == {}
    assert any("hardly move" in one.what and "thumb_proximal_yaw" in one.what for one in found)


def test_a_number_that_is_none_is_a_finding(tmp_path: Path):
    def broken(values: np.ndarray) -> np.ndarray:
        values[3, 2] = np.inf
        return values

    assert "observation.state[2] is inf in row 3" in failed(findings(tmp_path, broken))["finite"]


def test_missing_names_are_a_finding_and_columns_mend_it(tmp_path: Path):
    body = embodiment(BODY)
    raw = make_dataset(tmp_path / "raw", [body_wave(body)], None)
    assert "nothing says which joint" in failed(check_joints(raw, body))["names"]
    lines = [
        f"[{which}]\n"
        + "\n".join(f"{name} = '{column}[{k}]'" for k, name in enumerate(body.joints))
        for which, column in (("state", "observation.state"), ("action", "action"))
    ]
    (tmp_path / "columns.toml").write_text("\n".join(lines))
    assert failed(check_joints(raw, body, ColumnsFile.load(tmp_path / "columns.toml"))) == {}


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_where_the_worst_row_is_does_not_matter(tmp_path: Path, fraction: float):
    row = int(fraction * 49)

    def jump(values: np.ndarray) -> np.ndarray:
        values[row, 1] = 2.3
        return values

    assert f"row {row})" in failed(findings(tmp_path, jump))["order"]
