"""replay: a dataset's actions move a simulated body; does the task get done, do fingers pinch?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.decoding import Shift, decode
from xlvla_sdk.errors import DataError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.sim import World, build_world
from xlvla_sdk.sim.task import Task
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.specs import Station
from xlvla_sdk.synthesis.joints import Joints, finger_distances
from xlvla_sdk.synthesis.playing import play
from xlvla_sdk.synthesis.worlds import simulated_place

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replayed:
    """One episode, played again.

    Attributes:
        episode: Its number.
        source: The body whose fingers are compared with.
        done_s: Since when the task was done [s]; None when it was not.
        failure: Why not, in words, and what things touched in the end; empty after a success.
        recorded: Whether the task was done when the episode was made.
        asked: By finger, as in `right index`: mean of | |delta_rows| - |delta_source| | over the
            rows [m], where delta is from the thumb's tip to the finger's: what the rows ask for.
        measured: The same of the joints measured while they were played [m].
    """

    episode: int
    source: str
    done_s: float | None
    failure: str
    recorded: bool
    asked: Mapping[str, float]
    measured: Mapping[str, float]

    @property
    def success(self) -> bool:
        """Whether the task was done."""
        return self.done_s is not None


def replay(
    dataset: Dataset,
    source: Dataset | None = None,
    station: Station | None = None,
    told: Callable[[Replayed], None] | None = None,
) -> tuple[Replayed, ...]:
    """Plays every episode of a dataset on its body in simulation.

    Things begin where they began when the episode was simulated; the body where its first row is.
    Commands go through the checked drivers, 0.05 s a row. The task's judge says what came of it.

    Args:
        dataset: Joints of a body whose episodes, or those it was decoded from, were simulated.
        source: The dataset that it was decoded from, episode by episode, of the bodies that were
            simulated; left out, fingers are compared with the dataset's own rows.
        station: Where arms stand and how hands are mounted, if not where the specs say.
        told: Is told of every episode.

    Raises:
        DataError: Nothing says where things began, or whose joints there are; a source of other
            episodes.
        UnknownDevice, SpecError: No such body or task any more.
    """
    if source is not None and len(source) != len(dataset):
        raise DataError(
            f"{source.root}: has {len(source)} episodes, {dataset.root} has {len(dataset)}. Name the "
            "dataset that it was decoded from."
        )
    stage = _Stage(station or Station())
    done = []
    for index in range(len(dataset)):
        joints = Joints.of(dataset, index)
        wanted = joints if source is None else Joints.of(source, index)
        done.append(_replayed(dataset, index, joints, wanted, stage))
        if told is not None:
            told(done[-1])
    return tuple(done)


def replay_decoded(
    dataset: Dataset,
    target: Layout,
    codecs: Mapping[str, LatentCodec],
    station: Station | None = None,
    shift: Shift | None = None,
    told: Callable[[Replayed], None] | None = None,
) -> tuple[Replayed, ...]:
    """Decodes a dataset for another body and plays it there; fingers are compared with its own.

    Args:
        dataset: Of rows in the target's layout, of episodes that were simulated.
        target: Layout of the body that shall move.
        codecs: Of the target's hands.
        station: Where the target's arms stand, as its layout was given it.
        shift: Added to every pinch point [m]; as `decode` has it.
        told: Is told of every episode.

    Raises:
        XlvlaError: As `decode` and `replay` say.
    """
    for index in range(len(dataset)):
        simulated_place(dataset, index)  # said before anything is decoded
    with TemporaryDirectory(prefix="xlvla-") as folder:
        out = Path(folder) / "decoded"
        decode(dataset, target, out, codecs=codecs, station=station, shift=shift)
        return replay(Dataset.open(out), dataset, station, told)


def mean_errors(done: Sequence[Replayed]) -> dict[str, tuple[float, float]]:
    """By finger, the mean over episodes of what the rows ask for and of what was measured [m]."""
    fingers = dict.fromkeys(finger for one in done for finger in one.asked)
    return {
        finger: (
            float(np.mean([one.asked[finger] for one in done if finger in one.asked])),
            float(np.mean([one.measured[finger] for one in done if finger in one.measured])),
        )
        for finger in fingers
    }


def _replayed(
    dataset: Dataset, index: int, joints: Joints, wanted: Joints, stage: _Stage
) -> Replayed:
    place = simulated_place(dataset, index)
    if place.disturbance > 0.0:
        logger.warning(
            "%s, episode %d: its arms were pushed off their way by %g rad when it was made; nobody pushes "
            "now, so it may end otherwise.",
            dataset.root,
            index,
            place.disturbance,
        )
    task = find_task(place.task)
    played = play(stage.world(joints, task), task, place.seed, joints)
    return Replayed(
        index,
        wanted.body.name,
        played.done_s,
        played.failure,
        place.success,
        finger_error(joints, joints.state, wanted),
        finger_error(joints, played.measured, wanted),
    )


def finger_error(moved: Joints, qpos: Float[np.ndarray, "T D"], wanted: Joints) -> dict[str, float]:
    """Mean of | |delta| - |delta_wanted| | by finger [m], over the rows that both have.

    Args:
        moved: Whose joints `qpos` are.
        qpos: Rows [rad, m].
        wanted: What fingers should do, in its measured rows.
    """
    rows = min(len(qpos), len(wanted.state))
    if rows == 0:
        return {}
    mine = finger_distances(moved.body, qpos[:rows])
    theirs = finger_distances(wanted.body, wanted.state[:rows])
    return {
        finger: float(np.abs(mine[finger] - theirs[finger]).mean())
        for finger in mine
        if finger in theirs
    }


class _Stage:
    """Worlds, one for each body and task."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._worlds: dict[tuple[str, str], World] = {}

    def world(self, joints: Joints, task: Task) -> World:
        key = (joints.body.name, task.name)
        if key not in self._worlds:
            self._worlds[key] = build_world(joints.body, self._station, task.scene)
        return self._worlds[key]
