"""The datasets that bench/data.py measures with, and its steps: each makes one dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from xlvla_sdk.codec import load_space
from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.converting import convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.features import Feature, arrow_type
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.writer import written
from xlvla_sdk.layouts import XL1
from xlvla_sdk.registry import registry

BODY = "xarm7+inspire:right"
EPISODE = 1000
FPS = 20.0
IMAGE_BYTES = 20_000
CAMERA = "observation.images.front"


def make(folder: Path, rows: int) -> Path:
    """Raw joints that sway within their limits, and what commanded them."""
    body = registry().embodiment(BODY)
    lower, upper = body.limits
    joints = Feature("float32", (len(lower),), list(body.joints))
    features = {"observation.state": joints, "action": joints}
    with written(folder / "raw", features, FPS, "v3.0") as writer:
        for number in range(rows // EPISODE):
            wave = _wave(number, len(lower))
            command = lower + (upper - lower) * (0.5 + 0.3 * wave)
            columns = {"observation.state": command[:-2], "action": command[2:]}
            writer.add(columns, ["wave"] * EPISODE)
    return folder / "raw"


def make_with_images(folder: Path, rows: int) -> Path:
    """Rows 41 wide with an image each, of bytes that do not compress."""
    row = Feature("float32", (41,))
    image = Feature("image", (224, 224, 3), ["height", "width", "channels"])
    features = {"observation.state": row, "action": row, CAMERA: image}
    with written(folder / "encoded", features, FPS, "v3.0") as writer:
        for number in range(max(1, rows // 200)):
            rng = np.random.default_rng(number)
            values = [{"bytes": rng.bytes(IMAGE_BYTES), "path": None} for _ in range(200)]
            images = pa.chunked_array([pa.array(values, arrow_type(image))])
            numbers = rng.normal(size=(200, 41))
            columns = {"observation.state": numbers, "action": numbers, CAMERA: images}
            writer.add(columns, ["wave"] * 200)
    return folder / "encoded"


def encode_all(folder: Path, rows: int) -> Path:  # noqa: ARG001
    """Raw joints to rows of xl-1."""
    codecs = load_space().hands
    layout = XL1(registry().embodiment(BODY), codecs)
    encode(Dataset.open(folder / "raw"), layout, folder / "encoded", codecs=codecs)
    return folder / "encoded"


def to_v21(folder: Path, rows: int) -> Path:  # noqa: ARG001
    """The encoded dataset in the older format."""
    convert(Dataset.open(folder / "encoded"), "v2.1", folder / "v21")
    return folder / "v21"


def to_v30(folder: Path, rows: int) -> Path:  # noqa: ARG001
    """And back."""
    convert(Dataset.open(folder / "v21"), "v3.0", folder / "v30")
    return folder / "v30"


def merge_all(folder: Path, rows: int) -> Path:  # noqa: ARG001
    """The encoded dataset, twice, in both of its formats."""
    merge([Dataset.open(folder / name) for name in ("encoded", "v21")], folder / "merged")
    return folder / "merged"


STEPS: dict[str, Callable[[Path, int], Path]] = {
    "make": make,
    "make with images": make_with_images,
    "encode": encode_all,
    "to v2.1": to_v21,
    "to v3.0": to_v30,
    "merge": merge_all,
}


def rows_of(dataset: Path) -> int:
    """How many rows a dataset has."""
    return Dataset.open(dataset).info.frames


def _wave(number: int, joints: int) -> np.ndarray:
    time = np.arange(EPISODE + 2)[:, None] / FPS
    phase = np.random.default_rng(number).uniform(0.0, 6.28, joints)
    return np.sin((0.9 + 0.23 * np.arange(joints)) * time + phase)
