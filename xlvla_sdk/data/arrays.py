"""Arrays of a file that a lab has: NPZ, or HDF5 with h5py, which it alone imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.errors import DataError, XlvlaError

HDF5 = (".h5", ".hdf5")


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """Every array of one or two axes of a file, by name; HDF5's by their path, `observations/qpos`.

    Raises:
        DataError: No such file, one of another kind, or a damaged one.
    """
    with _read(path):
        return _hdf5(path) if path.suffix in HDF5 else _npz(path)


def larger_arrays(path: Path) -> tuple[str, ...]:
    """Names of a file's other arrays, of more axes or of bytes: pictures, mostly.

    Raises:
        DataError: As `load_arrays` says.
    """
    with _read(path):
        if path.suffix not in HDF5:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                return tuple(name for name in file.files if _axes(file, name) > 2)
        found: list[str] = []

        def visit(name: str, one: Any) -> None:
            if isinstance(one, h5py.Dataset) and (one.ndim > 2 or _is_bytes(one)):
                found.append(name)

        h5py = _h5py(path)
        with h5py.File(path, "r") as file:
            file.visititems(visit)
        return tuple(found)


@contextmanager
def opened_array(path: Path, name: str) -> Iterator[Any]:
    """One array of a file, its rows read when they are asked for; an NPZ's is read whole.

    Raises:
        DataError: As `load_arrays` says, or there is no such array.
    """
    with ExitStack() as until:
        with _read(path):
            if path.suffix in HDF5:
                file = until.enter_context(_h5py(path).File(path, "r"))
                one = file.get(name)
                names, array = list(file), one if hasattr(one, "ndim") else None
            else:
                opened = until.enter_context(path.open("rb"))
                file = until.enter_context(np.load(opened, allow_pickle=False))
                names, array = file.files, file[name] if name in file.files else None
        if array is None:
            raise DataError(f"{path}: has no array '{name}'. It has: {', '.join(names)}.")
        yield array


@contextmanager
def _read(path: Path) -> Iterator[None]:
    """What goes wrong when a file is read, in our words."""
    if path.suffix not in (".npz", *HDF5):
        raise DataError(f"{path}: .npz, .h5 and .hdf5 are imported, not '{path.suffix}'.")
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file. Check the path.") from error
    except XlvlaError:
        raise
    except Exception as error:  # both libraries raise many kinds for a broken file
        raise DataError(
            f"{path}: cannot be read ({error}). It is cut off, or no {path.suffix[1:]} file of plain "
            "arrays; copy it again."
        ) from error


def _npz(path: Path) -> dict[str, np.ndarray]:
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        return {name: file[name] for name in file.files if _axes(file, name) <= 2}


def _axes(file: Any, name: str) -> int:
    """How many axes an array of an NPZ has, from its head."""
    with file.zip.open(f"{name}.npy") as opened:
        version = np.lib.format.read_magic(opened)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else (np.lib.format.read_array_header_2_0)
        )
        return len(read(opened)[0])


def _h5py(path: Path) -> Any:
    try:
        import h5py
    except ImportError as error:
        raise DataError(
            f"{path}: HDF5 is read with h5py, which is not installed. Write "
            "`pip install xlvla-sdk[hdf5]`."
        ) from error
    return h5py


def _hdf5(path: Path) -> dict[str, np.ndarray]:
    h5py = _h5py(path)
    found: dict[str, np.ndarray] = {}

    def visit(name: str, one: Any) -> None:
        if (
            isinstance(one, h5py.Dataset)
            and one.dtype.kind in "fiubSO"
            and one.ndim <= 2
            and not _is_bytes(one)
        ):
            found[name] = _texts(one) if one.dtype.kind in "SO" else one[()]

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def _is_bytes(one: Any) -> bool:
    """Whether each row of an HDF5 array holds a number of bytes of its own."""
    kind = (one.dtype.metadata or {}).get("vlen")
    return kind is not None and kind not in (str, bytes)


def _texts(one: Any) -> np.ndarray:
    values = np.asarray(one.asstr()[()]) if one.dtype.kind == "O" else np.char.decode(one[()])
    return values.astype(str)


def described(arrays: Mapping[str, np.ndarray]) -> str:
    """Names and shapes, for messages."""
    return ", ".join(f"{name} {one.shape}" for name, one in arrays.items()) or "nothing"
