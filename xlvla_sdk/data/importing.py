"""What labs have becomes a dataset: NPZ and HDF5 files, an episode each, at a steady rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.data.arrays import described, larger_arrays, load_arrays
from xlvla_sdk.data.columns import ColumnsFile, Place, gathered
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.picture_rows import first_features, picture_columns
from xlvla_sdk.data.pictures import picture_column, picture_statistics
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError

GAP_S = 0.25
"""A longer time between two rows [s] is not bridged: joints did something meanwhile."""
OURS = {"state": "qpos", "action": "action", "names": "joint_names", "time": "time_s"}
"""What the SDK's own recordings call their arrays."""


@dataclass(frozen=True)
class Imported:
    """A file's rows at a steady rate.

    Attributes:
        state, action: Positions (T, D) [rad, m]; action is None where the file has none.
        measured_hz: The file's own rate, from the median step.
        longest_s: The longest time between two of its rows [s].
        unused: Arrays of the file that nobody asked for.
    """

    state: Float[np.ndarray, "T D"]
    action: Float[np.ndarray, "T D"] | None
    measured_hz: float
    longest_s: float
    unused: tuple[str, ...]


def import_files(
    paths: Sequence[Path],
    out: Path,
    *,
    columns: ColumnsFile | None = None,
    task: str = "",
    fps: float | None = None,
    version: str = "v3.0",
    size: int | None = None,
) -> list[Imported]:
    """Writes files as a dataset of raw joints, an episode each.

    Joints are interpolated linearly between the rows, whose times are never quite even; pictures are
    those of the nearest row.

    Args:
        paths: NPZ or HDF5 files.
        out: A folder that does not exist yet.
        columns: Where joints, times and pictures are; for recordings of the SDK (`qpos`, `action`,
            `joint_names`, `time_s`) left out, or with cameras alone.
        task: What is done, in words.
        fps: Rows per second; the nearest whole number to the first file's own when left out.
        version: `v3.0` or `v2.1`.
        size: Height and width of the pictures [pixels]; as they are when left out.

    Raises:
        DataError: A file is damaged, has no such arrays, NaN, times that do not increase or
            leave a gap, other joints or pictures than the first one.
    """
    done: list[Imported] = []
    first = _read(paths[0], columns)
    fps = float(fps or _whole_rate(first))
    joints = Feature("float32", (len(first.names),), list(first.names))
    features = {"observation.state": joints, **({"action": joints} if first.has_action else {})}
    films = first_features(first.path, first.cameras, size)
    with written(out, {**features, **films}, fps, version) as writer:
        for path in paths:
            one = _read(path, columns)
            _check_alike(first, one, path)
            steady, from_s, times = _steady(one, fps)
            rows: dict[str, Any] = {"observation.state": steady.state}
            if steady.action is not None:
                rows["action"] = steady.action
            shown = picture_columns(path, one.cameras, size, from_s, times, films)
            writer.add(
                {**rows, **{name: picture_column(kept) for name, kept in shown.items()}},
                [task] * len(times),
                pictures={k: picture_statistics(kept, f"{path}: {k}") for k, kept in shown.items()},
            )
            done.append(steady)
    return done


@dataclass(frozen=True)
class _File:
    names: tuple[str, ...]
    time_s: np.ndarray
    state: np.ndarray
    action: np.ndarray | None
    cameras: Mapping[str, str]
    unused: tuple[str, ...]
    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    @property
    def has_action(self) -> bool:
        return self.action is not None


