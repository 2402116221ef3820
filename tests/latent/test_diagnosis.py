"""Why a codec is not good: fingers that geometry cannot bring there, or a codec that lags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.latent import trials
from xlvla_sdk.latent.diagnosis import diagnose
from xlvla_sdk.latent.evaluation import evaluate

OLD, NEW = "old:right", "new:right"


@pytest.fixture(scope="module")
def codecs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LatentCodec]:
    """Two hands that could do the same, with codecs that know nothing."""
    folder = tmp_path_factory.mktemp("claws")
    hands = (claw_hand(folder, "old"), claw_hand(folder, "new", length=0.055))
    return {hand.id: small_codec(hand) for hand in hands}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "ORACLE_STEPS", 50)
    monkeypatch.setattr(trials, "ORACLE_ROWS", 24)


def diagnosed(codecs: Mapping[str, LatentCodec]) -> list[tuple[str, tuple[str, ...], str]]:
    found = evaluate(codecs, [(OLD, NEW), (NEW, OLD)], with_oracle=True, count=24)
    known = [codecs[OLD].kinematics]
    findings = diagnose(NEW, codecs[NEW].kinematics, known, found.trials)
    return [(finding.cause, finding.fingers, finding.said) for finding in findings]


def changed(codecs: Mapping[str, LatentCodec], **by: object) -> dict[str, LatentCodec]:
    kinematics = replace(codecs[NEW].kinematics, **by)
    return {**codecs, NEW: replace(codecs[NEW], kinematics=kinematics)}


def test_a_codec_that_knows_nothing_lags(codecs: Mapping[str, LatentCodec]):
    ((cause, fingers, said),) = diagnosed(codecs)
    assert cause == "training"
    assert set(fingers) <= {"index", "middle"}
    assert fingers
    assert "--again" in said


def test_a_finger_that_cannot_bend_cannot_reach(codecs: Mapping[str, LatentCodec]):
    upper = codecs[NEW].kinematics.upper.copy()
    upper[codecs[NEW].joints.index("middle_bend")] = 0.3
    ((cause, fingers, said),) = diagnosed(changed(codecs, upper=upper))
    assert (cause, fingers) == ("unreachable", ("middle",))
    assert "look at the joint limits of thumb and middle" in said


def test_a_wrong_tip_is_not_called_unreachable_too(codecs: Mapping[str, LatentCodec]):
    thumb, index, middle = codecs[NEW].kinematics.fingers
    knuckle = replace(index, tip=index.screws[0].point)
    found = diagnosed(changed(codecs, fingers=(thumb, knuckle, middle)))
    assert [(cause, fingers) for cause, fingers, _ in found] == [("wrong tip", ("index",))]


def test_beside_a_wrong_palm_frame_nothing_else_is_said(codecs: Mapping[str, LatentCodec]):
    turned = codecs[NEW].kinematics.mirrored()
    fingers = tuple(
        replace(f, tip=-f.tip, screws=tuple(replace(s, point=-s.point) for s in f.screws))
        for f in turned.fingers
    )
    found = diagnosed(changed(codecs, fingers=fingers))
    assert [cause for cause, _, _ in found] == ["wrong palm frame"]
