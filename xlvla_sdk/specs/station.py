"""Station: what a lab says of its devices, in one TOML file: places, addresses, calibrations."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs.pose import Pose
from xlvla_sdk.storage import written_beside


class JointCalibration(BaseModel):
    """What a joint's encoder says, and what is so: angle = sign * reading + offset.

    Attributes:
        sign: -1 where the encoder counts the other way round.
        offset: The joint's angle where the encoder says zero [rad, m].
        lower: The least angle that the joint reached [rad, m].
        upper: The greatest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sign: Literal[1, -1] = 1
    offset: float = 0.0
    lower: float
    upper: float

    @model_validator(mode="after")
    def _check(self) -> JointCalibration:
        if self.lower >= self.upper:
            raise ValueError(f"lower {self.lower:g} is not below upper {self.upper:g}")
        return self


Calibration = Mapping[str, JointCalibration]
"""By joint; a joint that is left out is as its spec says."""


class Station(BaseModel):
    """One lab's file.

    Attributes:
        task_base: Where arms stand: device (`xarm7:left`, `g1:right`) or side (`left`), the device
            before the side, to the pose of its base link in the task frame; of the wrist link for
            a hand without an arm.
        mounts: Arm and hand (`xarm7+inspire:right`) to the pose of the hand's wrist link in the
            arm's flange link.
        cameras: Name (`front`, `side`, `right_wrist`, `left_wrist`) to its address.
        addresses: Device (`inspire:right`, `xarm7`, `xarm7:left`) to its address.
        calibration: Device, then the serial number of one of them, to its joints' calibrations.
        source: Where it was read from, for messages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_base: Mapping[str, Pose] = {}
    mounts: Mapping[str, Pose] = {}
    cameras: Mapping[str, str] = {}
    addresses: Mapping[str, str] = {}
    calibration: Mapping[str, Mapping[str, Calibration]] = {}
    source: str = Field(default="no station", exclude=True)

    @field_validator("mounts")
    @classmethod
    def _check_mounts(cls, mounts: Mapping[str, Pose]) -> Mapping[str, Pose]:
        for key in mounts:
            if not re.fullmatch(r"[^+:]+\+[^+:]+:(right|left)", key):
                raise ValueError(f"'{key}' is no arm and hand; write it as \"xarm7+inspire:right\"")
        return mounts

    @staticmethod
    def load(path: Path | str) -> Station:
        """Reads a station file.

        Raises:
            SpecError: No such file, no TOML, or a key or value that means nothing, naming the
                nearest key that does.
        """
        path = Path(path)
        try:
            return _station(path.read_text(), str(path))
        except OSError as error:
            raise SpecError(
                f"{path}: cannot be read ({error.strerror}). Check the path."
            ) from error


def save_calibration(
    path: Path, device: str, serial: str, calibration: Mapping[str, JointCalibration]
) -> None:
    """Writes one device's calibration into a station file, which is made when there is none.

    The rest of the file stays as it is, comments too.

    Args:
        path: The file.
        device: The device's id, `inspire:right`.
        serial: Which of them.
        calibration: By joint.

    Raises:
        SpecError: The file cannot be read, or is written in a way that cannot be added to.
    """
    text = path.read_text() if path.exists() else ""
    before = _station(text, str(path))
    header = f"[calibration.{_key(device)}.{_key(serial)}]"
    lines = [
        f"{_key(joint)} = {{ sign = {c.sign}, offset = {c.offset!r}, lower = {c.lower!r}, "
        f"upper = {c.upper!r} }}"
        for joint, c in calibration.items()
    ]
    kept = _without_table(text, header).rstrip()
    text = "\n".join([*([kept, ""] if kept else []), header, *lines, ""])
    wanted = {name: dict(serials) for name, serials in before.calibration.items()}
    wanted.setdefault(device, {})[serial] = dict(calibration)
    after = _station(text, str(path))
    if after != before.model_copy(update={"calibration": wanted}):
        raise SpecError(
            f"{path}: the calibration of {device} stands in it in a form that cannot be replaced. "
            f"Delete it there; it is written as a table {header}."
        )
    with written_beside(path) as beside:
        beside.write_text(text)


def _station(text: str, source: str) -> Station:
    try:
        fields: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{source}: is no TOML ({error}). Mend that line.") from error
    known = [name for name in Station.model_fields if name != "source"]
    for key in fields:
        if key not in known:
            near = get_close_matches(key, known, n=1) or [
                ", ".join(known[:-1]) + f" or {known[-1]}"
            ]
            raise SpecError(f"{source}: '{key}' means nothing. Did you mean {near[0]}?")
    try:
        return Station(**fields, source=source)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise SpecError(f"{source}: {where}: {fault['msg']}.") from error


def _without_table(text: str, header: str) -> str:
    """The text without the lines from a table's header to the next header."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            inside = line.strip() == header
        if not inside:
            kept.append(line)
    return "\n".join(kept)


def _key(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
