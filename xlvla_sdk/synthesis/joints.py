"""The joints that a row of a dataset is of, whoever's they are and however the row is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.data.columns import gathered, places_by_name
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.importing import resampled
from xlvla_sdk.data.rows import ACTION, ACTION_JOINTS, RATE_HZ, STATE, STATE_JOINTS
from xlvla_sdk.data.sidecar import Sidecar
from xlvla_sdk.errors import DataError
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import FINGERS, Embodiment


@dataclass(frozen=True)
class Joints:
    """An episode's joints, 0.05 s apart.

    Attributes:
        body: Whose.
        state, action: Measured and commanded [rad, m].
    """

    body: Embodiment
    state: Float[np.ndarray, "T D"]
    action: Float[np.ndarray, "T D"]

    @staticmethod
    def of(dataset: Dataset, index: int) -> Joints:
        """Of an episode: raw joints, or those beside the rows of a layout.

        Raises:
            DataError: Nothing says whose joints there are, or where they stand.
            UnknownDevice, SpecError: No such body any more.
        """
        sidecar = _sidecar(dataset)
        whose = sidecar.body(index)
        body = registry().embodiment(whose.embodiment)
        if body.joints != whose.joints:
            raise DataError(
                f"{dataset.root}, episode {index}: {body.name} has other joints now than it had when "
                "the dataset was made. Install the plugin that it was made with."
            )
        names = (STATE_JOINTS, ACTION_JOINTS) if sidecar.layout else (STATE, ACTION)
        state, action = (_joints(dataset, index, name, whose.joints) for name in names)
        return Joints(body, _steady(state, dataset), _steady(action, dataset))


def finger_distances(
    body: Embodiment, qpos: Float[np.ndarray, "T D"]
) -> dict[str, Float[np.ndarray, " T"]]:
    """How far each fingertip is from the thumb's [m], by side and finger, as in `right index`."""
    found = {}
    for hand, columns in body.slices():
        if hand in body.hands:
            kinematics = hand_kinematics(hand)
            length = np.linalg.norm(kinematics.deltas(qpos[:, columns]), axis=-1)
            for column, finger in enumerate(FINGERS[1:]):
                if kinematics.has[column]:
                    found[f"{hand.side} {finger}"] = length[:, column]
    return found


def _sidecar(dataset: Dataset) -> Sidecar:
    if dataset.sidecar is None:
        raise DataError(
            f"{dataset.root}: nothing says whose joints it holds (meta/xlvla.json). Run "
            "`xlvla data encode` on it, which notes that."
        )
    return dataset.sidecar


def _joints(
    dataset: Dataset, index: int, name: str, joints: tuple[str, ...]
) -> Float[np.ndarray, "T D"]:
    feature, episode = dataset.feature(name), dataset.read(index)
    values = episode.numbers(name, feature).astype(float)
    names = feature.column_names
    if len(dataset.sidecar.bodies) > 1:  # pyright: ignore[reportOptionalMemberAccess]
        return values[:, : len(joints)]  # merged: padded at the end
    places = places_by_name(name, names, feature.width, joints, str(dataset.root))
    return gathered(places, {name: values}, {name: names}, episode.where)


def _steady(values: Float[np.ndarray, "T D"], dataset: Dataset) -> Float[np.ndarray, "N D"]:
    """The same at the rate at which bodies are moved in simulation."""
    fps = dataset.info.fps
    if fps == RATE_HZ:
        return values
    from_s = np.arange(len(values)) / fps
    times = np.arange(int(np.floor(from_s[-1] * RATE_HZ + 1e-6)) + 1) / RATE_HZ
    return resampled(values, from_s, times)
