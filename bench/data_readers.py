"""Datasets of ours in LeRobot's own reader, by an interpreter that has it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import typer

from xlvla_sdk.codec import load_space
from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.converting import convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.features import Feature, arrow_type
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.rows import ACTION, STATE
from xlvla_sdk.data.writer import written
from xlvla_sdk.layouts import XL1
from xlvla_sdk.registry import registry

BODIES = ("xarm7+inspire:right", "xarm7+xhand:right")
CAMERA = "observation.images.front"
READER = Path(__file__).with_name("lerobot_reader.py")


@dataclass(frozen=True)
class Agreement:
    """What LeRobot read of a dataset of ours.

    Attributes:
        lerobot: Its version.
        version: The dataset's format.
        rows, episodes: How many it found.
        chunk: The shape of an action chunk.
        picture: Whether an image has the colours that were written.
        apart: The largest difference to what was written.
    """

    HEADER: ClassVar = ("lerobot", "format", "rows", "episodes", "chunk", "image", "apart")

    lerobot: str
    version: str
    rows: int
    episodes: int
    chunk: list[int]
    picture: bool
    apart: float

    def row(self) -> tuple[str, ...]:
        return (
            self.lerobot,
            self.version,
            str(self.rows),
            str(self.episodes),
            "x".join(map(str, self.chunk)),
            "ok" if self.picture else "wrong",
            f"{self.apart:.1g}",
        )


def agreements(folder: Path, given: Sequence[str]) -> list[Agreement]:
    """What each interpreter's LeRobot reads; raises when one of them cannot."""
    if not given:
        return []
    found = []
    merged = _merged(folder)
    for text in given:
        version, _, python = text.partition("=")
        if version not in ("v2.1", "v3.0") or not python:
            raise typer.BadParameter(f"--lerobot-python {text}: write v3.0=PATH or v2.1=PATH")
        place = folder / f"read-{version}"
        convert(merged, version, place)
        found.append(_read(Dataset.open(place), python))
    return found


def _read(dataset: Dataset, python: str) -> Agreement:
    out = dataset.root.with_suffix(".npz")
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(dataset.root.parent / "hf")}
    words = [python, "-", str(dataset.root), str(out)]  # so that no file beside it is imported
    done = subprocess.run(
        words,
        env=environment,
        cwd=dataset.root.parent,
        input=READER.read_text(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    facts = json.loads(done.stdout.splitlines()[-1])
    read = np.load(out)
    apart = 0.0
    for name in (STATE, ACTION):
        wanted = np.concatenate([one.numbers(name, dataset.feature(name)) for one in dataset])
        apart = max(apart, float(np.abs(read[name] - wanted).max()))
    facts["picture"] = bool(np.abs(read["picture"] - np.array([1.0, 0.0, 0.0])).max() < 1e-6)
    return Agreement(version=dataset.info.version, apart=apart, **facts)


def _merged(folder: Path) -> Dataset:
    """Two bodies' episodes with a red picture a row."""
    codecs, parts = load_space().hands, []
    for name in BODIES:
        body = registry().embodiment(name)
        raw = folder / f"{name}-raw"
        _write_raw(raw, body.joints, *body.limits)
        encode(Dataset.open(raw), XL1(body, codecs), folder / name, codecs=codecs, horizon=16)
        parts.append(Dataset.open(folder / name))
    merge(parts, folder / "both")
    return Dataset.open(folder / "both")


def _write_raw(
    out: Path, joints: tuple[str, ...], lower: np.ndarray, upper: np.ndarray, rows: int = 40
) -> None:
    image = Feature("image", (8, 8, 3), ["height", "width", "channels"])
    feature = Feature("float32", (len(joints),), list(joints))
    features = {STATE: feature, ACTION: feature, CAMERA: image}
    values = [{"bytes": _red_png(), "path": None}] * rows
    pictures = pa.chunked_array([pa.array(values, arrow_type(image))])
    with written(out, features, 20.0, "v3.0") as writer:
        for number in range(2):
            part = np.random.default_rng(number).uniform(0.3, 0.7, size=(rows, len(joints)))
            qpos = lower + (upper - lower) * part
            writer.add({STATE: qpos, ACTION: qpos, CAMERA: pictures}, ["show"] * rows)


def _red_png() -> bytes:
    from io import BytesIO

    from PIL import Image

    held = BytesIO()
    Image.new("RGB", (8, 8), (255, 0, 0)).save(held, "PNG")
    return held.getvalue()
