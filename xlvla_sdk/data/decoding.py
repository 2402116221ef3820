"""Rows of a layout become raw joints of another body: its dataset of the same demonstrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.data.converting import Told
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.rows import ACTION, PHYSICS, STATE, others
from xlvla_sdk.data.sidecar import Body, Sidecar, row_sides
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import CodecMismatch, DataError
from xlvla_sdk.layouts import Decoded, Layout
from xlvla_sdk.layouts.shifting import require_followed, shifted, starting_posture, thinned
from xlvla_sdk.layouts.transfer_report import followed
from xlvla_sdk.specs import Station

Shift = tuple[float, float, float]


@dataclass(frozen=True)
class DecodedDataset:
    """What became of a dataset.

    Attributes:
        rows: Rows that were written.
        followed: The part of them in which every arm is within 5 mm and 3 degrees.
        furthest: By how much the worst row misses its pinch point [m].
        dropped: Cameras, and states of a simulation, that were left out: they show another body.
    """

    rows: int
    followed: float
    furthest: float
    dropped: tuple[str, ...]


def decode(
    dataset: Dataset,
    target: Layout,
    out: Path,
    *,
    codecs: Mapping[str, LatentCodec],
    station: Station | None = None,
    version: str = "v3.0",
    cameras: bool = False,
    shift: Shift | None = None,
    told: Told | None = None,
) -> DecodedDataset:
    """Writes a dataset of a body's raw joints from rows of its layout.

    Each hand is what its codec makes of the latent; each arm holds it there, from the beginning
    from which it can follow most of the episode.

    Args:
        dataset: Of rows in the target's layout and space, of one body or of many.
        target: Layout of the body that shall move.
        out: A folder that does not exist yet.
        codecs: Of the target's hands; their hashes are noted.
        station: Where arms stand, as the layout was given it.
        version: `v3.0` or `v2.1`.
        cameras: Keeps pictures and a simulation's states, though they show the body that was
            recorded.
        shift: Added to every pinch point [m], task frame. Given, whatever comes of it is taken; left
            out, an arm that follows less than 95 % of an episode is refused.
        told: Is told of progress.

    Raises:
        DataError: No rows of a layout, other sides, or an arm that follows too little, with the
            shift that helps.
        CodecMismatch: Rows of another layout or latent space.
    """
    check_rows(dataset, target)
    kept = {
        name: one
        for name, one in others(dataset.info.features, ()).items()
        if cameras or not (one.is_camera or name == PHYSICS)
    }
    body = Body.of(target.embodiment, codecs, station)
    feature = Feature("float32", (len(body.joints),), list(body.joints))
    rate_hz, horizon = dataset.info.fps, _sidecar(dataset).horizon
    near, furthest = [], 0.0
    with written(
        out,
        {STATE: feature, ACTION: feature, **kept},
        rate_hz,
        version,
        robot_type=target.embodiment.name,
        sidecar=Sidecar(None, None, row_sides(target), rate_hz, horizon, 0.0, (body,)),
    ) as writer:
        for number, episode in enumerate(dataset):
            state, action = _decoded(dataset, episode, target, shift)
            near.append(followed(state).min(axis=-1, initial=1.0))
            furthest = max(furthest, float(state.position_error.max(initial=0.0)))
            columns = {k: episode.column(k) for k, one in kept.items() if one.dtype != "video"}
            writer.add(
                {STATE: state.qpos, ACTION: action.qpos, **columns},
                episode.prompts,
                videos=episode.info.videos if cameras else None,
                pictures=episode.info.pictures if cameras else None,
                simulated=dataset.simulated(number),
            )
            if told is not None:
                told(number + 1, len(dataset))
    shown = (*dataset.info.cameras, *(name for name in dataset.info.features if name == PHYSICS))
    dropped = tuple(name for name in shown if name not in kept)
    part = float(np.concatenate(near).mean())
    return DecodedDataset(dataset.info.frames, part, furthest, dropped)


def check_rows(dataset: Dataset, target: Layout) -> None:
    """Refuses rows that a layout cannot read; CodecMismatch or DataError, as `decode` says."""
    sidecar = _sidecar(dataset)
    if (sidecar.layout, sidecar.space) != (target.name, target.space):
        raise CodecMismatch(
            f"{dataset.root}: its rows are {sidecar.layout} in {sidecar.space or 'no latent space'}, "
            f"and {target.embodiment.name} reads {target.name} in {target.space or 'none'}. "
            f"{_other_space(sidecar, target)}",
            space=sidecar.space,
        )
    if sidecar.sides != row_sides(target):
        raise DataError(
            f"{dataset.root}: its rows are of {', '.join(sidecar.sides)}, and "
            f"{target.embodiment.name} has {', '.join(row_sides(target))}. Name a body with arms and "
            "hands on the same sides."
        )


def _other_space(sidecar: Sidecar, target: Layout) -> str:
    if sidecar.layout != target.name:
        return f"Name the layout: --layout {sidecar.layout}."
    return (
        f"Say --space {sidecar.space} if it is installed, or encode the dataset anew from its joints "
        f"in {target.space}."
    )


def _sidecar(dataset: Dataset) -> Sidecar:
    sidecar = dataset.sidecar
    if sidecar is None or sidecar.layout is None:
        raise DataError(
            f"{dataset.root}: holds {'raw joints' if sidecar else 'no rows that the SDK encoded'} "
            "(meta/xlvla.json says which layout rows are in). Run `xlvla data encode` first."
        )
    return sidecar


def _decoded(
    dataset: Dataset, episode: Episode, target: Layout, shift: Shift | None
) -> tuple[Decoded, Decoded]:
    """An episode's measured and commanded joints; both begin where the measured ones do best."""
    by = np.array(shift or (0.0, 0.0, 0.0))
    found: list[Decoded] = []
    for name in (STATE, ACTION):
        rows = episode.numbers(name, dataset.feature(name)).astype(float)
        rows = shifted(target, rows, by)
        hands = target.decode_hands(rows)
        start = found[0].qpos[0] if found else starting_posture(target, rows, hands)
        if shift is None:
            require_followed(episode.where, target, *thinned(rows, hands), start)
        found.append(target.reach_with(rows, hands, start))
    return found[0], found[1]
