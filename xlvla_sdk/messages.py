"""What travels between the rooms: one instant, one chunk of rows, one recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import DataError
from xlvla_sdk.storage import written_beside


@dataclass(frozen=True)
class JointState:
    """What a driver reads in one go.

    Attributes:
        qpos: Measured joint positions [rad, m].
        time_s: When, on the driver's clock [s]; None where the driver has none.
        velocity: Joint velocities [rad/s, m/s], where the device gives them.
        current: Motor currents [A], where the device gives them.
        force: Forces at the joints' fingers [N], where the device gives them.
        torque: Joint torques [N m], where the device gives them.
        temperature: Motor temperatures [deg C], where the device gives them.
        touch: Touch sensors by their place (`thumb_tip`), where the device has them; what a value
            means (N, or the sensor's own unit) the driver says.
        faults: What is wrong, in words, naming the joint where it is one's; empty when nothing is.
        alarms: Those of the faults with which a device must not be moved on: the device itself says
            that a motor is too hot, draws too much, or has failed.
    """

    qpos: Float[np.ndarray, " D"]
    time_s: float | None = None
    velocity: Float[np.ndarray, " D"] | None = None
    current: Float[np.ndarray, " D"] | None = None
    force: Float[np.ndarray, " D"] | None = None
    torque: Float[np.ndarray, " D"] | None = None
    temperature: Float[np.ndarray, " D"] | None = None
    touch: Mapping[str, Float[np.ndarray, "..."]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    faults: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observation:
    """One instant as a policy sees it.

    Attributes:
        state: The row of now, in the policy's layout.
        time_s: Seconds since the episode's first row.
        state_history: Rows ending with now, oldest first, when the policy asked for them.
        images: Camera name to image, uint8 (height, width, 3).
        prompt: What to do, in words.
        things: Name of a thing to its origin [m], then the first and the second column of its
            rotation, in the task frame; only for a policy that asked for it.
    """

    state: Float[np.ndarray, " A"]
    time_s: float
    state_history: Float[np.ndarray, "K A"] | None = None
    images: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    prompt: str | None = None
    things: Mapping[str, Float[np.ndarray, "9"]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True)
class ActionChunk:
    """What a policy answers with.

    Attributes:
        rows: (H, A) rows in `layout`.
        layout: Name of the row format.
        dt: Time between rows [s].
        final: Whether the episode is over after these rows.
    """

    rows: Float[np.ndarray, "H A"]
    layout: str
    dt: float
    final: bool = False


@dataclass(frozen=True)
class Recording:
    """Joint trajectories by name: an NPZ of `qpos`, maybe `action`, `joint_names` and `time_s`.

    Attributes:
        qpos: Measured positions [rad, m].
        action: Commanded positions [rad, m], or None.
        joint_names: Names of the columns.
        time_s: Seconds since the first row, increasing.
        source: Where it was read from, for messages.
    """

    qpos: Float[np.ndarray, "T D"]
    action: Float[np.ndarray, "T D"] | None
    joint_names: tuple[str, ...]
    time_s: Float[np.ndarray, " T"]
    source: str = "recording"

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def rate_hz(self) -> float:
        """Rows per second, from the median step."""
        return float(1.0 / np.median(np.diff(self.time_s))) if len(self) > 1 else float("nan")

    def array(self, name: str) -> Float[np.ndarray, "T D"]:
        """`qpos` or `action`; DataError when the recording has no such array."""
        values = {"qpos": self.qpos, "action": self.action}.get(name)
        if values is None:
            raise DataError(
                f"{self.source}: has no array '{name}'. It has qpos{', action' if self.action is not None else ''}."
            )
        return values

    def columns(self, names: tuple[str, ...]) -> list[int]:
        """Where the named joints stand.

        Raises:
            DataError: Naming the joints that are missing, and what there is.
        """
        missing = [name for name in names if name not in self.joint_names]
        if missing:
            raise DataError(
                f"{self.source}: has no column for {', '.join(missing)}. "
                f"Its columns are: {', '.join(self.joint_names)}.",
                missing=tuple(missing),
            )
        return [self.joint_names.index(name) for name in names]

    def select(self, names: tuple[str, ...]) -> Recording:
        """The named columns only, in the order given; DataError when one is missing."""
        at = self.columns(names)
        action = None if self.action is None else self.action[:, at]
        return replace(self, qpos=self.qpos[:, at], action=action, joint_names=tuple(names))

    @staticmethod
    def load(path: Path | str) -> Recording:
        """Reads a recording and refuses what cannot be right.

        Raises:
            DataError: No such file, no NPZ, an array missing or of another shape, NaN, a joint
                named twice, time that does not increase.
        """
        path = Path(path)
        try:
            # numpy leaves a broken archive open where it opened it itself
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
        except FileNotFoundError as error:
            raise DataError(f"{path}: there is no such file. Check the path.") from error
        except Exception as error:  # numpy raises many kinds for a broken archive
            raise DataError(
                f"{path}: is not a whole NPZ of plain arrays ({error}). "
                "Write it with numpy.savez: qpos (T, D), joint_names (D,), time_s (T,), maybe action."
            ) from error
        for key in ("qpos", "joint_names", "time_s"):
            if key not in arrays:
                raise DataError(
                    f"{path}: has no array '{key}'. It has: {', '.join(arrays) or 'none'}."
                )
        names = _names(path, arrays["joint_names"])
        shape = (arrays["time_s"].size, len(names))
        recording = Recording(
            _numbers(path, "qpos", arrays["qpos"], shape),
            _numbers(path, "action", arrays["action"], shape) if "action" in arrays else None,
            names,
            _numbers(path, "time_s", arrays["time_s"], shape[:1]),
            str(path),
        )
        recording._check()
        return recording

    def save(self, path: Path | str, beside: Mapping[str, np.ndarray] | None = None) -> None:
        """Writes the recording beside `path`, then renames: never half a file.

        Args:
            path: An NPZ file.
            beside: Further arrays for the file; `load` passes over them.
        """
        path = Path(path)
        arrays: dict[str, np.ndarray] = {
            "qpos": self.qpos,
            "joint_names": np.array(self.joint_names),
            "time_s": self.time_s,
            **(beside or {}),
        }
        if self.action is not None:
            arrays["action"] = self.action
        with written_beside(path) as unfinished, unfinished.open("wb") as file:
            np.savez_compressed(file, **arrays)  # pyright: ignore[reportArgumentType]

    def _check(self) -> None:
        if len(self) == 0:
            raise DataError(f"{self.source}: has no rows. Record the motion again.")
        for key, values in (("qpos", self.qpos), ("action", self.action)):
            if values is not None and not np.isfinite(values).all():
                row, column = np.argwhere(~np.isfinite(values))[0]
                raise DataError(
                    f"{self.source}: {key} of '{self.joint_names[column]}' is {values[row, column]} in "
                    f"row {row}. Cut or mend the row; nothing is filled in for you."
                )
        if len(set(self.joint_names)) != len(self.joint_names):
            twice = sorted({n for n in self.joint_names if self.joint_names.count(n) > 1})
            raise DataError(
                f"{self.source}: joint names stand twice: {', '.join(twice)}. Rename or drop a column."
            )
        if not np.isfinite(self.time_s).all() or (np.diff(self.time_s) <= 0).any():
            raise DataError(
                f"{self.source}: time_s does not increase from row to row. Sort or cut the rows; "
                "times are seconds since the first."
            )


def _names(path: Path, values: np.ndarray) -> tuple[str, ...]:
    if values.dtype.kind != "U" or values.ndim != 1:
        raise DataError(
            f"{path}: joint_names is {values.shape} of {values.dtype}, wanted is one text for each "
            "column. Write it as numpy.array of str."
        )
    return tuple(str(name) for name in values)


def _numbers(path: Path, key: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if values.dtype.kind not in "fiu":
        raise DataError(f"{path}: {key} holds {values.dtype}, not numbers. Write it as float64.")
    if values.shape != shape:
        raise DataError(
            f"{path}: {key} is {values.shape}, wanted is {shape}: a row for each time, and a column "
            "for each joint name. Write arrays of one length."
        )
    return values.astype(float)
