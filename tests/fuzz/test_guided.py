"""A minute of coverage-guided fuzzing over every parser and every emulated device."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.guided import MEMORY_MB, NAMES, fuzz
from tests.fuzz.targets import targets

MINUTE_S = 60.0


def test_every_target_has_a_name():
    assert set(targets()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_target_begins_with_breaks_nothing(name: str):
    target = targets()[name]
    for seed in (b"", b"\0", b"\1" + bytes(300), *(b"\0" + seed for seed in target.seeds)):
        for how in (0, 1, 16, 31):
            target(bytes([how]) + seed[1:])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("inspire-vendor-firmware", b"\0\xeb\x90\x01\0\0"),  # a frame without a command
        ("paxini-readings", b"\0[" + b"2" * 400 + b"]"),  # a whole number beyond any float
    ],
)
def test_what_once_broke_something_breaks_nothing_now(name: str, data: bytes):
    targets()[name](data)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_bytes_raise_anything_or_fill_the_memory(name: str, tmp_path: Path):
    run = fuzz(name, MINUTE_S / len(NAMES), tmp_path)
    assert run.sound, run.said
    assert run.inputs > 100
    assert run.branches > 5


@pytest.mark.slow
def test_the_memory_of_the_tests_is_not_taken_for_a_targets(tmp_path: Path):
    held = b"\xff" * (MEMORY_MB + 100 << 20)
    run = fuzz("ability-frames", 2.0, tmp_path)
    assert len(held) > MEMORY_MB << 20
    assert run.sound, run.said


@pytest.mark.slow
def test_a_fault_that_was_planted_is_found(tmp_path: Path):
    run = fuzz("planted", 30.0, tmp_path)
    assert not run.sound
    assert "the fault that was planted" in run.said
    assert list(tmp_path.glob("planted-crash-*"))
