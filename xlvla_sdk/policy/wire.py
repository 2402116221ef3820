"""openpi's wire format: msgpack maps with arrays. The one module that imports openpi_client.

Source: openpi's serving and openpi_client 0.1.2, whose packing is used as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgpack
import numpy as np
from openpi_client import msgpack_numpy
from openpi_client.base_policy import BasePolicy

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.messages import ActionChunk, Observation

__all__ = [
    "BasePolicy",
    "chunk_from_wire",
    "chunk_to_wire",
    "observation_from_wire",
    "observation_to_wire",
    "pack",
    "unpack",
]

CAMERAS = {
    "front": "base_0_rgb",
    "right_wrist": "right_wrist_0_rgb",
    "left_wrist": "left_wrist_0_rgb",
}
"""Our cameras by openpi's names; another camera keeps its own."""
_OURS = {openpi: ours for ours, openpi in CAMERAS.items()}


def pack(message: Mapping[str, Any]) -> bytes:
    """One frame of a map; PolicyError when something in it does not travel."""
    try:
        return msgpack_numpy.packb(dict(message))  # pyright: ignore[reportReturnType]
    except (TypeError, ValueError, OverflowError) as error:
        raise PolicyError(
            f"a message cannot be packed ({error}). Numbers, text, lists, maps and plain numeric "
            "arrays travel."
        ) from error


def unpack(frame: bytes | str, who: str) -> dict[str, Any]:
    """The map of one frame, its arrays writable copies.

    Args:
        frame: As received.
        who: Who sent it, for the message.

    Raises:
        PolicyError: When it is text, no msgpack, or no map.
    """
    if isinstance(frame, str):
        raise PolicyError(f"{who} sent text where one msgpack map was expected: {frame[:200]!r}.")
    try:
        message = msgpack.unpackb(frame, object_hook=_plain)
    except Exception as error:  # msgpack and numpy raise many kinds for broken bytes
        raise PolicyError(
            f"{who} sent {len(frame)} bytes that are no msgpack map "
            f"({type(error).__name__}: {str(error)[:200]})."
        ) from error
    if not isinstance(message, dict):
        raise PolicyError(f"{who} sent a {type(message).__name__} where a map was expected.")
    return message


def observation_to_wire(observation: Observation) -> dict[str, Any]:
    """An observation as openpi's servers take it."""
    message: dict[str, Any] = {
        "state": observation.state.astype(np.float32),
        "time_s": float(observation.time_s),
    }
    if observation.state_history is not None:
        message["state_history"] = observation.state_history.astype(np.float32)
    if observation.images:
        message["images"] = {
            CAMERAS.get(name, name): image for name, image in observation.images.items()
        }
    if observation.things:
        message["things"] = {
            name: row.astype(np.float32) for name, row in observation.things.items()
        }
    if observation.prompt is not None:
        message["prompt"] = observation.prompt
    return message


def observation_from_wire(message: Mapping[str, Any], cursor_s: float) -> Observation:
    """The reverse; what a plain openpi client does not send is left out.

    Args:
        message: As unpacked; its other keys are not read.
        cursor_s: The time where the message says none [s].

    Raises:
        PolicyError: When a key is of another kind or shape.
    """
    history = message.get("state_history")
    prompt = message.get("prompt")
    if prompt is not None and not isinstance(prompt, str):
        raise PolicyError(f"the observation's 'prompt' is a {type(prompt).__name__}, not text.")
    return Observation(
        state=_array(message.get("state", np.zeros(0)), "state", 1),
        time_s=_time(message.get("time_s", cursor_s)),
        state_history=None if history is None else _array(history, "state_history", 2),
        images=_images(message.get("images", {})),
        prompt=prompt,
        things=_things(message.get("things", {})),
    )


def chunk_to_wire(chunk: ActionChunk) -> dict[str, Any]:
    """An answer: `actions`, and `final` only when the episode is over."""
    message: dict[str, Any] = {"actions": chunk.rows.astype(np.float32)}
    return {**message, "final": True} if chunk.final else message


def chunk_from_wire(message: Mapping[str, Any], layout: str, dt: float, who: str) -> ActionChunk:
    """The reverse of `chunk_to_wire`.

    Raises:
        PolicyError: When there are no `actions` of numbers, (H, A).
    """
    if "actions" not in message:
        raise PolicyError(
            f"{who} answered without 'actions'. It sent: {', '.join(map(str, message))}."
        )
    rows = _array(message["actions"], f"{who}: 'actions'", 2)
    return ActionChunk(rows, layout, dt, bool(message.get("final", False)))


def _array(value: object, what: str, dimensions: int) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise PolicyError(f"{what} is no array of numbers ({error}).") from error
    if array.dtype.kind not in "fiu" or array.ndim != dimensions:
        raise PolicyError(
            f"{what} is {array.dtype} {array.shape}; wanted are numbers in {dimensions} dimensions."
        )
    return array.astype(float)


def _images(value: object) -> dict[str, np.ndarray]:
    images: dict[str, np.ndarray] = {}
    for name, image in value.items() if isinstance(value, Mapping) else [(None, value)]:
        if not isinstance(name, str) or not isinstance(image, np.ndarray):
            raise PolicyError("the observation's 'images' is no map of camera names to arrays.")
        images[_OURS.get(name, name)] = image
    return images


def _things(value: object) -> dict[str, np.ndarray]:
    if not isinstance(value, Mapping):
        raise PolicyError("the observation's 'things' is no map of names to arrays.")
    rows = {str(name): _array(row, f"things, '{name}'", 1) for name, row in value.items()}
    if wrong := [name for name, row in rows.items() if row.size != 9]:
        raise PolicyError(
            f"things, '{wrong[0]}' is {rows[wrong[0]].size} numbers; wanted are nine: its origin, then "
            "the first and the second column of its rotation."
        )
    return rows


def _time(value: object) -> float:
    if not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise PolicyError(f"time_s is {value!r}; wanted are seconds since the episode's first row.")
    return float(value)


def _plain(packed: dict[Any, Any]) -> Any:
    """One map as it is unpacked: an array becomes a writable copy of its own.

    openpi's unpacking gives read-only views on the frame, and takes bytes for Python objects when
    a peer says so, which crashes or worse; the kinds it refuses to send are refused here as well.
    """
    if b"__ndarray__" not in packed and b"__npgeneric__" not in packed:
        return packed
    kind = np.dtype(packed[b"dtype"]).kind
    if kind in "VOc":
        raise ValueError(f"arrays of kind {kind} do not travel")
    value = msgpack_numpy.unpack_array(packed)
    return value.copy() if isinstance(value, np.ndarray) else value
