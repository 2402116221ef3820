"""The example vendor's package, which the demo shows, is the one that the guide "Ship a hand" builds."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from xlvla_sdk.cli.app import app
from xlvla_sdk.demo.example import MODULE
from xlvla_sdk.specs import Side

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples/acme_h11"
PAGE = ROOT / "docs/guides/ship.md"
TODO = re.compile("todo|placeholder", re.IGNORECASE)
TO_FILL = re.compile(
    r"todo|placeholder|_refuse_real_hands|import Address$|^# .* = |^# \[\[", re.IGNORECASE
)
"""Lines to fill, that go with the placeholder, or that are a sample of a table."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page's own `xlvla new` writes from the maker's URDFs."""
    folder = tmp_path_factory.mktemp("maker")
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("xlvla new ")]
    (line,) = [line for line in lines if "--dry-run" not in line]
    words = shlex.split(line)[1:]
    for side in Side:
        source = EXAMPLE / f"{MODULE}/urdf/acme_h11_{side}.urdf"
        words[words.index(f"acme_{side}.urdf")] = str(folder / f"acme_{side}.urdf")
        shutil.copyfile(source, folder / f"acme_{side}.urdf")
    done = CliRunner().invoke(app, [*words, "--out", str(folder / words[1])])
    assert done.exit_code == 0, done.output
    return folder / words[1]


def files(folder: Path) -> set[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {path for path in found if "cache" not in path}


def given(text: str) -> list[str]:
    """The lines of a text outside the paragraphs that say that they are to be filled."""
    paragraphs = re.split(r"\n\s*\n", text)
    return [
        line
        for paragraph in paragraphs
        if not TODO.search(paragraph)
        for line in paragraph.splitlines()
        if not TO_FILL.search(line)
    ]


def test_the_example_has_the_files_that_the_guide_writes_and_one_test_of_its_own(built: Path):
    assert files(EXAMPLE) - files(built) == {"tests/test_acme_h11_hand.py"}
    assert files(built) <= files(EXAMPLE)


def test_the_example_says_what_was_written_wherever_nothing_was_to_be_filled(built: Path):
    """Run the page's `xlvla new` again and fill its places, where this fails."""
    unfilled = 0
    for name in files(built) - {"LICENSE"}:
        written, kept = (built / name).read_text(), (EXAMPLE / name).read_text()
        if not TO_FILL.search(written):
            assert kept == written, name
            unfilled += 1
        have = set(kept.splitlines())
        assert [line for line in given(written) if line not in have] == [], name
    assert unfilled > 5


def test_every_place_of_the_example_is_filled():
    left = [
        name
        for name in files(EXAMPLE)
        if re.search("TODO|PLACEHOLDER", (EXAMPLE / name).read_text(errors="replace"))
    ]
    assert left == []
