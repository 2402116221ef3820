"""Declared: what a package says to its own checks, in the file `checks.toml` beside its Python."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from xlvla_sdk.errors import SpecError

FILE = "checks.toml"


class Exchange(BaseModel):
    """Bytes that a driver and its device say to each other, from a manual or a recorded session.

    Attributes:
        name: What happens, in words.
        source: Where the bytes are from: manual and page, or the recording.
        wire: As in an address: `serial`.
        device: Whose driver, `acme_h6:right`; every one that has the wire, when left out.
        opening: The lines that opening the driver takes.
        does: What is asked of the driver then.
        qpos: What it is told, or has to read [rad, m].
        lines: `> 01 02` is sent, `< 03` arrives; a lone `<` is silence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    wire: str
    device: str | None = None
    opening: tuple[str, ...] = ()
    does: Literal["read", "command", "hold", "stop"]
    qpos: tuple[float, ...] | None = None
    lines: tuple[str, ...]

    @field_validator("opening", "lines")
    @classmethod
    def _whole(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        for line in lines:
            try:
                bytes.fromhex(line[1:])
            except ValueError:
                line = ""
            if line[:1] not in ("<", ">"):
                raise ValueError("a line is '> 01 02' (sent) or '< 03' (arrives), in hexadecimal")
        return lines


class Declared(BaseModel):
    """What a package declares.

    Attributes:
        exempt: A check that is expected to fail to the reason why; `DEVICE CHECK` for one device
            or wire alone.
        thumb_deviation: Device to how far the left thumb's tip is from a mirror image of the
            right's, at the most [m].
        patient: Options of an address with which a driver waits long, for busy machines.
        impatient: Options with which it waits shortly, for lines that bring no answer.
        exchange: Scripted exchanges.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    exempt: Mapping[str, str] = {}
    thumb_deviation: Mapping[str, float] = {}
    patient: Mapping[str, str] = {"timeout": "1"}
    impatient: Mapping[str, str] = {"timeout": "0.06"}
    exchange: tuple[Exchange, ...] = ()

    def reason(self, check: str, *places: str) -> str | None:
        """Why a check is exempt at a device or a wire (any of the places), or None."""
        keys = (check, *(f"{place} {check}" for place in places))
        return next((self.exempt[key] for key in keys if key in self.exempt), None)


def declared_by(package: str | None) -> Declared:
    """What a package declares; nothing, where it has no `checks.toml`.

    Raises:
        SpecError: When the file cannot be understood, naming the place.
    """
    if package is None:
        return Declared()
    path = Path(str(files(package))) / FILE
    if not path.is_file():
        return Declared()
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text())
        return Declared(**said)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: is no TOML: {error}. Mend that line.") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise SpecError(
            f"{path}: {where}: {fault['msg']}. docs/guides/ship.md says what stands in it."
        ) from error
