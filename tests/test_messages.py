"""A recording comes back as it was saved, and a broken one is refused before anything moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xlvla_sdk.errors import DataError
from xlvla_sdk.messages import Recording

NAMES = ("thumb", "index", "ring")


def recording(rows: int = 5) -> Recording:
    time_s = np.arange(rows) * 0.05
    qpos = np.linspace(0.0, 1.0, rows * len(NAMES)).reshape(rows, len(NAMES))
    return Recording(qpos, qpos + 0.1, NAMES, time_s)


def arrays() -> dict[str, np.ndarray]:
    plain = recording()
    assert plain.action is not None
    names = np.array(plain.joint_names)
    return {
        "qpos": plain.qpos.copy(),
        "action": plain.action.copy(),
        "joint_names": names,
        "time_s": plain.time_s,
    }


def refusal(folder: Path, **changed: Any) -> str:
    """What is said of a recording with other arrays; None leaves one out."""
    path = folder / "in.npz"
    kept = {key: value for key, value in (arrays() | changed).items() if value is not None}
    np.savez(path, **kept)  # pyright: ignore[reportArgumentType]
    with pytest.raises(DataError) as refused:
        Recording.load(path)
    assert refused.value.message.startswith(f"{path}: ")
    return refused.value.message


@pytest.mark.parametrize("action", [True, False])
def test_a_recording_comes_back_as_it_was_saved(tmp_path: Path, action: bool):
    saved = recording() if action else replace(recording(), action=None)
    saved.save(tmp_path / "new" / "out.npz")
    loaded = Recording.load(tmp_path / "new" / "out.npz")
    assert loaded.joint_names == saved.joint_names
    for name in ("qpos", "action", "time_s"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(saved, name))
    assert loaded.source.endswith("out.npz")


@pytest.mark.parametrize("key", ["qpos", "joint_names", "time_s"])
def test_a_missing_array_is_named(tmp_path: Path, key: str):
    said = refusal(tmp_path, **{key: None})
    assert f"has no array '{key}'. It has: " in said


@pytest.mark.parametrize("key", ["qpos", "action"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_number_that_is_none_is_refused_by_array_joint_and_row(
    tmp_path: Path, key: str, value: float
):
    values = arrays()[key]
    values[3, 1] = value
    said = refusal(tmp_path, **{key: values})
    assert f"{key} of 'index' is {value} in row 3. Cut or mend the row" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"joint_names": np.array(["thumb", "index", "thumb"])}, "stand twice: thumb. Rename"),
        ({"joint_names": np.array([b"a", b"b", b"c"])}, "of |S1, wanted is one text for each"),
        ({"joint_names": np.array(NAMES)[:, None]}, "joint_names is (3, 1)"),
        ({"joint_names": np.array(NAMES[:2])}, "qpos is (5, 3), wanted is (5, 2): a row for each"),
        ({"time_s": np.array([0.0, 1.0, 1.0, 2.0, 3.0])}, "time_s does not increase"),
        ({"time_s": np.array([0.0, 1.0, np.nan, 2.0, 3.0])}, "time_s does not increase"),
        ({"time_s": np.arange(4.0)}, "qpos is (5, 3), wanted is (4, 3)"),
        ({"time_s": np.arange(5.0)[:, None]}, "time_s is (5, 1), wanted is (5,)"),
        ({"qpos": np.zeros(15)}, "qpos is (15,), wanted is (5, 3)"),
        ({"action": np.zeros((5, 2))}, "action is (5, 2), wanted is (5, 3)"),
        ({"qpos": np.full((5, 3), "0.1")}, "qpos holds <U3, not numbers. Write it as float64"),
        (
            {"qpos": np.zeros((0, 3)), "action": None, "time_s": np.zeros(0)},
            "has no rows. Record the motion again",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, changed: dict[str, Any], said: str):
    assert said in refusal(tmp_path, **changed)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def turned_over(data: bytes) -> bytes:
    middle = len(data) // 3
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def emptied(data: bytes) -> bytes:
    return data[:0]


@pytest.mark.parametrize("damage", [cut, turned_over, emptied])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]):
    path = tmp_path / "in.npz"
    recording(200).save(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"in\.npz: is not a whole NPZ .*Write it with numpy"):
        Recording.load(path)


def test_a_pickled_object_is_refused_unopened(tmp_path: Path):
    said = refusal(tmp_path, joint_names=np.array([*NAMES, None], dtype=object))
    assert "not a whole NPZ of plain arrays" in said


def test_other_files_and_none_are_refused(tmp_path: Path):
    np.save(tmp_path / "in.npy", np.zeros(3))
    for path in (tmp_path / "in.npy", tmp_path):
        with pytest.raises(DataError, match="is not a whole NPZ"):
            Recording.load(path)
    with pytest.raises(DataError, match=r"none\.npz: there is no such file"):
        Recording.load(tmp_path / "none.npz")


def test_a_failing_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "out.npz"
    recording().save(path)
    before = path.read_bytes()

    def full(file: Any, **given: object) -> None:
        file.write(b"half a file")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        recording(9).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.glob(".*.part")) == []


def test_columns_are_taken_by_name():
    plain = recording()
    some = plain.select(("ring", "thumb"))
    np.testing.assert_array_equal(some.qpos, plain.qpos[:, [2, 0]])
    np.testing.assert_array_equal(some.array("action"), plain.array("action")[:, [2, 0]])
    with pytest.raises(
        DataError, match=r"no column for pinky, palm. Its columns are: thumb, i"
    ) as no:
        plain.select(("pinky", "thumb", "palm"))
    assert no.value.missing == ("pinky", "palm")


def test_an_array_it_does_not_have_is_named():
    with pytest.raises(DataError, match=r"has no array 'action'. It has qpos\."):
        replace(recording(), action=None).array("action")
    with pytest.raises(DataError, match=r"has no array 'torque'. It has qpos, action\."):
        recording().array("torque")


def test_the_rate_is_the_median_steps():
    plain = recording()
    late = plain.time_s.copy()
    late[-1] += 3.0
    assert replace(plain, time_s=late).rate_hz == pytest.approx(20.0)
    assert np.isnan(recording(1).rate_hz)
