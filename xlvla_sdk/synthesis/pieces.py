"""Pieces: what is done of a long job, kept beside its output until that is whole."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlvla_sdk.errors import DataError
from xlvla_sdk.storage import locked, written_beside

log = logging.getLogger(__name__)

PLAN = "plan.json"


class Pieces:
    """A context manager around a hidden folder of files, one a piece, each whole or not there.

    A job that is killed leaves it; the next one with the same plan goes on with what is in it. One
    with another plan begins anew. When the job has ended well the folder is gone.

    Args:
        out: What the job makes; it must not exist.
        plan: All that decides what a piece holds, as JSON.
        suffix: Of the pieces' files.

    Attributes:
        folder: Where the pieces are.

    Raises:
        DataError: When `out` exists, or another process is making it.
    """

    def __init__(self, out: Path, plan: Mapping[str, Any], suffix: str) -> None:
        self._out = out
        self._plan = json.loads(json.dumps(plan))
        self._suffix = suffix
        self._lock = -1
        self.folder = out.with_name(f".{out.name}.pieces")

    def path(self, number: int) -> Path:
        """Where a piece is, or will be."""
        return self.folder / f"{number:06d}{self._suffix}"

    def has(self, number: int) -> bool:
        """Whether a piece is there."""
        return self.path(number).is_file()

    def __len__(self) -> int:
        return len(list(self.folder.glob(f"*{self._suffix}")))

    def __enter__(self) -> Pieces:
        if self._out.exists() or self._out.is_symlink():
            raise DataError(
                f"{self._out}: is there already, and nothing is written over it. Name another "
                "folder, or remove that one."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = locked(self.folder, self._out)
        try:
            self._prepare()
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                shutil.rmtree(self.folder)
        finally:
            os.close(self._lock)

    def _prepare(self) -> None:
        if self._found_plan() == self._plan:
            if found := len(self):
                log.info("%s: goes on after %d that were done before", self._out, found)
            return
        for left in self.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        with written_beside(self.folder / PLAN) as beside:
            beside.write_text(json.dumps(self._plan, indent=1))

    def _found_plan(self) -> Any:
        try:
            return json.loads((self.folder / PLAN).read_text())
        except (OSError, ValueError):
            return None
