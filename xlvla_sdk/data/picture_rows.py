"""Pictures that a lab has beside its joints: an array of the file, or files in a folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.data.arrays import opened_array
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.pictures import IMAGES, fitted, jpeg, picture_feature, picture_size
from xlvla_sdk.errors import DataError

PLACE = "{file}"
"""In a pattern: the name of the file that is imported, without its ending."""


class PictureRows(ABC):
    """A picture for each row."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, row: int) -> bytes:
        """One picture, encoded; DataError when it is none."""


@contextmanager
def opened_pictures(path: Path, said: str, size: int | None) -> Iterator[PictureRows]:
    """The pictures that a columns file says, for a file that is imported; read one at a time.

    Args:
        path: The file.
        said: The name of an array: uint8 (T, height, width, 3), or encoded pictures (T,), a number of
            bytes each or padded with zeros (T, longest). Or, with a `*` in it, the pattern of files,
            beside `path` and in the order of their names; `{file}` is the name of `path`.
        size: Height and width to bring them to [pixels]; None leaves them as they are.

    Raises:
        DataError: There is no such array, one that holds no pictures, or no such files.
    """
    if "*" in said:
        yield _Files(_matching(path, said), size)
        return
    with opened_array(path, said) as array:
        yield _of_array(array, f"{path}: '{said}'", size)


def nearest_pictures(
    pictures: PictureRows,
    from_s: Float[np.ndarray, " T"],
    times: Float[np.ndarray, " N"],
    where: str,
) -> list[bytes]:
    """For each of `times` the picture of the row nearest to it, encoded.

    Args:
        pictures: One for each of the file's rows.
        from_s: The file's times [s], increasing.
        times: Those wanted [s].
        where: What messages call the pictures.

    Raises:
        DataError: There are more or fewer pictures than rows, of several sizes, or one is none.
    """
    if len(pictures) != len(from_s):
        raise DataError(
            f"{where}: there are {len(pictures)} pictures and {len(from_s)} times. Give a picture for each "
            "time."
        )
    after = np.clip(np.searchsorted(from_s, times), 1, len(from_s) - 1)
    nearest = after - (times - from_s[after - 1] < from_s[after] - times)
    read = {int(row): pictures.read(int(row)) for row in dict.fromkeys(nearest)}
    sizes: dict[tuple[int, int], int] = {}
    for row, data in read.items():
        sizes.setdefault(picture_size(data, f"{where}, row {row}"), row)
    if len(sizes) > 1:
        (first, row), (other, odd) = list(sizes.items())[:2]
        raise DataError(
            f"{where}: its pictures are {first} in row {row} and {other} in row {odd} (height, width). Give "
            "--size, so that all are brought to one."
        )
    return [read[int(row)] for row in nearest]


def first_features(path: Path, cameras: Mapping[str, str], size: int | None) -> dict[str, Feature]:
    """The columns of a file's pictures, by their first ones; DataError as `opened_pictures` says."""
    features = {}
    for name, said in cameras.items():
        with opened_pictures(path, said, size) as pictures:
            if len(pictures) == 0:
                raise DataError(
                    f"{path}: camera '{name}' has no pictures. Leave it out of [cameras]."
                )
            first = picture_size(pictures.read(0), f"{path}: '{said}', row 0")
        features[f"{IMAGES}{name}"] = picture_feature(*first)
    return features


def picture_columns(
    path: Path,
    cameras: Mapping[str, str],
    size: int | None,
    from_s: Float[np.ndarray, " T"],
    times: Float[np.ndarray, " N"],
    features: Mapping[str, Feature],
) -> dict[str, list[bytes]]:
    """Each column's pictures at `times`; see `nearest_pictures`.

    Raises:
        DataError: As it says, or they are of another size than the feature's.
    """
    found = {}
    for name, said in cameras.items():
        where, feature = f"{path}: '{said}'", features[f"{IMAGES}{name}"]
        with opened_pictures(path, said, size) as pictures:
            kept = nearest_pictures(pictures, from_s, times, where)
        height, width = picture_size(kept[0], where)
        if (height, width) != feature.shape[:2]:
            raise DataError(
                f"{where}: its pictures are {height} x {width}, those of the first file are "
                f"{feature.shape[0]} x {feature.shape[1]}. Give --size, so that all are brought to one."
            )
        found[f"{IMAGES}{name}"] = kept
    return found


class _Files(PictureRows):
    """Files in the order of their names."""

    def __init__(self, paths: Sequence[Path], size: int | None) -> None:
        self._paths, self._size = paths, size

    def __len__(self) -> int:
        return len(self._paths)

    def read(self, row: int) -> bytes:
        path = self._paths[row]
        return _checked(path.read_bytes(), str(path), self._size)


class _Pixels(PictureRows):
    """An array (T, height, width, 3)."""

    def __init__(self, array: Any, where: str, size: int | None) -> None:
        self._array, self._where, self._size = array, where, size

    def __len__(self) -> int:
        return len(self._array)

    def read(self, row: int) -> bytes:
        return jpeg(np.asarray(_row(self._array, row, self._where)), self._size)


class _Encoded(PictureRows):
    """An array of encoded pictures."""

    def __init__(self, array: Any, where: str, size: int | None) -> None:
        self._array, self._where, self._size = array, where, size

    def __len__(self) -> int:
        return len(self._array)

    def read(self, row: int) -> bytes:
        value = _row(self._array, row, self._where)
        data = value if isinstance(value, bytes) else np.asarray(value).tobytes()
        return _checked(data, f"{self._where}, row {row}", self._size)


def _of_array(array: Any, where: str, size: int | None) -> PictureRows:
    if array.dtype == np.uint8 and array.ndim == 4 and array.shape[3] == 3:
        return _Pixels(array, where, size)
    if (array.dtype.kind in "SO" and array.ndim == 1) or (
        array.dtype == np.uint8 and array.ndim == 2
    ):
        return _Encoded(array, where, size)
    raise DataError(
        f"{where} is {array.shape} of {array.dtype}: no pictures. Wanted are uint8 (rows, height, width, "
        "3), red, green and blue, or encoded pictures, one a row."
    )


def _row(array: Any, row: int, where: str) -> Any:
    try:
        return array[row]
    except OSError as error:
        raise DataError(
            f"{where}, row {row}: cannot be read ({error}). The file is cut off; copy it again."
        ) from error


def _matching(path: Path, said: str) -> list[Path]:
    pattern = said.replace(PLACE, path.stem)
    found = sorted(path.parent.glob(pattern))
    if not found:
        raise DataError(f"{path.parent / pattern}: there are no such files. Check the pattern.")
    return found


def _checked(data: bytes, where: str, size: int | None) -> bytes:
    """A picture as it is, its head looked at; or one of the size."""
    picture_size(data, where)
    return data if size is None else fitted(data, size)
