"""A report on hands: what is asked for, over the pairs that can be compared, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk.codec import LatentCodec, LatentSpace, load_space
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import trials
from xlvla_sdk.latent.evaluation import Evaluation, evaluate, with_closings
from xlvla_sdk.latent.measures import make_test_sets

SHORT, LONG = "short:right", "long:right"


@pytest.fixture(scope="module")
def codecs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LatentCodec]:
    folder = tmp_path_factory.mktemp("claws")
    hands = (claw_hand(folder, "short"), claw_hand(folder, "long", length=0.055))
    return {hand.id: small_codec(hand) for hand in hands}


def with_fingers(codec: LatentCodec, *fingers: str) -> LatentCodec:
    """The codec of the hand without its other fingers, or with them called otherwise."""
    kept = tuple(
        replace(finger, name=name)
        for finger, name in zip(codec.kinematics.fingers, fingers, strict=False)
    )
    return replace(codec, kinematics=replace(codec.kinematics, fingers=kept))


def test_oracle_c_is_run_beside_and_the_report_is_plain_data(
    codecs: Mapping[str, LatentCodec], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trials, "ORACLE_STEPS", 10)
    monkeypatch.setattr(trials, "ORACLE_ROWS", 12)
    found = evaluate(codecs, [(SHORT, LONG)], with_oracle=True, count=16)
    assert found.pairs == ((SHORT, LONG),)
    assert found.oracle is not None
    assert found.ratios is not None
    assert set(found.sets) == set(found.oracle) == set(found.ratios) == {"RT", "CP"}
    assert all(ratio >= 1.0 - 1e-4 for name, ratio in found.ratios.items() if name == "RT")
    text = json.dumps(found.to_json(), allow_nan=False)
    assert json.loads(text)["test_sha256"] == found.test_hash
    assert Evaluation.from_json(json.loads(text)) == replace(found, trials=())
    assert [(t.source, t.target, t.set) for t in found.trials] == [
        (SHORT, LONG, "RT"),
        (SHORT, LONG, "CP"),
    ]
    assert all(len(trial.wanted) == 12 for trial in found.trials)


def test_hands_that_share_no_finger_are_left_out(codecs: Mapping[str, LatentCodec]):
    pinky = with_fingers(codecs[SHORT], "thumb", "pinky")
    three = {**codecs, "odd:right": pinky}
    wanted = [(SHORT, LONG), ("odd:right", LONG), (SHORT, "odd:right")]
    assert evaluate(three, wanted, count=2).pairs == ((SHORT, LONG),)
    with pytest.raises(
        XlvlaError, match=r"long:right, odd:right no two share a finger.*Name other"
    ):
        evaluate({LONG: codecs[LONG], "odd:right": pinky}, count=4)


def test_one_hand_alone_cannot_be_compared(codecs: Mapping[str, LatentCodec]):
    with pytest.raises(XlvlaError, match="nothing to compare: of short:right no two"):
        evaluate({SHORT: codecs[SHORT]}, count=4)


def test_the_shipped_space_keeps_the_test_postures_that_its_card_speaks_of():
    space = load_space()
    models = {hand: TipModel(codec.kinematics) for hand, codec in space.hands.items()}
    sets = make_test_sets(models, closings=space.closings)
    assert sets.hash == space.card["measures"]["test_sha256"]


@pytest.mark.slow
def test_kept_test_postures_are_those_that_are_made(codecs: Mapping[str, LatentCodec]):
    kept = with_closings(LatentSpace("claws-1", "0" * 64, codecs, {})).closings
    plain, quick = (evaluate(codecs, closings=rows) for rows in ({}, kept))
    assert plain.test_hash == quick.test_hash
    others = {hand: rows[::-1].copy() for hand, rows in kept.items()}
    assert evaluate(codecs, closings=others).test_hash != plain.test_hash
    few = [evaluate(codecs, count=8, closings=rows).test_hash for rows in ({}, others)]
    assert few[0] == few[1]
