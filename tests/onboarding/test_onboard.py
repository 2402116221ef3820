"""A hand that joins is trained, measured, judged, and saved only when it is fit to be used."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.trained import TINY
from xlvla_sdk import onboard
from xlvla_sdk.codec import LatentSpace, load_codec
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.onboarding import report as reporting
from xlvla_sdk.onboarding.progress import training_bar
from xlvla_sdk.specs import HandSpec

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def newcomer(tmp_path: Path) -> HandSpec:
    return claw_hand(tmp_path, "new", length=0.045)


def test_a_hand_gets_a_codec_with_its_measures(newcomer: HandSpec, space: LatentSpace):
    report = onboard(newcomer, space, preset=TINY, progress=False)
    assert report.origin == "trained"
    assert report.path == user_codec(space.id, "new:right")
    saved = load_codec(user_codec(space.id, "new:right"))
    assert (saved.hand, saved.space, saved.width) == ("new:right", space.id, space.width)
    assert dict(saved.measures) == json.loads(json.dumps(report.summary()))
    assert set(saved.measures["sets"]) == {"RT", "CP"}
    # The claw hand is its twin: geometry allows everything between them.
    pairs = {("small:right", "new:right"), ("new:right", "small:right")}
    assert set(report.measured.pairs) == pairs
    assert np.isfinite(space.hands["claw:right"].decode(saved.encode(newcomer.rest))).all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_file(newcomer: HandSpec, space: LatentSpace, tmp_path: Path):
    for name in ("first", "second"):
        onboard(newcomer, space, preset=TINY, out=tmp_path / name, progress=False)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert not user_codec(space.id, "new:right").exists()


def test_a_codec_written_elsewhere_needs_no_data_folder(
    newcomer: HandSpec, space: LatentSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XLVLA_DATA", str(tmp_path / "file" / "no folder"))
    report = onboard(newcomer, space, preset=TINY, out=tmp_path / "codec", progress=False)
    assert report.path == tmp_path / "codec"
    assert load_codec(tmp_path / "codec").hand == "new:right"


@pytest.mark.slow
def test_a_poor_codec_is_not_saved_unless_it_is_accepted(
    newcomer: HandSpec, space: LatentSpace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reporting, "FAIR", 1.0)
    monkeypatch.setattr(reporting, "GOOD", 0.9)
    path = user_codec(space.id, "new:right")
    with pytest.raises(XlvlaError, match=r"new:right: .* poor and was not saved.*--accept") as no:
        onboard(newcomer, space, preset=TINY, progress=False)
    assert no.value.report.verdict.grade == "poor"  # pyright: ignore[reportAttributeAccessIssue]
    assert not path.parent.exists()
    report = onboard(newcomer, space, preset=TINY, accept=True, progress=False)
    assert report.verdict.grade == "poor"
    assert load_codec(path).measures["verdict"] == "poor"


@pytest.mark.slow
def test_a_hand_that_has_a_codec_is_measured_and_not_trained(
    newcomer: HandSpec, space: LatentSpace, monkeypatch: pytest.MonkeyPatch
):
    first = onboard(newcomer, space, preset=TINY, progress=False)
    monkeypatch.setattr("xlvla_sdk.latent.fitting.fit", None)
    again = onboard(newcomer, space, preset=TINY)
    assert again.codec.measures == first.codec.measures
    assert (again.seconds, again.path) == (0.0, None)
    assert again.measured.to_json() == first.measured.to_json()
    with pytest.raises(TypeError):
        onboard(newcomer, space, preset=TINY, again=True)


def test_a_founding_hand_needs_nothing(space: LatentSpace, tmp_path: Path):
    report = onboard(claw_hand(tmp_path), space)
    assert (report.origin, report.codec) == ("founding", space.hands["claw:right"])
    assert set(report.measured.pairs) == {
        ("small:right", "claw:right"),
        ("claw:right", "small:right"),
    }


@pytest.mark.slow
def test_a_founding_hand_that_changed_is_compared_with_what_it_was(
    space: LatentSpace, tmp_path: Path
):
    changed = claw_hand(tmp_path, "claw", length=0.08)
    report = onboard(changed, space, preset=TINY, progress=False)
    assert report.codec.hand == "claw:right"
    new = "claw:right (new)"
    assert {("claw:right", new), (new, "claw:right"), (new, "small:right")} < set(
        report.measured.pairs
    )
    assert all(source != target for source, target in report.measured.pairs)


@pytest.mark.slow
def test_founding_hands_are_not_measured_again_where_the_card_has_it(
    space: LatentSpace, tmp_path: Path
):
    taken = onboard(claw_hand(tmp_path), space).founding
    said = taken.to_json()
    said["sets"]["RT"]["recon_deg"] = 1.25
    told = replace(space, card={**space.card, "measures": json.loads(json.dumps(said))})
    founding = onboard(claw_hand(tmp_path), told).founding
    assert founding.sets["RT"].recon_deg == 1.25
    assert founding.to_json() == said


def test_a_failing_training_saves_nothing(
    newcomer: HandSpec, space: LatentSpace, monkeypatch: pytest.MonkeyPatch
):
    def stopped(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xlvla_sdk.latent.fitting.fit", stopped)
    with pytest.raises(KeyboardInterrupt):
        onboard(newcomer, space, preset=TINY, progress=False)
    assert not user_codec(space.id, "new:right").parent.exists()


def test_progress_is_drawn_on_stderr_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with training_bar("new:right", wanted=True) as told:
        assert told is not None
        told(10, 100, 0.5)
        told(100, 100, 0.25)
    said = capsys.readouterr()
    assert said.out == ""
    assert "training new:right" in said.err
    assert "loss 0.250" in said.err


def test_no_progress_is_drawn_without_a_terminal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with training_bar("new:right") as told:
        assert told is None
