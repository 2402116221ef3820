"""A toy dataset of pictures: a red blob is seen somewhere, and the pinch point goes there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.learning.demonstrations import HORIZON, LAYOUT, PROMPT, ROWS, SPACE, WIDTH
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.pictures import (
    IMAGES,
    jpeg,
    picture_column,
    picture_feature,
    picture_statistics,
)
from xlvla_sdk.data.rows import ACTION, STATE, THINGS, THINGS_MASK, joint_features, things_feature
from xlvla_sdk.data.sidecar import Body, Sidecar
from xlvla_sdk.data.writer import written

HEIGHT, BROAD = 32, 48
"""Of the pictures [px]; their middle square is 32 x 32."""
REACH = 0.2
"""How far to the side the blob is at the most [m]."""


def picture(side: float, below: float = 0.0, *, ball: bool = False) -> np.ndarray:
    """A blob on grey, to the side and below the middle, each from -1 to 1; and maybe a green ball in its middle."""
    across, down = np.meshgrid(np.arange(BROAD), np.arange(HEIGHT))
    x, y = (BROAD + 0.7 * side * HEIGHT) / 2, (HEIGHT + 0.7 * below * HEIGHT) / 2
    image = np.full((HEIGHT, BROAD, 3), 120, np.uint8)
    if ball:
        image[(across - BROAD / 2) ** 2 + (down - HEIGHT / 2) ** 2 < 12.0] = (30, 220, 30)
    image[(across - x) ** 2 + (down - y) ** 2 < 12.0] = (220, 30, 30)
    return image


def place(side: float, below: float) -> np.ndarray:
    """Where the blob is on the table, as things are said."""
    return np.array([REACH * below, REACH * side, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0])


def blobs(
    folder: Path,
    *,
    cameras: tuple[str, ...] = ("front",),
    episodes: int = 12,
    things: tuple[str, ...] = (),
) -> Dataset:
    """Episodes in which a row goes from zero to where the blob is; only `things` say where that is: the blob, and a
    ball that is there every other time."""
    row = Feature("float32", (WIDTH,), [f"n{k}" for k in range(WIDTH)])
    joints = joint_features(["j"])
    columns_of = {camera: IMAGES + camera for camera in cameras}
    features = {STATE: row, ACTION: row, **joints}
    features |= dict.fromkeys(columns_of.values(), picture_feature(HEIGHT, BROAD))
    if things:
        features |= {
            THINGS: things_feature(things),
            THINGS_MASK: Feature("bool", (len(things),), list(things)),
        }
    body = Body("xarm7+xhand:right", ("j",), ("xhand:right",), {}, {})
    sidecar = Sidecar(LAYOUT, SPACE, ("right:hand+arm",), 20.0, HORIZON, 0.01, (body,))
    rng = np.random.default_rng(5)
    with written(folder, features, 20.0, "v3.0", sidecar=sidecar, std_floor=0.01) as writer:
        for number in range(episodes):
            side, below = rng.uniform(-1.0, 1.0, 2)
            rows = np.zeros((ROWS, WIDTH))
            rows[:, 33] = REACH * side
            ball = bool(things) and number % 2 == 1
            seen = [jpeg(picture(side, below, ball=ball))] * ROWS
            columns = {STATE: np.zeros((ROWS, WIDTH)), ACTION: rows}
            columns |= {name: np.zeros((ROWS, 1)) for name in joints}
            if things:
                poses = np.concatenate([place(side, below), ball * place(0.0, 0.0)])
                columns[THINGS] = np.tile(poses, (ROWS, 1))
                columns[THINGS_MASK] = np.tile(np.array([1.0, float(ball)]), (ROWS, 1))
            columns |= {name: picture_column(seen) for name in columns_of.values()}
            pictures = {name: picture_statistics(seen, name) for name in columns_of.values()}
            writer.add(columns, [PROMPT] * ROWS, pictures=pictures)
    return Dataset.open(folder)
