"""Files of a lab become datasets: joints by name, at a steady rate."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.shared_data import shared_path
from xlvla_sdk.data.arrays import load_arrays
from xlvla_sdk.data.columns import ColumnsFile
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.importing import import_files
from xlvla_sdk.errors import DataError
from xlvla_sdk.messages import Recording

COLUMNS = """
time = "time"
[state]
thumb = "hand/qpos[0]"
index = "hand/qpos[1] deg"
[action]
thumb = "command[0]"
index = "-command[1]"
"""


def test_the_recording_is_imported_at_fifty_hertz(tmp_path: Path):
    """Its own rate is 49.86 Hz, its steps between 18 and 22 ms."""
    path = shared_path("data/teleop_xarm7_inspire_right.npz")
    (done,) = import_files([path], tmp_path / "out", task="pick")
    made = Dataset.open(tmp_path / "out")
    recording = Recording.load(path)
    assert made.info.fps == 50.0
    assert made.tasks == {0: "pick"}
    assert made.feature("action").column_names == recording.joint_names
    episode = made.read(0)
    times = episode.numbers("timestamp", made.feature("timestamp"))[:, 0]
    read = episode.numbers("action", made.feature("action"))
    assert recording.action is not None
    wanted = np.interp(times, recording.time_s, recording.action[:, 8])
    assert np.abs(read[:, 8] - wanted).max() < 1e-6
    assert done.measured_hz == pytest.approx(49.86, abs=0.01)


def hdf5(path: Path, rows: int = 30) -> tuple[Path, Path]:
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file["hand/qpos"] = rng.uniform(size=(rows, 2))
        file["command"] = rng.uniform(size=(rows, 2))
        file["time"] = np.arange(rows) / 10.0
        file["note"] = "left alone"
    columns = path.with_suffix(".toml")
    columns.write_text(COLUMNS)
    return path, columns


def test_hdf5_is_imported_as_the_columns_say(tmp_path: Path):
    path, columns = hdf5(tmp_path / "a.h5")
    (done,) = import_files([path], tmp_path / "out", columns=ColumnsFile.load(columns))
    arrays = load_arrays(path)
    qpos, command = arrays["hand/qpos"], arrays["command"]
    assert np.allclose(done.state[:, 1], np.radians(qpos[:, 1]))
    assert done.action is not None
    assert np.allclose(done.action[:, 1], -command[:, 1])
    assert done.unused == ("note",)
    assert Dataset.open(tmp_path / "out").info.fps == 10.0


def test_every_file_is_an_episode(tmp_path: Path):
    files = [hdf5(tmp_path / f"{name}.h5", rows) for name, rows in (("a", 30), ("b", 20))]
    columns = ColumnsFile.load(files[0][1])
    import_files([path for path, _ in files], tmp_path / "out", columns=columns, version="v2.1")
    assert [one.length for one in Dataset.open(tmp_path / "out").episodes] == [30, 20]


def recording(path: Path, time_s: np.ndarray, **more: np.ndarray) -> Path:
    qpos = np.zeros((len(time_s), 2))
    arrays = {"qpos": qpos, "joint_names": np.array(["a", "b"]), "time_s": time_s, **more}
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]
    return path


@pytest.mark.parametrize(
    ("time_s", "more", "said"),
    [
        ([0.0, 0.1, 0.1, 0.2], {}, "time does not increase at row 2"),
        ([0.0, 0.1, 0.9], {}, "0.80 s pass before row 2"),
        ([0.0], {}, "has 1 rows"),
        (
            [0.0, 0.1],
            {"action": np.array([[0.0, 1.0], [np.nan, 0.0]])},
            "action of 'a' is nan in row 1",
        ),
        ([0.0, 0.1], {"action": np.zeros((3, 2))}, "'action' has 3 rows, and there are 2 times"),
        ([0.0, 0.1], {"joint_names": np.array([1, 2])}, "is no recording of the SDK"),
    ],
)
def test_files_that_cannot_be_right_are_refused(
    tmp_path: Path, time_s: list[float], more: dict[str, np.ndarray], said: str
):
    path = recording(tmp_path / "a.npz", np.array(time_s), **more)
    with pytest.raises(DataError, match=said):
        import_files([path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_without_names_needs_columns(tmp_path: Path):
    np.savez(tmp_path / "a.npz", qpos=np.zeros((3, 2)))
    with pytest.raises(DataError, match=r"nothing says which joint.*qpos \(3, 2\).*--columns FILE"):
        import_files([tmp_path / "a.npz"], tmp_path / "out")


@pytest.mark.parametrize("name", ["a.npz", "a.h5"])
def test_a_cut_off_file_is_named(tmp_path: Path, name: str):
    whole, columns = hdf5(tmp_path / "whole.h5")
    source = whole if name.endswith("h5") else recording(tmp_path / "w.npz", np.arange(9) / 10)
    (tmp_path / name).write_bytes(source.read_bytes()[:-700])
    said = ColumnsFile.load(columns) if name.endswith("h5") else None
    with pytest.raises(DataError, match=rf"{name}: cannot be read"):
        import_files([tmp_path / name], tmp_path / "out", columns=said)


def test_other_files_and_none_are_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"not '\.csv'"):
        import_files([tmp_path / "a.csv"], tmp_path / "out")
    with pytest.raises(DataError, match="there is no such file"):
        import_files([tmp_path / "a.npz"], tmp_path / "out")


def test_files_with_other_joints_stay_apart(tmp_path: Path):
    one = recording(tmp_path / "a.npz", np.arange(4) / 10)
    other = recording(tmp_path / "b.npz", np.arange(4) / 10, joint_names=np.array(["b", "a"]))
    with pytest.raises(DataError, match=r"b\.npz: has other joints than .*a\.npz"):
        import_files([one, other], tmp_path / "out")