def _read(path: Path, columns: ColumnsFile | None) -> _File:
    arrays = load_arrays(path)
    if columns is None or (
        columns.time is None and columns.state is None and columns.action is None
    ):
        columns = _our_columns(path, arrays, {} if columns is None else columns.cameras)
    if columns.state is None or columns.time is None:
        what = "[state]" if columns.state is None else 'time, as in time = "time_s"'
        raise DataError(
            f"{columns.source}: does not say {what}. The file has: {described(arrays)}."
        )
    names = tuple(columns.state)
    places = {which: columns.places(which, names) for which in ("state", "action")}
    used = {place.array for found in places.values() for place in found or ()} | {columns.time}
    tables = {
        k: v.reshape(len(v), -1) for k, v in arrays.items() if v.ndim and v.dtype.kind in "fiu"
    }
    for name in used:
        if name not in tables:
            raise DataError(f"{path}: has no numbers called '{name}'. It has: {described(arrays)}.")
        if len(tables[name]) != len(tables[columns.time]):
            raise DataError(
                f"{path}: '{name}' has {len(tables[name])} rows, and there are "
                f"{len(tables[columns.time])} times. Write arrays of one length."
            )
    time_s = tables[columns.time][:, 0].astype(float)
    state, action = (
        None if found is None else gathered(found, tables, {}, str(path))
        for found in places.values()
    )
    assert state is not None
    used |= {OURS["names"], *columns.cameras.values()}
    unused = tuple(name for name in (*arrays, *larger_arrays(path)) if name not in used)
    one = _File(names, time_s, state, action, columns.cameras, unused, path)
    _check(one)
    return one


def _our_columns(
    path: Path, arrays: Mapping[str, np.ndarray], cameras: Mapping[str, str]
) -> ColumnsFile:
    """A recording of the SDK says itself where its joints stand."""
    needed = [OURS[key] for key in ("state", "names", "time")]
    missing = [name for name in needed if name not in arrays]
    if missing or arrays[OURS["names"]].dtype.kind != "U":
        raise DataError(
            f"{path}: is no recording of the SDK ({', '.join(missing) or 'joint_names'} missing), so "
            f"nothing says which joint a number is. It has: {described(arrays)}. Say it in a file, "
            '--columns FILE: time = "...", [state] with a line for each joint, as in '
            'thumb = "qpos[0]", and [action] the same.'
        )
    names = [str(name) for name in arrays[OURS["names"]]]
    tables = [
        {name: Place(OURS[which], k) for k, name in enumerate(names)}
        if OURS[which] in arrays
        else None
        for which in ("state", "action")
    ]
    return ColumnsFile(*tables, time=OURS["time"], source=str(path), cameras=cameras)


def _check(one: _File) -> None:
    for what, values in (("state", one.state), ("action", one.action)):
        if values is not None and not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            raise DataError(
                f"{one.where}: {what} of '{one.names[column]}' is {values[row, column]} in row {row}. "
                "Cut or mend the row; nothing is filled in for you.",
                row=int(row),
            )
    steps = np.diff(one.time_s)
    if len(steps) == 0:
        raise DataError(f"{one.where}: has {len(one.time_s)} rows; an episode needs two.")
    if not (steps > 0).all():
        row = int(np.flatnonzero(~(steps > 0))[0]) + 1
        raise DataError(
            f"{one.where}: time does not increase at row {row}. Sort or cut the rows.", row=row
        )
    if steps.max() > GAP_S:
        row = int(steps.argmax()) + 1
        raise DataError(
            f"{one.where}: {steps.max():.2f} s pass before row {row}, and no more than {GAP_S} s are "
            "bridged. Cut the file there into two episodes. Times are in seconds.",
            row=row,
        )


def _whole_rate(one: _File) -> float:
    return max(1.0, float(np.rint(1.0 / np.median(np.diff(one.time_s)))))


def _check_alike(first: _File, one: _File, path: Path) -> None:
    if one.names != first.names or (one.action is None) != (first.action is None):
        raise DataError(
            f"{path}: has other joints than {first.where}, or only one of them has actions. Import "
            "them as datasets of their own."
        )


def _steady(one: _File, fps: float) -> tuple[Imported, np.ndarray, np.ndarray]:
    """The rows, the file's times from 0 on, and the rows' [s]."""
    from_s = one.time_s - one.time_s[0]
    times = np.arange(int(np.floor(from_s[-1] * fps + 1e-6)) + 1) / fps
    action = None if one.action is None else resampled(one.action, from_s, times)
    steps = np.diff(one.time_s)
    steady = Imported(
        resampled(one.state, from_s, times),
        action,
        float(1.0 / np.median(steps)),
        float(steps.max()),
        one.unused,
    )
    return steady, from_s, times


def resampled(
    values: Float[np.ndarray, "T D"],
    from_s: Float[np.ndarray, " T"],
    times: Float[np.ndarray, " N"],
) -> Float[np.ndarray, "N D"]:
    """Rows at other times, linear between their neighbours."""
    return np.stack([np.interp(times, from_s, column) for column in values.T], axis=-1)
