"""Datasets of several hands become one: the same rows, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from xlvla_sdk.data.converting import Told
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.pooled_things import says_things, things_of
from xlvla_sdk.data.rows import (
    ACTION,
    ACTION_JOINTS,
    JOINT_MASK,
    MASK,
    PHYSICS,
    SAMPLE_MASK,
    STATE,
    STATE_JOINTS,
    THINGS,
    THINGS_MASK,
    joint_features,
    others,
    sample_mask,
)
from xlvla_sdk.data.sidecar import Body, Sidecar
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import CodecMismatch, DataError


@dataclass(frozen=True)
class Merged:
    """What became of the datasets.

    Attributes:
        rows, samples, short: As `Encoded` has them.
        dropped: Columns that not every dataset has, and that were left out.
    """

    rows: int
    samples: int
    short: int
    dropped: tuple[str, ...]


def merge(
    datasets: Sequence[Dataset],
    out: Path,
    *,
    version: str = "v3.0",
    cameras: Sequence[str] | None = None,
    horizon: int | None = None,
    told: Told | None = None,
) -> Merged:
    """Writes encoded datasets as one, in which nothing but meta/xlvla.json says whose an episode is.

    Rows, cameras and tasks are pooled. Raw joints are padded with zeros to the widest body's, with
    `observation.joint_mask` beside; their names are in meta/xlvla.json. Statistics are of all
    rows. Where things are is said of the things of all scenes, with `things_mask` beside where scenes
    differ. Other columns are kept where every dataset has them alike.

    Args:
        datasets: In one layout, space and rate, of the same sides.
        out: A folder that does not exist yet.
        version: `v3.0` or `v2.1`.
        cameras: Those to keep; all when left out, and then every dataset must have them.
        horizon: Rows of a chunk, for `sample_mask`; the datasets' own when left out.
        told: Is told of progress.

    Raises:
        CodecMismatch: Other layouts or latent spaces.
        DataError: Other rates, sides or cameras; a dataset that was not encoded.
    """
    sidecars = _alike(datasets)
    kept, dropped = _kept(datasets, cameras)
    things = things_of(datasets)
    bodies, numbers = _bodies(sidecars)
    horizon = horizon or sidecars[0].horizon
    width = max(len(body.joints) for body in bodies)
    whole = replace(sidecars[0], bodies=bodies, horizon=horizon)
    row = datasets[0].feature(STATE)
    features: dict[str, Feature] = {
        STATE: row,
        ACTION: row,
        **joint_features(_names(bodies, width)),
    }
    features |= {JOINT_MASK: Feature("bool", (width,)), **MASK, **kept, **things.features}
    done, of = 0, sum(len(dataset) for dataset in datasets)
    rows = samples = short = 0
    with written(
        out,
        features,
        datasets[0].info.fps,
        version,
        robot_type="+".join(dict.fromkeys(body.embodiment for body in bodies)),
        sidecar=whole,
        std_floor=whole.std_floor,
    ) as writer:
        for dataset, sidecar, places in zip(datasets, sidecars, numbers, strict=True):
            for number, episode in enumerate(dataset):
                mask = sample_mask(len(episode), horizon)
                columns = {name: episode.column(name) for name in (STATE, ACTION)}
                columns |= {k: episode.column(k) for k, one in kept.items() if one.dtype != "video"}
                joints = _padded(dataset, episode, sidecar.body(number), width)
                writer.add(
                    {**columns, **joints, **things.columns(dataset, episode), SAMPLE_MASK: mask},
                    episode.prompts,
                    videos=episode.info.videos,
                    pictures=episode.info.pictures,
                    body=places[sidecar.episodes[number]],
                    simulated=dataset.simulated(number),
                )
                rows, samples = rows + len(episode), samples + int(mask.sum())
                short, done = short + (not mask.any()), done + 1
                if told is not None:
                    told(done, of)
    return Merged(rows, samples, short, dropped)


def _alike(datasets: Sequence[Dataset]) -> list[Sidecar]:
    """The datasets' sidecars, when their rows mean the same."""
    if len(datasets) < 2:
        raise DataError("merging takes two datasets or more. Name another.")
    found: list[Sidecar] = []
    for dataset in datasets:
        sidecar = dataset.sidecar
        if sidecar is None or sidecar.layout is None:
            raise DataError(
                f"{dataset.root}: holds raw joints, which mean another thing on every body. Run "
                "`xlvla data encode` on it first."
            )
        found.append(sidecar)
        first = found[0]
        if (sidecar.layout, sidecar.space) != (first.layout, first.space):
            raise CodecMismatch(
                f"{dataset.root}: its rows are {sidecar.layout} in {sidecar.space or 'no space'}, "
                f"those of {datasets[0].root} are {first.layout} in {first.space or 'no space'}. "
                "Encode one of them anew: `xlvla data encode` reads the joints beside the rows.",
                space=sidecar.space,
            )
        if dataset.info.fps != datasets[0].info.fps:
            raise DataError(
                f"{dataset.root}: has {dataset.info.fps:g} rows a second, {datasets[0].root} has "
                f"{datasets[0].info.fps:g}. A policy would take one for the other's speed. Datasets "
                "without cameras are all encoded at 20 Hz; with cameras the rates must agree.",
                fps=dataset.info.fps,
            )
        if sidecar.sides != first.sides:
            raise DataError(
                f"{dataset.root}: its rows are of {', '.join(sidecar.sides)}, those of "
                f"{datasets[0].root} of {', '.join(first.sides)}. Merge bodies with the same sides."
            )
    return found


