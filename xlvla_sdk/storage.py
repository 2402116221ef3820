"""The user's data folder, and writing a file or a folder whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import platformdirs

from xlvla_sdk.errors import DataError

try:
    import fcntl
except ImportError:  # Windows: two writers of one folder are not kept apart there
    fcntl = None


def data_folder() -> Path:
    """The user's data folder: `XLVLA_DATA`, else the platform's own place."""
    given = os.environ.get("XLVLA_DATA")
    return Path(given) if given else platformdirs.user_data_path("xlvla")


class written_beside:  # noqa: N801  (used like a function)
    """A context that gives a path beside the wanted one and renames on success.

    On an error the file beside is removed and what was there before stays.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.beside = path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.beside

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self.beside.replace(self.path)
        finally:
            self.beside.unlink(missing_ok=True)  # still there only when something went wrong


class folder_written_beside:  # noqa: N801  (used like a function)
    """As `written_beside`, for a folder of many files: moved into place when it is whole.

    The folder beside is hidden. What an interrupted writer left there is removed by the next
    one, which begins anew.

    Args:
        path: The wanted folder, which must not exist.

    Raises:
        DataError: When it exists, or another process is writing it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.beside = path.with_name(f".{path.name}.part")
        self._lock = -1

    def __enter__(self) -> Path:
        if self.path.exists() or self.path.is_symlink():
            raise DataError(
                f"{self.path}: is there already, and nothing is written over it. Name another "
                "folder, or remove that one."
            )
        self.beside.mkdir(parents=True, exist_ok=True)
        self._lock = locked(self.beside, self.path)
        try:
            for left in self.beside.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        except BaseException:
            os.close(self._lock)
            raise
        return self.beside

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self.beside.replace(self.path)
            else:
                shutil.rmtree(self.beside, ignore_errors=True)
        finally:
            os.close(self._lock)


def locked(folder: Path, wanted: Path) -> int:
    """A lock on a folder that goes when this process does.

    Args:
        folder: What is locked.
        wanted: What is being written, for the message.

    Returns:
        A descriptor; closing it gives the lock up.

    Raises:
        DataError: Another process has it.
    """
    lock = os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise DataError(
            f"{wanted}: another process is writing it. Wait for it, or name another folder."
        ) from error
    return lock
