"""Info: what meta/info.json says of a dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from xlvla_sdk.data.features import Feature, Features
from xlvla_sdk.errors import DataError

V21, V30 = "v2.1", "v3.0"
VERSIONS = (V21, V30)
CHUNK = 1000
"""Files in a folder, both formats' default."""


@dataclass(frozen=True)
class Info:
    """A dataset's card.

    Attributes:
        version: `v2.1` or `v3.0`.
        fps: Rows per second.
        features: Columns by name.
        episodes, frames: How many there are.
        data_path: Template of the Parquet files' paths.
        video_path: Template of the videos' paths; None where there are none.
        chunk: How many files a folder holds.
        robot_type: What the recorder called the robot.
        splits: Names to ranges of episodes, `{"train": "0:10"}`.
    """

    version: str
    fps: float
    features: Features
    episodes: int
    frames: int
    data_path: str
    video_path: str | None
    chunk: int = CHUNK
    robot_type: str | None = None
    splits: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def videos(self) -> tuple[str, ...]:
        """Names of the cameras whose pictures are videos."""
        return tuple(name for name, one in self.features.items() if one.dtype == "video")

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of all cameras."""
        return tuple(name for name, one in self.features.items() if one.is_camera)


def load_info(root: Path) -> Info:
    """Reads meta/info.json.

    Raises:
        DataError: No dataset, another version, or a key missing.
    """
    path = root / "meta" / "info.json"
    said = load_json(path, "a dataset's folder has it; name that folder")
    version = said.get("codebase_version")
    if version not in VERSIONS:
        raise DataError(
            f"{path}: the dataset is of version {version}; {' and '.join(VERSIONS)} are read. "
            "Convert it with LeRobot's own converter first.",
            version=version,
        )
    try:
        features = {k: Feature.parse(k, v, str(path)) for k, v in said["features"].items()}
        return Info(
            version,
            _fps(said["fps"]),
            features,
            int(said["total_episodes"]),
            int(said["total_frames"]),
            str(said["data_path"]),
            said.get("video_path"),
            int(said.get("chunks_size") or CHUNK),
            said.get("robot_type"),
            said.get("splits") or {},
        )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise DataError(f"{path}: is no whole card of a dataset ({error!r}). Mend it.") from error


def load_json(path: Path, mend: str) -> dict[str, Any]:
    """A JSON object; DataError when there is none at the path."""
    try:
        said = json.loads(path.read_text())
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): {mend}.", path=path) from error
    except ValueError as error:
        raise DataError(f"{path}: is no JSON ({error}). Copy it again.", path=path) from error
    if not isinstance(said, dict):
        raise DataError(f"{path}: holds no JSON object. Copy it again.", path=path)
    return said


def _fps(said: Any) -> float:
    fps = float(said)
    if not 0 < fps < 1e5:
        raise ValueError(f"fps is {said}")
    return fps
