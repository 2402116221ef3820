"""The user's data folder, and writing a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


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
