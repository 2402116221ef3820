"""The reference pages are what the program says, and every example in them can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from xlvla_sdk import __version__
from xlvla_sdk.cli.data import VERBS as DATA_VERBS
from xlvla_sdk.cli.reference import VERBS, cli_pages, devices_page
from xlvla_sdk.registry import load_registry

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
MEND = "run `python -m xlvla_sdk.cli.reference docs/reference`"


def test_the_pages_of_commands_are_not_stale():
    written = {file.name: file.read_text() for file in (REFERENCE / "cli").iterdir()}
    assert written == cli_pages(), MEND


def test_the_page_of_devices_is_not_stale():
    assert (REFERENCE / "devices.md").read_text() == devices_page(load_registry()), MEND


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_examples_of_options_it_knows(xlvla: Command, verb: str):
    text = xlvla(*verb.split(), "--help").out
    examples = text.partition("Examples:")[2].partition("Arguments:")[0].partition("Options:")[0]
    lines = [line for line in examples.replace("\\\n", " ").splitlines() if line.strip()]
    assert lines
    for line in lines:
        words = shlex.split(line)
        assert words[: 1 + len(verb.split())] == ["xlvla", *verb.split()]
        for option in re.findall(r"--[a-z-]+", line):
            assert re.search(rf"^  {option}\b", text, re.MULTILINE), option


def test_every_command_is_on_one_page(xlvla: Command):
    listed = re.findall(
        r"^  ([a-z]+)  ", xlvla("--help").out.partition("Commands:")[2], re.MULTILINE
    )
    assert sorted(VERBS) == sorted([*listed, *(f"data {name}" for name, _ in DATA_VERBS)])


def test_the_version_is_said(xlvla: Command):
    assert xlvla("--version").out == f"xlvla-sdk {__version__}\n"


@pytest.mark.parametrize(
    "words", [["fly"], ["devices", "--fly"], ["serve"], ["run", "x", "--rate", "0"]]
)
def test_what_is_not_understood_exits_2(xlvla: Command, words: list[str]):
    assert xlvla(*words).code == 2
