"""A file is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlvla_sdk.storage import data_folder, written_beside


def test_a_file_appears_when_it_is_whole(tmp_path: Path):
    path = tmp_path / "deep" / "file.txt"
    with written_beside(path) as beside:
        beside.write_text("new")
        assert beside.parent == path.parent
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_was_there_stays_when_writing_fails(tmp_path: Path, error: type[BaseException]):
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write() -> None:
        with written_beside(path) as beside:
            beside.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_beside_what_cannot_be_replaced(tmp_path: Path):
    path = tmp_path / "taken"
    path.mkdir()
    with pytest.raises(OSError, match="taken"), written_beside(path) as beside:
        beside.write_text("new")
    assert list(tmp_path.iterdir()) == [path]


def test_the_data_folder_is_where_it_is_told_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XLVLA_DATA", str(tmp_path / "mine"))
    assert data_folder() == tmp_path / "mine"
    monkeypatch.delenv("XLVLA_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert data_folder().name == "xlvla"
