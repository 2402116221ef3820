"""Where a body's joints stand in a dataset or a file: by name, or as a file of the user's says."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import DataError

ARRAYS = ("state", "action")
"""What is measured, and what is commanded."""
SUFFIX = ".pos"
"""What LeRobot's recorders write after a joint's name."""

_TEXT = re.compile(r"(?P<sign>-?)(?P<array>[^\[\]]+)\[(?P<column>[^\[\]]+)\](?P<degrees> deg)?")


@dataclass(frozen=True)
class Place:
    """Where one joint stands: `array[column]`, `-array[column]`, `array[column] deg`.

    Attributes:
        array: A dataset's column or a file's array (`observation.state`).
        column: Which number of a row; or its name.
        factor: What makes it the joint's own [rad, m]: -1 where the sign is the other one, pi/180
            where it is in degrees.
    """

    array: str
    column: int | str
    factor: float = 1.0

    @staticmethod
    def parse(text: str) -> Place:
        """A place as a columns file says it; ValueError when it is none."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"'{text}' is no place; write it as \"observation.state[3]\"")
        column = found["column"].strip()
        factor = (-1.0 if found["sign"] else 1.0) * (np.pi / 180.0 if found["degrees"] else 1.0)
        return Place(found["array"], int(column) if column.isdecimal() else column, factor)

    def __str__(self) -> str:
        degrees = " deg" if abs(self.factor) != 1.0 else ""
        return f"{'-' if self.factor < 0 else ''}{self.array}[{self.column}]{degrees}"


Places = tuple[Place, ...]
"""One for each joint, in the order of the body's qpos."""


@dataclass(frozen=True)
class ColumnsFile:
    """A TOML file that says where joints stand.

    Attributes:
        state, action: Joint to its place; None where the table is not there.
        time: The array of times [s], for files that are imported.
        cameras: Camera to its pictures, as `opened_pictures` takes them, for files that are imported.
        source: Its path, for messages.
    """

    state: Mapping[str, Place] | None
    action: Mapping[str, Place] | None
    time: str | None
    source: str
    cameras: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def load(path: Path) -> ColumnsFile:
        """Reads a columns file.

        Raises:
            DataError: No such file, no TOML, or a line that means nothing.
        """
        try:
            said = tomllib.loads(path.read_text())
        except OSError as error:
            raise DataError(
                f"{path}: cannot be read ({error.strerror}). Check the path."
            ) from error
        except ValueError as error:
            raise DataError(f"{path}: is no TOML ({error}). Mend that line.") from error
        for key in said:
            if key not in (*ARRAYS, "cameras", "time"):
                raise DataError(
                    f"{path}: '{key}' means nothing. There are tables [state], [action] and [cameras], "
                    "and time."
                )
        tables = [_table(path, name, said.get(name)) for name in ARRAYS]
        cameras = _cameras(path, said.get("cameras", {}))
        return ColumnsFile(*tables, time=said.get("time"), source=str(path), cameras=cameras)

    def places(self, which: str, joints: Sequence[str]) -> Places | None:
        """Every joint's place in [state] or [action]; None where there is no such table.

        Raises:
            DataError: A joint has no line, or a line names no joint of the body.
        """
        table = self.state if which == "state" else self.action
        if table is None:
            return None
        missing = [joint for joint in joints if joint not in table]
        odd = [name for name in table if name not in joints]
        if missing or odd:
            said = [f"has no line for {', '.join(missing)}"] if missing else []
            said += [f"names {', '.join(odd)}, no joint of the body"] if odd else []
            raise DataError(
                f"{self.source}: [{which}] {' and '.join(said)}. The body's joints are: "
                f"{', '.join(joints)}.",
                missing=tuple(missing),
                odd=tuple(odd),
            )
        return tuple(table[joint] for joint in joints)


def places_by_name(
    array: str, names: Sequence[str] | None, width: int, joints: Sequence[str], where: str
) -> Places:
    """Where joints stand in a column whose numbers have names; never a guess.

    A name is the joint's own, or that and `.pos`, as LeRobot's recorders write it.

    Args:
        array: The column.
        names: Of its numbers; None where nobody named them.
        width: How many numbers a row has.
        joints: The body's.
        where: What messages call the dataset.

    Raises:
        DataError: When the numbers have no names, or a joint is not among them.
    """
    lines = f'[state] with a line for each joint, as in {joints[0]} = "{array}[0]"'
    if names is None:
        raise DataError(
            f"{where}: nothing says which joint each of the {width} numbers of '{array}' is. Say it in "
            f"a file, --columns FILE: {lines}.",
            column=array,
        )
    plain = [name.removesuffix(SUFFIX) for name in names]
    if twice := sorted({name for name in plain if plain.count(name) > 1}):
        raise DataError(f"{where}: '{array}' names {twice[0]} twice. Say it in --columns FILE.")
    missing = [joint for joint in joints if joint not in plain]
    if missing:
        near = get_close_matches(missing[0], plain, n=1)
        raise DataError(
            f"{where}: '{array}' has no number called {', '.join(missing)}. Its numbers are: "
            f"{', '.join(names)}.{f' Is {near[0]} {missing[0]}?' if near else ''} Say which is which "
            f"in a file, --columns FILE: {lines}.",
            missing=tuple(missing),
        )
    return tuple(Place(array, plain.index(joint)) for joint in joints)


def gathered(
    places: Places,
    arrays: Mapping[str, np.ndarray],
    names: Mapping[str, Sequence[str] | None],
    where: str,
) -> Float[np.ndarray, "T D"]:
    """The joints, each from its place [rad, m].

    Args:
        places: One for each joint.
        arrays: Columns (T, width) by name.
        names: Names of each column's numbers, for places that name them.
        where: What messages call the episode.

    Raises:
        DataError: There is no such column, or it has no such number.
    """
    found = [_one(place, arrays, names, where) for place in places]
    return np.stack(found, axis=-1)


def _one(
    place: Place,
    arrays: Mapping[str, np.ndarray],
    names: Mapping[str, Sequence[str] | None],
    where: str,
) -> np.ndarray:
    if place.array not in arrays:
        raise DataError(
            f"{where}: has no column '{place.array}'. It has: {', '.join(arrays)}.",
            column=place.array,
        )
    values, column = arrays[place.array], place.column
    if isinstance(column, str):
        known = list(names.get(place.array) or ())
        if column not in known:
            raise DataError(
                f"{where}: '{place.array}' has no number called '{column}'. Its names are: "
                f"{', '.join(known) or 'none; count from 0 instead'}."
            )
        column = known.index(column)
    if column >= values.shape[1]:
        raise DataError(f"{where}: '{place.array}' has {values.shape[1]} numbers, so no {column}.")
    return values[:, column].astype(float) * place.factor


def _cameras(path: Path, said: Any) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
        raise DataError(
            f"{path}: [cameras] says {said}. Write a line for each camera, as in front = "
            '"observations/images/front".'
        )
    return said


def _table(path: Path, name: str, said: Any) -> dict[str, Place] | None:
    if said is None:
        return None
    try:
        return {joint: Place.parse(text) for joint, text in said.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(f"{path}: [{name}]: {error}. Mend that line.") from error