def _kept(
    datasets: Sequence[Dataset], cameras: Sequence[str] | None
) -> tuple[dict[str, Feature], tuple[str, ...]]:
    """The cameras and other columns that are taken over, and what is left out."""
    apart = (THINGS, THINGS_MASK) if all(says_things(one) for one in datasets) else ()
    every = [others(dataset.info.features, apart) for dataset in datasets]
    _check_cameras(datasets, cameras)
    kept, dropped = {}, []
    for name, one in {name: one for found in every for name, one in found.items()}.items():
        alike = all(
            name in found and (found[name].dtype, found[name].shape) == (one.dtype, one.shape)
            for found in every
        )
        # Of two bodies or scenes, as many numbers would still be other joints.
        alike = alike and (name != PHYSICS or all(found[name] == one for found in every))
        if one.is_camera and cameras is not None and name not in cameras:
            dropped.append(name)
        elif alike:
            kept[name] = one
        else:
            dropped.append(name)
    return kept, tuple(dropped)


def _check_cameras(datasets: Sequence[Dataset], cameras: Sequence[str] | None) -> None:
    wanted = cameras
    if wanted is None:
        wanted = dict.fromkeys(name for one in datasets for name in one.info.cameras)
    common = [
        name
        for name in datasets[0].info.cameras
        if all(name in one.info.cameras for one in datasets)
    ]
    for name in wanted:
        kinds: dict[tuple[str, tuple[int, ...]], Path] = {}
        for dataset in datasets:
            if name not in dataset.info.cameras:
                raise DataError(
                    f"{dataset.root}: has no camera '{name}'. Say which cameras to keep: "
                    f"{' '.join(f'--camera {one}' for one in common) or '--no-cameras'}.",
                    camera=name,
                )
            one = dataset.info.features[name]
            kinds.setdefault((one.dtype, one.shape), dataset.root)
        if len(kinds) > 1:
            (mine, first), (theirs, second) = list(kinds.items())[:2]
            raise DataError(
                f"camera '{name}' is {mine[0]} of {mine[1]} in {first}, and {theirs[0]} of "
                f"{theirs[1]} in {second}. Leave it out by naming the others with --camera, or "
                "--no-cameras.",
                camera=name,
            )


def _bodies(sidecars: Sequence[Sidecar]) -> tuple[tuple[Body, ...], list[list[int]]]:
    """Every body once, and for each dataset the places of its own among them."""
    bodies: list[Body] = []
    numbers = []
    for sidecar in sidecars:
        numbers.append([])
        for body in sidecar.bodies:
            if body not in bodies:
                bodies.append(body)
            numbers[-1].append(bodies.index(body))
    return tuple(bodies), numbers


def _names(bodies: Sequence[Body], width: int) -> list[str]:
    """The joints' own names where all bodies share them, numbers otherwise."""
    if len({body.joints for body in bodies}) == 1:
        return list(bodies[0].joints)
    return [f"joint_{k:02d}" for k in range(width)]


def _padded(dataset: Dataset, episode: Episode, body: Body, width: int) -> Mapping[str, np.ndarray]:
    """The raw joints, and which of the numbers are some."""
    count, found = len(body.joints), {}
    for name in (STATE_JOINTS, ACTION_JOINTS):
        values = episode.numbers(name, dataset.feature(name))
        found[name] = np.zeros((len(episode), width), dtype=np.float32)
        found[name][:, :count] = values[:, :count]
    mask = np.zeros((len(episode), width), dtype=bool)
    mask[:, :count] = True
    return {**found, JOINT_MASK: mask}
