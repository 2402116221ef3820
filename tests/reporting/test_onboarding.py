"""Every onboarding that ends in a report leaves a page, that of a poor hand too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.errors import DataError, XlvlaError
from xlvla_sdk.onboarding.report import OnboardReport, Verdict
from xlvla_sdk.reporting import onboarding
from xlvla_sdk.specs import HandSpec


@pytest.fixture
def spec(tmp_path: Path) -> HandSpec:
    return claw_hand(tmp_path)


@pytest.fixture
def report(spec: HandSpec) -> OnboardReport:
    from xlvla_sdk.latent.evaluation import Evaluation

    nothing = Evaluation({}, None, None, "", ())
    codec = small_codec(spec)
    return OnboardReport(
        codec, codec.space, nothing, nothing, Verdict("poor", 2.0, ""), "trained", 1.0, None
    )


@pytest.fixture
def space() -> LatentSpace:
    return LatentSpace("toy", "0" * 64, {}, {})


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, OnboardReport]]:
    pages: list[tuple[Path, OnboardReport]] = []
    monkeypatch.setattr(onboarding, "write_page", lambda path, done, *_: pages.append((path, done)))
    return pages


def test_a_page_is_written_of_what_was_onboarded(
    spec: HandSpec, space: LatentSpace, report: OnboardReport, written: list, tmp_path: Path
):
    good = replace(report, verdict=Verdict("good", 1.0, ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onboarding, "onboard", lambda *_, **__: good)
        done = onboarding.onboard_with_page(tmp_path / "page.html", spec, space, seed=3)
    assert done is good
    assert written == [(tmp_path / "page.html", good)]


def test_a_poor_hand_is_refused_and_its_page_shows_why(
    spec: HandSpec, space: LatentSpace, report: OnboardReport, written: list, tmp_path: Path
):
    def refused(*given: object, **how: object) -> None:
        raise XlvlaError("the codec is poor", report=report)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onboarding, "onboard", refused)
        with pytest.raises(XlvlaError, match="the codec is poor"):
            onboarding.onboard_with_page(tmp_path / "page.html", spec, space)
    assert written == [(tmp_path / "page.html", report)]


def test_nothing_is_trained_for_a_page_that_cannot_be(
    spec: HandSpec, space: LatentSpace, written: list, tmp_path: Path
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onboarding, "onboard", lambda *_, **__: pytest.fail("it was trained"))
        with pytest.raises(DataError, match="is a folder"):
            onboarding.onboard_with_page(tmp_path, spec, space)
    assert written == []
