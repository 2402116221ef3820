"""Pieces of work by several processes: all done once, errors and interruptions passed on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from xlvla_sdk.errors import DataError
from xlvla_sdk.synthesis.crew import Heed, work


@dataclass(frozen=True)
class Marking:
    """Leaves a file for each piece; piece 3 fails, 5 kills its process, 7 waits to be cancelled."""

    folder: Path

    @contextmanager
    def worker(self) -> Iterator[Callable[[int, Heed], int]]:
        yield self.mark

    def mark(self, number: int, heed: Heed) -> int:
        (self.folder / str(number)).touch()
        if number == 3:
            raise DataError("piece 3 is damaged.", piece=3)
        if number == 5:
            os._exit(1)
        while number == 7:
            heed()
        return number * number


def counted(*numbers: int) -> Callable[[int], int | None]:
    waiting = iter(numbers)
    return lambda _: next(waiting, None)


def marks(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "marks").mkdir()
    return tmp_path / "marks"


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_every_piece_is_done_once(folder: Path, processes: int):
    found: dict[int, int] = {}
    work(Marking(folder), processes, counted(0, 1, 2, 4), found.__setitem__)
    assert found == {0: 0, 1: 1, 2: 4, 4: 16}
    assert marks(folder) == {"0", "1", "2", "4"}


def test_what_is_on_its_way_is_known_when_more_is_asked_for(folder: Path):
    flying: list[int] = []

    def ask(count: int) -> int | None:
        flying.append(count)
        return len(flying) if len(flying) < 3 else None

    work(Marking(folder), 1, ask, lambda *_: None)
    assert flying == [0, 0, 0]


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_error_of_a_piece_is_raised_here(folder: Path, processes: int):
    with pytest.raises(DataError, match="piece 3 is damaged") as found:
        work(Marking(folder), processes, counted(3, 4), lambda *_: None)
    assert found.value.piece == 3


@pytest.mark.slow
def test_a_process_that_dies_is_said(folder: Path):
    with pytest.raises(DataError, match=r"a process that worked died.*fewer processes"):
        work(Marking(folder), 2, counted(0, 5), lambda *_: None)


@pytest.mark.slow
def test_an_interruption_here_ends_what_is_on_its_way(folder: Path):
    def interrupted(number: int, found: int) -> None:
        raise KeyboardInterrupt(number, found)

    with pytest.raises(KeyboardInterrupt):  # and it comes back although piece 7 never ends
        work(Marking(folder), 2, counted(7, 1), interrupted)
    assert "1" in marks(folder)
