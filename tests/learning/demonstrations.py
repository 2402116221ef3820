"""A toy dataset: a can stands somewhere, and the pinch point goes there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.rows import ACTION, STATE, THINGS, joint_features, things_feature
from xlvla_sdk.data.sidecar import Body, Sidecar
from xlvla_sdk.data.writer import written

WIDTH, ROWS, HORIZON = 41, 12, 6
LAYOUT, SPACE = "xl-1", "toy@00000000"
PROMPT = "go to the can"


def reaches(
    folder: Path,
    *,
    layout: str | None = LAYOUT,
    things: bool = True,
    thing: str = "can",
    episodes: int = 4,
) -> Dataset:
    """Episodes in which a row of the layout's goes from zero to where the can is."""
    row = Feature("float32", (WIDTH,), [f"n{k}" for k in range(WIDTH)])
    joints = joint_features(["j"])
    features = {
        STATE: row,
        ACTION: row,
        **joints,
        **({THINGS: things_feature([thing])} if things else {}),
    }
    body = Body("xarm7+xhand:right", ("j",), ("xhand:right",), {}, {})
    sidecar = Sidecar(layout, SPACE, ("right:hand+arm",), 20.0, HORIZON, 0.01, (body,))
    rng = np.random.default_rng(3)
    with written(folder, features, 20.0, "v3.0", sidecar=sidecar, std_floor=0.01) as writer:
        for _ in range(episodes):
            can = rng.uniform(-0.2, 0.2, 3)
            rows = np.zeros((ROWS + 1, WIDTH))
            rows[:, 32:35] = np.linspace(0.0, 1.0, ROWS + 1)[:, None] * can
            columns = {STATE: rows[:-1], ACTION: rows[1:]}
            columns |= {name: np.zeros((ROWS, 1)) for name in joints}
            if things:
                pose = np.array([*can, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
                columns[THINGS] = np.tile(pose, (ROWS, 1))
            writer.add(columns, [PROMPT] * ROWS)
    return Dataset.open(folder)
