"""Pictures of a lab become image columns: from arrays, encoded or not, and from files beside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from xlvla_sdk.data.columns import ColumnsFile
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.importing import Imported, import_files
from xlvla_sdk.data.pictures import jpeg, opened_picture
from xlvla_sdk.errors import DataError

ROWS, FRONT = 12, "observation.images.front"
TABLES = 'time = "t"\n[state]\na = "q[0]"\n[cameras]\nfront = "{}"\n'


def shades(rows: int = ROWS, height: int = 8, width: int = 16) -> np.ndarray:
    """Grey pictures, 20 brighter each."""
    levels = 20 * np.arange(rows, dtype=np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (rows, height, width, 3)).copy()


def joints(rows: int = ROWS) -> dict[str, np.ndarray]:
    return {"q": np.linspace(0.0, 1.0, rows)[:, None], "t": np.arange(rows) / 10.0}


def as_pixels(path: Path) -> tuple[Path, str]:
    np.savez(path.with_suffix(".npz"), film=shades(), **joints())
    return path.with_suffix(".npz"), "film"


def as_hdf5_pixels(path: Path) -> tuple[Path, str]:
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file.update(joints())
        file["images/film"] = shades()
    return path.with_suffix(".h5"), "images/film"


def as_padded_jpeg(path: Path) -> tuple[Path, str]:
    """Compressed pictures as wide as the longest, zeros behind, as some recorders write them."""
    encoded = [jpeg(one) for one in shades()]
    padded = np.zeros((ROWS, max(map(len, encoded)) + 5), np.uint8)
    for row, data in zip(padded, encoded, strict=True):
        row[: len(data)] = np.frombuffer(data, np.uint8)
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file.update(joints())
        file["film"] = padded
    return path.with_suffix(".h5"), "film"


def as_jpeg_of_their_own_lengths(path: Path) -> tuple[Path, str]:
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file.update(joints())
        kind = h5py.vlen_dtype(np.uint8)
        film = file.create_dataset("film", (ROWS,), kind)
        for row, one in enumerate(shades()):
            film[row] = np.frombuffer(jpeg(one), np.uint8)
    return path.with_suffix(".h5"), "film"


def as_files(path: Path) -> tuple[Path, str]:
    folder = path.parent / f"{path.name}-front"
    folder.mkdir()
    for row, one in enumerate(shades()):
        Image.fromarray(one).save(folder / f"{row:03d}.png")
    np.savez(path.with_suffix(".npz"), **joints())
    return path.with_suffix(".npz"), "{file}-front/*.png"


def imported(path: Path, said: str, out: Path, **more: object) -> list[Imported]:
    columns = out.with_suffix(".toml")
    columns.write_text(TABLES.format(said))
    return import_files([path], out, columns=ColumnsFile.load(columns), **more)  # pyright: ignore[reportArgumentType]


def shown(out: Path) -> list[np.ndarray]:
    column = Dataset.open(out).read(0).column(FRONT).to_pylist()
    return [np.asarray(opened_picture(one["bytes"], "it")) for one in column]


@pytest.mark.parametrize(
    "form",
    [as_pixels, as_hdf5_pixels, as_padded_jpeg, as_jpeg_of_their_own_lengths, as_files],
)
def test_each_row_has_its_picture(tmp_path: Path, form: Callable[[Path], tuple[Path, str]]):
    path, said = form(tmp_path / "run1")
    done = imported(path, said, tmp_path / "out")
    found = shown(tmp_path / "out")
    assert [one.mean() for one in found] == pytest.approx(20.0 * np.arange(ROWS), abs=1.5)
    feature = Dataset.open(tmp_path / "out").feature(FRONT)
    assert (feature.dtype, feature.shape) == ("image", (8, 16, 3))
    assert done[0].unused == ()
    assert Dataset.open(tmp_path / "out").episodes[0].pictures[FRONT]["mean"].shape == (3, 1, 1)


def test_at_another_rate_the_nearest_picture_is_taken_and_brought_to_size(tmp_path: Path):
    path, said = as_pixels(tmp_path / "run1")
    imported(path, said, tmp_path / "out", fps=3.0, size=8)
    found = shown(tmp_path / "out")
    assert {one.shape for one in found} == {(8, 8, 3)}
    wanted = 20.0 * np.rint(10.0 * np.arange(4) / 3.0)
    assert [one[4, 4, 0] for one in found] == pytest.approx(wanted, abs=3.0)


def test_our_own_recordings_take_cameras_alone(tmp_path: Path):
    np.savez(
        tmp_path / "run.npz",
        qpos=joints()["q"],
        joint_names=["a"],
        time_s=joints()["t"],
        film=shades(),
    )
    columns = tmp_path / "cameras.toml"
    columns.write_text('[cameras]\nfront = "film"\n')
    import_files([tmp_path / "run.npz"], tmp_path / "out", columns=ColumnsFile.load(columns))
    assert len(shown(tmp_path / "out")) == ROWS


def test_pictures_that_nobody_asked_for_are_named(tmp_path: Path):
    path, _ = as_hdf5_pixels(tmp_path / "run1")
    columns = tmp_path / "columns.toml"
    columns.write_text('time = "t"\n[state]\na = "q[0]"\n')
    (done,) = import_files([path], tmp_path / "out", columns=ColumnsFile.load(columns))
    assert done.unused == ("images/film",)


@pytest.mark.parametrize(
    ("film", "said", "words"),
    [
        (shades(), "films", r"has no array 'films'. It has: film, q, t"),
        (shades(5), "film", r"'film': there are 5 pictures and 12 times"),
        (shades().astype(float), "film", r"'film' is \(12, 8, 16, 3\) of float64: no pictures"),
        (np.ones((ROWS, 9), np.uint8), "film", r"'film', row 0: is no picture, or one that is cut"),
        (shades(), "none/*.png", r"none/\*.png: there are no such files"),
    ],
)
def test_what_holds_no_pictures_is_named_and_nothing_is_written(
    tmp_path: Path, film: np.ndarray, said: str, words: str
):
    np.savez(tmp_path / "run.npz", film=film, **joints())
    with pytest.raises(DataError, match=words):
        imported(tmp_path / "run.npz", said, tmp_path / "out")
    assert not [one for one in tmp_path.iterdir() if one.name in ("out", ".out.part")]


def test_pictures_of_two_sizes_are_refused_unless_they_are_brought_to_one(tmp_path: Path):
    path, said = as_files(tmp_path / "run1")
    Image.fromarray(shades(1, 8, 8)[0]).save(tmp_path / "run1-front" / "004.png")
    with pytest.raises(DataError, match=r"are \(8, 16\) in row 0 and \(8, 8\) in row 4"):
        imported(path, said, tmp_path / "out")
    imported(path, said, tmp_path / "out", size=16)
    assert {one.shape for one in shown(tmp_path / "out")} == {(16, 16, 3)}


def test_cameras_that_are_no_table_of_texts_are_refused(tmp_path: Path):
    columns = tmp_path / "columns.toml"
    columns.write_text("[cameras]\nfront = 3\n")
    with pytest.raises(DataError, match=r"\[cameras\] says {'front': 3}"):
        ColumnsFile.load(columns)
