"""Card: what the meta/ folder of an encoded dataset tells a policy that is trained on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from xlvla_sdk.errors import DataError

STATE, ACTION = "observation.state", "action"
ARM_WIDTH = 9
"""Columns of an arm: pinch point and the palm's rotation, three and six."""
OPENPI_CAMERAS: Mapping[str, str] = MappingProxyType(
    {
        "front": "base_0_rgb",
        "left_wrist": "left_wrist_0_rgb",
        "right_wrist": "right_wrist_0_rgb",
    }
)
"""Our cameras by the names under which pi0 takes pictures; it takes these three and no other."""
_PROTOCOL = 1
_STATISTICS = ("mean", "std", "q01", "q99")


@dataclass(frozen=True)
class Card:
    """What the rows of a dataset are.

    Attributes:
        root: The dataset's folder, of which meta/ alone is read.
        layout: Name of the row format.
        space: Id of the latent space, `name@hash8`; None for a layout without one.
        sides: What a row carries, right first: `right:hand+arm`.
        width: Numbers of a row.
        rate_hz: Rows per second.
        horizon: Rows of a chunk that the dataset was made for.
        lengths: Rows of each episode.
        statistics: `state` and `actions` to mean, std, q01, q99, an array of a row's width each.
        cameras: pi0's camera to the dataset's column.
        prompts: The tasks' texts.
    """

    root: Path
    layout: str
    space: str | None
    sides: tuple[str, ...]
    width: int
    rate_hz: float
    horizon: int
    lengths: tuple[int, ...]
    statistics: Mapping[str, Mapping[str, np.ndarray]]
    cameras: Mapping[str, str]
    prompts: tuple[str, ...]

    @property
    def latent_dim(self) -> int:
        """Columns of one hand; 0 where a row has none."""
        parts = [part for side in self.sides for part in _parts(side)]
        hands, arms = parts.count("hand"), parts.count("arm")
        columns, left = divmod(self.width - ARM_WIDTH * arms, max(hands, 1))
        if left or (hands > 0) != (columns > 0):
            raise DataError(
                f"{self.root}: rows of {self.width} numbers cannot be {', '.join(self.sides)} with "
                f"{ARM_WIDTH} for each arm. Encode the dataset again.",
                width=self.width,
            )
        return columns

    def metadata(self, horizon: int) -> dict[str, Any]:
        """What a server tells a runner, `{"xlvla": …}`, for a policy that answers `horizon` rows.

        Source:
            docs/concepts/policy.md; `xlvla_sdk.policy.Metadata` reads it.
        """
        said = {
            "protocol": _PROTOCOL,
            "layout": self.layout,
            "space": self.space,
            "latent_dim": self.latent_dim,
            "rate_hz": self.rate_hz,
            "horizon": horizon,
            "history": 0,
            "sides": [
                {
                    "side": side.split(":")[0],
                    "hand": "hand" in _parts(side),
                    "arm": "arm" in _parts(side),
                }
                for side in self.sides
            ],
        }
        return {"xlvla": said}


def load_card(root: Path, cameras: Mapping[str, str] | None = None) -> Card:
    """Reads meta/ of an encoded or merged dataset in LeRobot's format v2.1.

    Args:
        root: The dataset, or a folder with a copy of its meta/: a server needs no more.
        cameras: pi0's camera to the dataset's column; by name when left out.

    Raises:
        DataError: The dataset is of another format, was not encoded, has statistics that cannot
            be divided by, or has cameras of which none is one of pi0's.
    """
    info, said, statistics = (
        _json(root / "meta" / name) for name in ("info.json", "xlvla.json", "stats.json")
    )
    if info.get("codebase_version") != "v2.1":
        raise DataError(
            f"{root}: is in LeRobot's format {info.get('codebase_version')}; openpi reads v2.1 alone. "
            "Write `xlvla data convert OLD NEW --to v2.1`."
        )
    try:
        if said["layout"] is None:
            raise DataError(
                f"{root}: holds raw joints, which mean another thing on every body. Run `xlvla data "
                "encode` on it first."
            )
        width = int(info["features"][STATE]["shape"][0])
        return Card(
            root=root,
            layout=said["layout"],
            space=said["space"],
            sides=tuple(said["sides"]),
            width=width,
            rate_hz=float(said["rate_hz"]),
            horizon=int(said["horizon"]),
            lengths=tuple(int(one["length"]) for one in _lines(root / "meta" / "episodes.jsonl")),
            statistics={
                "state": _statistics(root, statistics, STATE, width),
                "actions": _statistics(root, statistics, ACTION, width),
            },
            cameras=_cameras(root, info["features"], cameras),
            prompts=tuple(str(one["task"]) for one in _lines(root / "meta" / "tasks.jsonl")),
        )
    except (LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"{root}: its meta/ is not whole ({error!r}). Encode or merge the dataset again."
        ) from error


def _parts(side: str) -> list[str]:
    return side.partition(":")[2].split("+")


def _statistics(root: Path, found: Any, column: str, width: int) -> dict[str, np.ndarray]:
    values = {name: np.asarray(found[column][name], dtype=np.float32) for name in _STATISTICS}
    for name, value in values.items():
        if value.shape != (width,) or not np.isfinite(value).all():
            raise DataError(
                f"{root}: '{name}' of '{column}' in meta/stats.json is {value.shape}, or not finite; "
                f"wanted are {width} numbers. Encode or merge the dataset again."
            )
    if (values["std"] <= 0.0).any():
        raise DataError(
            f"{root}: '{column}' number {int(np.argmin(values['std']))} never changes, and its "
            "deviation in meta/stats.json is 0: training would divide by it. `xlvla data merge` and "
            "`encode` write a least deviation."
        )
    return values


def _cameras(
    root: Path, features: Mapping[str, Any], said: Mapping[str, str] | None
) -> dict[str, str]:
    """pi0's camera to the dataset's column."""
    there = [name for name, one in features.items() if one["dtype"] in ("image", "video")]
    if said is None:
        ends = {name.rpartition(".")[2]: name for name in there}
        found = {theirs: ends[ours] for ours, theirs in OPENPI_CAMERAS.items() if ours in ends}
        if there and not found:
            raise DataError(
                f"{root}: none of its cameras ({', '.join(there)}) is called front, left_wrist or "
                "right_wrist. Say which is which: cameras={'base_0_rgb': '" + there[0] + "'}."
            )
        return found
    known = tuple(OPENPI_CAMERAS.values())
    for theirs, column in said.items():
        if theirs not in known or column not in there:
            raise DataError(
                f"{root}: cameras={{'{theirs}': '{column}'}} does not fit. pi0 takes "
                f"{', '.join(known)}; the dataset has {', '.join(there) or 'no camera'}."
            )
    return dict(said)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}). Train on a dataset that `xlvla data encode` "
            "or `merge` wrote with --to v2.1.",
            path=path,
        ) from error
    except ValueError as error:
        raise DataError(f"{path}: is no JSON ({error}). Copy it again.", path=path) from error


def _lines(path: Path) -> list[Any]:
    try:
        return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}). Copy it again.", path=path) from error
