"""The tree stays one that a newcomer can read: no long files, no rooms for odds and ends."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("xlvla_sdk", "plugins", "tests", "bench", "docs", "examples")
FILES = sorted(
    path
    for path in [
        *ROOT.glob("*.*"),
        *(file for name in FOLDERS for file in (ROOT / name).rglob("*.*")),
    ]
    if path.suffix in (".py", ".md")
    and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
LONGEST = 400
HOMELESS = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
"""Names of files in which things lie whose place nobody has understood yet."""


def test_no_file_is_longer_than_can_be_read_at_once():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in FILES
        if (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}, "usually two ideas: part them by idea"


def test_no_file_is_named_for_having_no_place():
    assert {path for path in FILES if HOMELESS & {path.stem, path.parent.name}} == set()


def test_every_module_says_what_it_is():
    silent = {
        str(path.relative_to(ROOT))
        for path in FILES
        if path.suffix == ".py"
        and path.is_relative_to(ROOT / "xlvla_sdk")
        and not path.read_text().startswith('"""')
    }
    assert silent == set()
