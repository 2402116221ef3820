"""Small datasets for tests, of either format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.features import Feature, arrow_type
from xlvla_sdk.data.writer import written
from xlvla_sdk.layouts import Layout
from xlvla_sdk.specs import ArmSpec, Embodiment

FPS = 20.0
FRONT = "observation.images.front"
IMAGE = Feature("image", (2, 2, 3), ["height", "width", "channels"])


def joints_feature(names: Sequence[str] | None, width: int | None = None) -> Feature:
    """Positions of joints."""
    return Feature("float32", (width or len(names or ()),), None if names is None else list(names))


def pictures(rows: int, mark: str = "") -> pa.ChunkedArray:
    """Bytes that are no picture: nobody looks into them."""
    values = [{"bytes": f"{mark}{k}".encode(), "path": None} for k in range(rows)]
    return pa.chunked_array([pa.array(values, type=arrow_type(IMAGE))])


def make_dataset(
    out: Path,
    episodes: Sequence[tuple[np.ndarray, np.ndarray]],
    names: Sequence[str] | None,
    *,
    version: str = "v3.0",
    fps: float = FPS,
    task: str = "wave",
    camera: bool = False,
    more: Mapping[str, Feature] | None = None,
) -> Dataset:
    """A dataset of joints: pairs of measured and commanded positions (T, D), an episode each.

    `more` are further number columns, filled with the row's number.
    """
    width = episodes[0][0].shape[1]
    feature = joints_feature(names, width)
    features = {"observation.state": feature, "action": feature, **(more or {})}
    features |= {FRONT: IMAGE} if camera else {}
    with written(out, features, fps, version) as writer:
        for number, (state, action) in enumerate(episodes):
            rows = len(state)
            columns = {"observation.state": state, "action": action}
            for name in more or {}:
                columns[name] = np.arange(rows)[:, None]
            if camera:
                columns[FRONT] = pictures(rows, f"{number}.")
            writer.add(columns, [task] * rows)
    return Dataset.open(out)


def waves(
    lower: np.ndarray, upper: np.ndarray, rows: int = 40, lag: int = 2, phase: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """An episode: joints that each go through the middle of their range, and lag behind commands."""
    joints = np.arange(len(lower))
    time = np.arange(rows + lag)[:, None] / FPS
    swing = np.sin((0.9 + 0.23 * joints) * 2.0 * time + joints + phase)
    command = lower + (upper - lower) * (0.5 + 0.3 * swing)
    return command[:rows].copy(), command[lag:]


def body_wave(
    body: Embodiment, rows: int = 40, phase: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """An episode of a whole body: arms sway about `ready`, hands close halfway, all lag two rows."""
    state, action = waves(*body.limits, rows=rows, phase=phase)
    for part, at in body.slices():
        if isinstance(part, ArmSpec):
            sway = np.sin(2.0 * np.arange(rows + 2) / FPS + phase)[:, None]
            arm = part.posture("ready") + sway * np.linspace(-0.1, 0.1, len(part.joints))
            state[:, at], action[:, at] = arm[:rows], arm[2:]
    return state, action


def encoded_dataset(
    folder: Path,
    layout: Layout,
    codecs: Mapping[str, LatentCodec],
    episodes: int = 2,
    *,
    rows: int = 40,
    **more: Any,
) -> Dataset:
    """A dataset of a body's waves, encoded; `more` is for `make_dataset`."""
    body = layout.embodiment
    made = [body_wave(body, rows=rows + 4 * k, phase=0.3 * k) for k in range(episodes)]
    name = body.name.replace(":", "-")
    raw = make_dataset(folder / f"{name}-raw", made, body.joints, **more)
    out = folder / f"{name}-encoded"
    encode(raw, layout, out, codecs=codecs, horizon=16)
    return Dataset.open(out)
