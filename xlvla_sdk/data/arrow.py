"""Arrow and Parquet, for the whole room: alone imports pyarrow, and says how to get it."""

from __future__ import annotations

from pathlib import Path

from xlvla_sdk.errors import DataError

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:  # also: pyarrow 26 refuses numpy 1 at import
    raise DataError(
        f"datasets are read and written with pyarrow, which cannot be used ({error}). "
        "Write `pip install xlvla-sdk[data]`."
    ) from error

__all__ = ["opened", "pa", "pq", "read_table"]


def opened(path: Path, what: str) -> pq.ParquetFile:
    """A Parquet file, its footer read.

    Args:
        path: The file.
        what: What it holds, for the message (`episode 7`).

    Raises:
        DataError: There is no such file, or it is cut off or damaged.
    """
    try:
        return pq.ParquetFile(path, memory_map=True)
    except FileNotFoundError as error:
        raise DataError(
            f"{path}: there is no such file, and {what} should be in it. Copy the dataset again, "
            "whole, or take the episode out of meta/.",
            path=path,
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(damaged(path, what, error), path=path) from error


def read_table(path: Path, what: str, columns: list[str] | None = None) -> pa.Table:
    """A whole Parquet file; DataError as `opened` has it."""
    with opened(path, what) as file:
        return read_groups(file, path, what, list(range(file.num_row_groups)), columns)


def read_groups(
    file: pq.ParquetFile, path: Path, what: str, groups: list[int], columns: list[str] | None
) -> pa.Table:
    """Row groups of an open file; DataError when they are damaged."""
    try:
        return file.read_row_groups(groups, columns=columns, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise DataError(damaged(path, what, error), path=path) from error


def damaged(path: Path, what: str, error: Exception) -> str:
    """What to say of a file that cannot be read."""
    size = path.stat().st_size
    why = str(error).strip().splitlines()[0].rstrip(".")
    return (
        f"{path}: {what} cannot be read: the file ({size} bytes) is cut off, damaged or no Parquet "
        f"({why}). Copy it again from where the dataset came from."
    )
