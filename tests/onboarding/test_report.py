"""What is said of a hand that joined can be read by people and by programs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.codecs import small_codec
from tests.small_hand import small_hand
from xlvla_sdk.latent.description import Finding
from xlvla_sdk.latent.evaluation import Evaluation
from xlvla_sdk.latent.measures import Measures
from xlvla_sdk.onboarding.report import FAIR, GOOD, OnboardReport, judge

PAIRS = (("small:right", "claw:right"), ("claw:right", "small:right"))


def evaluation(rt: float, cp: float) -> Evaluation:
    sets = {
        "RT": Measures(3.0, 10.0, 5.0, 0.1, None, None, None),
        "CP": Measures(4.0, 20.0, 6.0, 0.5, 1.25, 0.9, 1.0),
    }
    return Evaluation(sets, sets, {"RT": rt, "CP": cp}, "0" * 64, PAIRS)


def report(folder: Path, origin: str = "trained") -> OnboardReport:
    measured, founding = evaluation(1.1, 1.3), evaluation(1.0, 1.0)
    codec = small_codec(small_hand(folder))
    return OnboardReport(
        codec, "tiny-1@0", measured, founding, judge(measured), origin, 12.34, None
    )


@pytest.mark.parametrize(
    ("ratio", "grade"),
    [(1.0, "good"), (GOOD, "good"), (GOOD + 0.01, "fair"), (FAIR, "fair"), (FAIR + 0.01, "poor")],
)
def test_the_verdict_is_of_what_the_geometry_allows(ratio: float, grade: str):
    verdict = judge(evaluation(ratio, ratio))
    assert (verdict.grade, verdict.ratio) == (grade, pytest.approx(ratio))
    assert verdict.reason.startswith(f"{grade}: {ratio:.2f} times what the geometry allows (RT ")


TIP = Finding("wrong tip", ("index",), "its tip sweeps 3 mm")
LAGS = Finding("training", ("ring", "pinky"), "train it again")


def test_a_verdict_that_is_not_good_says_the_fingers_and_the_cause():
    verdict = judge(evaluation(GOOD + 0.01, GOOD + 0.01), [TIP, LAGS])
    assert verdict.findings == (TIP, LAGS)
    assert "wrong tip (index): its tip sweeps 3 mm." in verdict.reason
    assert verdict.reason.endswith(" training (ring, pinky): train it again.")


def test_a_good_verdict_says_only_what_speaks_against_the_description():
    verdict = judge(evaluation(1.0, 1.0), [TIP, LAGS])
    assert verdict.findings == (TIP,)
    assert "train it" not in verdict.reason


def test_a_verdict_on_nothing_is_poor():
    assert judge(evaluation(float("nan"), 1.0)).grade == "poor"


def test_the_table_is_aligned_and_has_both_sets_twice(tmp_path: Path):
    lines = report(tmp_path).table().splitlines()
    assert lines[0].split()[:2] == ["SET", "PAIRS"]
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["RT", "small:right"],
        ["RT", "founding"],
        ["CP", "small:right"],
        ["CP", "founding"],
    ]
    assert len({len(line) for line in lines[:5]}) == 1
    assert lines[1].split()[-3:] == ["-", "-", "1.10"]
    assert lines[3].split()[-3:] == ["1.25", "0.90", "1.30"]
    assert (
        lines[5]
        == f"small:right in tiny-1@0: trained in 12.3 s, {judge(evaluation(1.1, 1.3)).reason}"
    )


def test_a_codec_that_was_there_says_from_where(tmp_path: Path):
    assert ": founding, good" in report(tmp_path, "founding").table()


@pytest.mark.parametrize(
    ("steps", "early", "said"),
    [
        (
            430,
            True,
            "trained in 12.3 s (stopped after 430 of 500 steps: the measure no longer fell), ",
        ),
        (500, False, "trained in 12.3 s (took all 500 steps), "),
    ],
)
def test_the_report_says_how_training_ended(tmp_path: Path, steps: int, early: bool, said: str):
    made = report(tmp_path)
    training = {"steps": steps, "of": 500, "early": early}
    ended = replace(made, codec=replace(made.codec, measures={"training": training}))
    assert said in ended.table()
    assert ended.to_json()["training"] == ended.summary()["training"] == training


def test_programs_get_the_same_facts(tmp_path: Path):
    facts = json.loads(json.dumps(report(tmp_path).to_json(), allow_nan=False))
    assert (facts["hand"], facts["origin"], facts["seconds"]) == ("small:right", "trained", 12.34)
    assert (facts["verdict"]["grade"], facts["verdict"]["findings"]) == ("good", [])
    assert facts["measured"]["sets"]["CP"]["contact_mm"] == 1.25
    assert facts["measured"]["pairs"] == [list(pair) for pair in PAIRS]


def test_what_a_file_keeps_has_no_time_in_it(tmp_path: Path):
    assert set(report(tmp_path).summary()) == {"sets", "ratio_to_oracle_c", "verdict"}
