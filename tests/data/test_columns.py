"""Joints are found by name or as a file says, and never guessed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xlvla_sdk.data.columns import ColumnsFile, Place, gathered, places_by_name
from xlvla_sdk.errors import DataError

JOINTS = ("thumb", "index")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("action[3]", Place("action", 3)),
        ("-observation.state[0]", Place("observation.state", 0, -1.0)),
        ("a/b[1] deg", Place("a/b", 1, np.pi / 180.0)),
        ("-a[thumb] deg", Place("a", "thumb", -np.pi / 180.0)),
    ],
)
def test_a_place_is_read_and_written(text: str, place: Place):
    assert Place.parse(text) == place
    assert str(place) == text


@pytest.mark.parametrize("text", ["action", "action[]", "[3]", "action[3] grad", "a[1][2]"])
def test_what_is_no_place_is_refused(text: str):
    with pytest.raises(ValueError, match="is no place"):
        Place.parse(text)


def test_places_turn_signs_and_degrees():
    places = (Place("a", 1, -np.pi / 180.0), Place("b", "x"))
    arrays = {"a": np.array([[0.0, 90.0]]), "b": np.array([[0.5, 0.7]])}
    found = gathered(places, arrays, {"b": ("y", "x")}, "here")
    assert np.allclose(found, [[-np.pi / 2, 0.7]])


def test_names_decide_whatever_their_order():
    found = places_by_name("action", ["index.pos", "other", "thumb"], 3, JOINTS, "here")
    assert found == (Place("action", 2), Place("action", 0))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (None, "nothing says which joint each of the 2 numbers of 'action' is"),
        (["motor_0", "motor_1"], "has no number called thumb, index"),
        (["thumb", "indx"], "has no number called index.*Is indx index?"),
        (["thumb", "thumb"], "names thumb twice"),
    ],
)
def test_names_that_say_nothing_need_a_file(names: list[str] | None, said: str):
    with pytest.raises(DataError, match=rf"{said}.*--columns FILE"):
        places_by_name("action", names, 2, JOINTS, "here")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[state]\nthumb = 'a[0]'", "has no line for index"),
        ("[state]\nthumb = 'a[0]'\nindex = 'a[1]'\nring = 'a[2]'", "names ring, no joint"),
        ("[state]\nthumb = 'a'", "is no place"),
        ("[stat]\nthumb = 'a[0]'", "'stat' means nothing"),
        ("[state", "is no TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, said: str):
    path = tmp_path / "columns.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        ColumnsFile.load(path).places("state", JOINTS)


def test_a_place_beyond_the_row_is_named():
    with pytest.raises(DataError, match="'a' has 2 numbers, so no 2"):
        gathered((Place("a", 2),), {"a": np.zeros((1, 2))}, {}, "here")
    with pytest.raises(DataError, match=r"has no column 'b'\. It has: a"):
        gathered((Place("b", 0),), {"a": np.zeros((1, 2))}, {}, "here")
