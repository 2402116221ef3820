"""Feature: what a column of a dataset holds, as info.json, Arrow and `datasets` say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from xlvla_sdk.data.arrow import pa
from xlvla_sdk.errors import DataError

NUMBERS = ("float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "bool")
CAMERAS = ("image", "video")


@dataclass(frozen=True)
class Feature:
    """One column.

    Attributes:
        dtype: A NumPy name, `string`, `image` (in the Parquet file) or `video` (a file beside).
        shape: Of one row.
        names: As info.json has them: a list, a mapping of lists, or None.
        more: What else info.json says of it; kept.
    """

    dtype: str
    shape: tuple[int, ...]
    names: Any = None
    more: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_camera(self) -> bool:
        return self.dtype in CAMERAS

    @property
    def is_vector(self) -> bool:
        """Whether a row is one number or a list of them."""
        return self.dtype in NUMBERS and len(self.shape) <= 1

    @property
    def width(self) -> int:
        """How many numbers a row holds."""
        return int(np.prod(self.shape))

    @property
    def column_names(self) -> tuple[str, ...] | None:
        """A name for each number, where info.json gives them: lists in a mapping one after another."""
        names = self.names
        if isinstance(names, Mapping):
            names = [name for part in names.values() for name in _listed(part)]
        if not isinstance(names, list | tuple):
            return None
        flat = [name for part in names for name in _listed(part)]
        return tuple(map(str, flat)) if len(flat) == self.width else None

    def to_json(self) -> dict[str, Any]:
        """As info.json says it."""
        return {
            "dtype": self.dtype,
            "shape": list(self.shape),
            "names": self.names,
            **dict(self.more),
        }

    @staticmethod
    def parse(name: str, said: Any, where: str) -> Feature:
        """A feature as info.json says it; DataError when it is none."""
        try:
            rest = {k: v for k, v in said.items() if k not in ("dtype", "shape", "names")}
            shape = tuple(int(size) for size in said["shape"])
            return Feature(str(said["dtype"]), shape, said.get("names"), rest)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise DataError(
                f"{where}: feature '{name}' is {json.dumps(said)}, wanted are dtype, shape and names. "
                "Mend it there."
            ) from error


Features = Mapping[str, Feature]

INDICES: Features = MappingProxyType(
    {
        "timestamp": Feature("float32", (1,)),
        "frame_index": Feature("int64", (1,)),
        "episode_index": Feature("int64", (1,)),
        "index": Feature("int64", (1,)),
        "task_index": Feature("int64", (1,)),
    }
)
"""Columns that every dataset has and that the writer fills itself."""


def arrow_type(feature: Feature) -> pa.DataType:
    """The type of the column in a Parquet file."""
    if feature.dtype == "image":
        return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    kind = pa.string() if feature.dtype == "string" else pa.from_numpy_dtype(feature.dtype)
    if feature.shape in ((), (1,)):
        return kind
    if len(feature.shape) == 1:
        return pa.list_(kind, feature.shape[0])
    for _ in feature.shape:
        kind = pa.list_(kind)
    return kind


def arrow_schema(features: Features) -> pa.Schema:
    """The schema of the Parquet files, with what Hugging Face's `datasets` reads beside it."""
    stored = {name: one for name, one in features.items() if one.dtype != "video"}
    said = {"info": {"features": {name: _hugging_face(one) for name, one in stored.items()}}}
    fields = [pa.field(name, arrow_type(one)) for name, one in stored.items()]
    return pa.schema(fields, metadata={"huggingface": json.dumps(said)})


def _hugging_face(feature: Feature) -> dict[str, Any]:
    """A feature as the schema metadata of `datasets` says it."""
    if feature.dtype == "image":
        return {"_type": "Image"}
    value = {"dtype": feature.dtype, "_type": "Value"}
    if feature.shape in ((), (1,)):
        return value
    if len(feature.shape) == 1:
        return {"feature": value, "length": feature.shape[0], "_type": "Sequence"}
    return {
        "shape": list(feature.shape),
        "dtype": feature.dtype,
        "_type": f"Array{len(feature.shape)}D",
    }


def _listed(part: Any) -> list[Any]:
    return list(part) if isinstance(part, list | tuple) else [part]
