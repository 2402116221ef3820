"""What is done of a long job is kept while it is the same job, and nothing of it is left after."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlvla_sdk.errors import DataError
from xlvla_sdk.synthesis.pieces import Pieces

PLAN = {"task": "push-cans", "cameras": ("front",)}


def interrupted(out: Path, *numbers: int, plan: dict | None = None) -> None:
    def job() -> None:
        with Pieces(out, plan or PLAN, ".npz") as pieces:
            for number in numbers:
                pieces.path(number).touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job()


def test_the_same_plan_goes_on(tmp_path: Path):
    interrupted(tmp_path / "o", 0, 2)
    with Pieces(tmp_path / "o", PLAN, ".npz") as pieces:
        assert [pieces.has(number) for number in range(3)] == [True, False, True]
        assert len(pieces) == 2
    assert not pieces.folder.exists()


def test_another_plan_begins_anew(tmp_path: Path):
    interrupted(tmp_path / "o", 0, plan={**PLAN, "task": "place-box"})
    with Pieces(tmp_path / "o", PLAN, ".npz") as pieces:
        assert len(pieces) == 0


def test_a_damaged_plan_begins_anew(tmp_path: Path):
    interrupted(tmp_path / "o", 0)
    (tmp_path / ".o.pieces" / "plan.json").write_text("{")
    with Pieces(tmp_path / "o", PLAN, ".npz") as pieces:
        assert len(pieces) == 0


def test_two_do_not_make_the_same(tmp_path: Path):
    with Pieces(tmp_path / "o", PLAN, ".npz") as pieces:
        with pytest.raises(DataError, match="another process is writing it"):
            Pieces(tmp_path / "o", PLAN, ".npz").__enter__()
        assert pieces.folder.is_dir()


def test_what_is_there_is_not_made(tmp_path: Path):
    (tmp_path / "o").touch()
    with pytest.raises(DataError, match="is there already"):
        Pieces(tmp_path / "o", PLAN, ".npz").__enter__()
    assert not (tmp_path / ".o.pieces").exists()
