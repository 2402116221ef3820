"""Raw joints of a registered body become rows of a layout, which mean the same on every body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.columns import ColumnsFile, Places, gathered, places_by_name
from xlvla_sdk.data.converting import Told
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.episode import Episode, VideoPart
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.rows import (
    ACTION,
    ACTION_JOINTS,
    HORIZON,
    RATE_HZ,
    SAMPLE_MASK,
    STATE,
    STATE_JOINTS,
    STD_FLOOR,
    encoded_features,
    others,
    sample_mask,
)
from xlvla_sdk.data.sidecar import Body, Sidecar
from xlvla_sdk.data.steadying import Steady
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError, LimitViolation
from xlvla_sdk.layouts import Layout
from xlvla_sdk.specs import Station


@dataclass(frozen=True)
class Encoded:
    """What became of a dataset.

    Attributes:
        rows: Rows that were written.
        samples: Rows from which a whole chunk lies in the episode.
        short: Episodes that are shorter than a chunk: no sample is from them.
        rate_hz: Rows per second.
        clipped: Joint to how far it was outside its limits [rad, m], where `clip` was set.
        dropped: Columns whose numbers are now joints of `observation.joint_position`.
    """

    rows: int
    samples: int
    short: int
    rate_hz: float
    clipped: Mapping[str, float]
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class JointPlaces:
    """Where a dataset has a body's measured and commanded joints."""

    state: Places
    action: Places
    dataset: Dataset

    @staticmethod
    def of(
        dataset: Dataset, joints: tuple[str, ...], columns: ColumnsFile | None = None
    ) -> JointPlaces:
        """By the names in info.json, or as a columns file says.

        Raises:
            DataError: Nobody says where a joint is, or there are no actions.
        """
        again = dataset.sidecar is not None and dataset.sidecar.layout is not None
        arrays = (STATE_JOINTS, ACTION_JOINTS) if again else (STATE, ACTION)
        if again and len(dataset.sidecar.bodies) > 1:  # pyright: ignore[reportOptionalMemberAccess]
            raise DataError(
                f"{dataset.root}: holds demonstrations of several bodies. Name the datasets that it "
                "was merged from, one after the other."
            )
        found = []
        for which, array in zip(("state", "action"), arrays, strict=True):
            said = columns.places(which, joints) if columns else None
            found.append(said or _by_name(dataset, array, joints))
        return JointPlaces(found[0], found[1], dataset)

    @property
    def arrays(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(dict.fromkeys(place.array for place in (*self.state, *self.action)))

    def read(self, episode: Episode) -> tuple[Float[np.ndarray, "T D"], Float[np.ndarray, "T D"]]:
        """An episode's measured and commanded joints [rad, m].

        Raises:
            DataError: A column is missing, or a number is not finite.
        """
        features = {name: self.dataset.feature(name) for name in self.arrays}
        arrays = {name: episode.numbers(name, one) for name, one in features.items()}
        names = {name: one.column_names for name, one in features.items()}
        state, action = (
            gathered(places, arrays, names, episode.where) for places in (self.state, self.action)
        )
        return _finite(state, self.state, episode), _finite(action, self.action, episode)


def encode(
    dataset: Dataset,
    layout: Layout,
    out: Path,
    *,
    codecs: Mapping[str, LatentCodec],
    station: Station | None = None,
    columns: ColumnsFile | None = None,
    version: str = "v3.0",
    horizon: int = HORIZON,
    clip: bool = False,
    reencode: bool = False,
    told: Told | None = None,
) -> Encoded:
    """Writes a dataset whose `observation.state` and `action` are rows of a layout.

    Raw joints stand beside them; cameras, tasks and what else there is are kept. Without cameras
    the rate becomes 20 Hz, joints interpolated linearly, other columns taken from the
    nearest row; with cameras it stays, unless they are brought to 20 Hz, too.

    Args:
        dataset: Of raw joints; one that was encoded before is encoded anew from its joints.
        layout: Of the body that was recorded.
        out: A folder that does not exist yet.
        codecs: Of the layout's hands; their hashes are noted.
        station: Where arms stand, as the layout was given it.
        columns: Where the joints stand, if names do not say.
        version: `v3.0` or `v2.1`.
        horizon: Rows of a chunk, for `sample_mask`.
        clip: Clips joints that are further than 5 mrad outside their limits.
        reencode: Brings datasets with cameras to 20 Hz as well: pictures of the nearest row, videos
            decoded and encoded anew, a file an episode (extra `video`).
        told: Is told of progress.

    Raises:
        DataError: Nobody says where a joint is; a number is not finite; a file is damaged.
        LimitViolation: A joint is outside its limits and `clip` is not set.
    """
    places = JointPlaces.of(dataset, layout.embodiment.joints, columns)
    kept = others(dataset.info.features, places.arrays)
    rate_hz = dataset.info.fps if dataset.info.cameras and not reencode else RATE_HZ
    body = Body.of(layout.embodiment, codecs, station)
    clipped: dict[str, float] = {}
    rows = samples = short = 0
    with (
        written(
            out,
            {**encoded_features(layout), **_said(kept, rate_hz, reencode)},
            rate_hz,
            version,
            robot_type=dataset.info.robot_type or layout.embodiment.name,
            sidecar=Sidecar.of(layout, body, rate_hz, horizon, STD_FLOOR),
            std_floor=STD_FLOOR,
        ) as writer,
        _videos(writer.root, dataset, rate_hz, reencode) as videos,
    ):
        for number, episode in enumerate(dataset):
            steady = Steady.of(episode, dataset.info.fps, rate_hz)
            joints = [steady.numbers(values) for values in places.read(episode)]
            if clip:
                joints = [_clipped(values, layout, clipped) for values in joints]
            mask = sample_mask(steady.rows, horizon)
            made = _rows(layout, joints[0], joints[1], episode.where)
            writer.add(
                {**made, SAMPLE_MASK: mask, **_kept(episode, kept, steady)},
                steady.texts(episode.prompts),
                videos=videos(episode, steady),
                pictures=episode.info.pictures,
                simulated=dataset.simulated(number),
            )
            rows, samples = rows + steady.rows, samples + int(mask.sum())
            short += not mask.any()
            if told is not None:
                told(number + 1, len(dataset))
    dropped = tuple(name for name in places.arrays if name not in (STATE, ACTION))
    return Encoded(rows, samples, short, rate_hz, clipped, dropped)


Films = Callable[[Episode, Steady], Mapping[str, VideoPart]]


@contextmanager
def _videos(root: Path, dataset: Dataset, rate_hz: float, reencode: bool) -> Iterator[Films]:
    """What an episode's videos become: themselves, or videos at the new rate."""
    if not (reencode and dataset.info.videos):
        yield lambda episode, _: episode.info.videos
        return
    from xlvla_sdk.data.reencoding import Reencoder

    with Reencoder(root, dataset.info.fps, rate_hz) as made:
        yield made.videos


def _said(features: Mapping[str, Feature], rate_hz: float, reencode: bool) -> Mapping[str, Feature]:
    if not (reencode and any(one.dtype == "video" for one in features.values())):
        return features
    from xlvla_sdk.data.reencoding import reencoded_features

    return reencoded_features(features, rate_hz)


def _by_name(dataset: Dataset, array: str, joints: tuple[str, ...]) -> Places:
    if array not in dataset.info.features:
        raise DataError(
            f"{dataset.root}: has no column '{array}'. Say where the joints are in a file, --columns "
            f"FILE. It has: {', '.join(dataset.info.features)}.",
            column=array,
        )
    feature = dataset.info.features[array]
    return places_by_name(array, feature.column_names, feature.width, joints, str(dataset.root))


def _finite(values: np.ndarray, places: Places, episode: Episode) -> np.ndarray:
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise DataError(
            f"{episode.where}: {places[column]} is {values[row, column]} in row {row}. Cut or mend the "
            "row; nothing is filled in for you.",
            row=int(row),
        )
    return values


def _clipped(values: np.ndarray, layout: Layout, clipped: dict[str, float]) -> np.ndarray:
    inside = np.clip(values, *layout.embodiment.limits)
    for joint, by in zip(
        layout.embodiment.joints, np.abs(values - inside).max(axis=0), strict=True
    ):
        if by > 0.0:
            clipped[joint] = max(clipped.get(joint, 0.0), float(by))
    return inside


def _rows(
    layout: Layout, state: np.ndarray, action: np.ndarray, where: str
) -> dict[str, np.ndarray]:
    """The four columns of numbers that encoding makes."""
    found = {}
    for what, name, joints in (("state", STATE, state), ("action", ACTION, action)):
        try:
            found[name] = layout.encode(joints)
        except LimitViolation as error:
            raise LimitViolation(
                f"{where}, {what}: {error.message} `xlvla data check` says whether joints are "
                "swapped, in degrees, or of another sign; --clip takes them to their limits. "
                "Nothing was written.",
                **error.values,
            ) from error
    return {**found, STATE_JOINTS: state, ACTION_JOINTS: action}


def _kept(
    episode: Episode, kept: Mapping[str, Feature], steady: Steady
) -> dict[str, pa.ChunkedArray]:
    stored = [name for name, one in kept.items() if one.dtype != "video"]
    return {name: steady.column(episode.column(name)) for name in stored}
