"""The page holds all it promises, needs nothing beside itself, and its pictures are pictures."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from tests.reporting.made import SOURCE, claws_installed, measured_quickly, newcomer, report_of
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.errors import DataError
from xlvla_sdk.onboarding import OnboardReport
from xlvla_sdk.reporting import write_page
from xlvla_sdk.reporting.page import number
from xlvla_sdk.specs import HandSpec

SECTIONS = [
    "verdict",
    "hand",
    "pinches",
    "measures",
    "regions",
    "worst",
    "training",
    "latency",
    "findings",
    "provenance",
]


class Read(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.images: list[str] = []
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [str(given["id"])] if "id" in given else []
        self.images += [str(given["src"])] if tag == "img" else []
        self.fetched += [str(given[key]) for key in ("href", "srcset", "action") if key in given]
        self.wrong += [tag] if tag in ("script", "link", "iframe", "object") else []
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def made(
    tiny_space: LatentSpace, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, HandSpec, OnboardReport]:
    """A page, the hand it is of, and what was said of it."""
    folder = tmp_path_factory.mktemp("page")
    spec = newcomer(folder)
    with claws_installed(folder), measured_quickly():
        report = report_of(spec, tiny_space)
        write_page(folder / "reports" / "new.html", report, spec, tiny_space)
    return folder / "reports" / "new.html", spec, report


@pytest.fixture(scope="module")
def text(made: tuple[Path, HandSpec, OnboardReport]) -> str:
    return made[0].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read(text: str) -> Read:
    page = Read()
    page.feed(text)
    return page


def test_every_section_is_there_and_every_tag_is_closed(read: Read):
    assert [name for name in read.ids if name in SECTIONS] == SECTIONS
    assert (read.wrong, read.open) == ([], [])


def test_nothing_is_fetched(read: Read, text: str):
    assert read.fetched == []
    assert "@import" not in text
    assert re.findall(r"url\(", text) == []
    assert {source.partition(",")[0] for source in read.images} == {"data:image/png;base64"}


def test_pictures_decode_and_show_something(read: Read):
    assert len(read.images) >= 3 + 2 + 2
    for source in read.images:
        picture = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2], validate=True)))
        assert picture.width == picture.height >= 300
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 20


def test_it_says_what_the_report_says(
    made: tuple[Path, HandSpec, OnboardReport], read: Read, tiny_space: LatentSpace
):
    _, spec, report = made
    measures = report.measured.sets["CP"]
    for said in (
        spec.id,
        tiny_space.id,
        tiny_space.hash,
        report.codec.kinematics.hash,
        report.measured.test_hash,
        f"{report.verdict.ratio:.2f}",
        number(measures.dist_mm, "mm"),
        "claw:right",
        "thumb_tip",
        "index_curl",
    ):
        assert said in read.words, said
    for finding in report.verdict.findings:
        assert finding.said in read.words


def test_a_source_that_is_not_installed_is_named(read: Read):
    assert "small:right is not installed here" in read.words


def test_names_are_written_as_text(read: Read):
    assert read.wrong == []
    assert f"{SOURCE}; Apache-2.0" in read.words


def test_a_folder_is_refused_before_anything_is_done(
    made: tuple[Path, HandSpec, OnboardReport], tiny_space: LatentSpace, tmp_path: Path
):
    _, spec, report = made
    with pytest.raises(DataError, match=r"is a folder\. Name a file, as in --report"):
        write_page(tmp_path, report, spec, tiny_space)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (None, "mm", "–"),
        (0.0813, "", "0.081"),
        (2.345, "mm", "2.35 mm"),
        (14.04, "deg", "14.0 deg"),
        (123.4, "mm", "123 mm"),
        (98.7, "%", "99 %"),
    ],
)
def test_numbers_have_about_three_digits(value: float | None, unit: str, said: str):
    assert number(value, unit) == said
