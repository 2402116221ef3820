"""What the columns of encoded datasets are called, and which rows a policy may learn a chunk from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from xlvla_sdk.data.features import INDICES, Feature, Features
from xlvla_sdk.errors import DataError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.layouts.names import row_names

STATE, ACTION = "observation.state", "action"
STATE_JOINTS, ACTION_JOINTS = "observation.joint_position", "action.joint_position"
JOINT_MASK = "observation.joint_mask"
"""In merged datasets: true where a number of the joint columns is a joint of this row's body."""
SAMPLE_MASK = "sample_mask"
"""True where a whole chunk of rows, this one first, lies in the episode."""
PHYSICS = "physics"
"""In simulated datasets: everything the simulation needs to go on from a row, or to be drawn."""
THINGS = "things"
"""In simulated datasets: where every loose thing is, nine numbers each, for policies without eyes."""
THING_AXES = ("x", "y", "z", "r00", "r10", "r20", "r01", "r11", "r21")
"""Its position [m], then the first and the second column of its rotation, in the task frame."""
THINGS_MASK = "things_mask"
"""In merged datasets of several scenes: true where a thing is in this row's scene."""
OWN = (STATE, ACTION, STATE_JOINTS, ACTION_JOINTS, JOINT_MASK, SAMPLE_MASK)
"""Columns that the SDK writes itself."""

HORIZON = 64
"""Rows of a chunk where nobody says another: the policies' own."""
RATE_HZ = 20.0
"""Rows per second of datasets without cameras: the policies' own."""
STD_FLOOR = 0.01
"""Least deviation in the statistics of encoded datasets: of a latent, which is of order one, a
hundredth; of a pinch point 1 cm. Below it a column is as good as constant, and would be blown up."""


def encoded_features(layout: Layout) -> dict[str, Feature]:
    """The columns that encoding makes."""
    row = Feature("float32", (layout.width,), row_names(layout))
    return {STATE: row, ACTION: row, **joint_features(layout.embodiment.joints), **MASK}


def joint_features(names: Sequence[str]) -> dict[str, Feature]:
    """The raw joints, measured and commanded."""
    joints = Feature("float32", (len(names),), list(names))
    return {STATE_JOINTS: joints, ACTION_JOINTS: joints}


def thing_names(feature: Feature, where: str) -> list[str]:
    """The things of a column `things`, in its order.

    Raises:
        DataError: When it does not name nine numbers a thing.
    """
    names = [name.rpartition(".")[0] for name in feature.column_names or ()]
    found = list(dict.fromkeys(names))
    if feature.column_names != tuple(things_feature(found).names):
        raise DataError(
            f"{where}: column '{THINGS}' does not name nine numbers a thing. Make it again with "
            "`xlvla data synth`.",
            column=THINGS,
        )
    return found


def things_feature(things: Sequence[str]) -> Feature:
    """Where things of these names are: `NAME.x`, `NAME.y`, and so on."""
    names = [f"{thing}.{axis}" for thing in things for axis in THING_AXES]
    return Feature("float32", (len(names),), names)


MASK = {SAMPLE_MASK: Feature("bool", (1,))}


def sample_mask(rows: int, horizon: int) -> Bool[np.ndarray, "T 1"]:
    """False in an episode's last `horizon - 1` rows, whose chunks would go on beyond its end."""
    return (np.arange(rows) + horizon <= rows)[:, None]


def others(features: Features, used: Sequence[str]) -> dict[str, Feature]:
    """Columns that are neither made by the SDK, nor indices, nor among those used."""
    return {
        name: one
        for name, one in features.items()
        if name not in OWN and name not in INDICES and name not in used
    }
