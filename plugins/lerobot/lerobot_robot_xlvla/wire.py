"""The bridge's wire: one msgpack map a frame, arrays as openpi packs them."""

from __future__ import annotations

from typing import Any

import msgpack
import numpy as np

MARK = b"__ndarray__"
KINDS = "biuf"
"""Of arrays that travel: truth values and numbers. Objects would be code of the other side's."""


def pack(message: dict[str, Any]) -> bytes:
    """One frame of a map."""
    return msgpack.packb(message, default=_packed)  # pyright: ignore[reportReturnType]


def unpack(frame: bytes) -> dict[str, Any]:
    """The map of one frame, its arrays writable copies.

    Raises:
        ValueError: When it is no msgpack map, or holds an array of objects.
    """
    try:
        message = msgpack.unpackb(frame, object_hook=_plain)
    except Exception as error:  # msgpack and numpy raise many kinds for broken bytes
        raise ValueError(f"{len(frame)} bytes that are no msgpack map ({error!r})") from error
    if not isinstance(message, dict):
        raise ValueError(f"a {type(message).__name__}, not a map")
    return message


def _packed(value: object) -> dict[bytes, object]:
    array = np.asarray(value)
    if array.dtype.kind not in KINDS:
        raise TypeError(f"a {type(value).__name__} does not travel")
    return {
        MARK: True,
        b"data": array.tobytes(),
        b"dtype": array.dtype.str,
        b"shape": array.shape,
    }


def _plain(packed: dict[Any, Any]) -> Any:
    if MARK not in packed:
        return packed
    dtype = np.dtype(packed[b"dtype"])
    if dtype.kind not in KINDS:
        raise ValueError(f"an array of {dtype}")
    return np.frombuffer(packed[b"data"], dtype).reshape(packed[b"shape"]).copy()
