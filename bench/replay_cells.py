"""One demonstration of one hand on another in one way, and what came of it; kept in a folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from bench.replay_things import parted
from bench.replay_ways import Moved
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.leaving import heed
from xlvla_sdk.registry import registry
from xlvla_sdk.sim import World, build_world
from xlvla_sdk.sim.physics import model_hash
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.storage import written_beside
from xlvla_sdk.synthesis.attempt import Attempt, attempted
from xlvla_sdk.synthesis.joints import Joints, finger_distances
from xlvla_sdk.synthesis.playing import Played

NOISE = 0.01
"""Standard deviation of the demonstrator's waypoints [m]."""
TRIES = 10
"""So many attempts for one demonstration: more, and the demonstrator cannot do it."""
CLOSED = 0.25
"""The part of a demonstration's rows in which its hand is most closed: there things are held."""


@dataclass(frozen=True)
class Outcome:
    """What came of a demonstration on another body.

    Attributes:
        task, source, target, way: Of what, from whom to whom, and how.
        seed: Of where things began.
        demonstration: A hash of the demonstration's commands.
        done_s: Since when the task was done [s]; None when it was not.
        failure: Why not, in words.
        followed: The part of the rows in which the arm is within 5 mm and 3 degrees.
        asked: Mean over rows and fingers of | |delta| - |delta_source| | of the commands [m].
        asked_closed: The same over the quarter of the rows in which the source is most closed [m].
        played: As `asked`, of the joints measured in simulation, on both sides [m].
        wider: How much further open than the source's the hand is in those closed rows, as measured,
            mean over fingers [m]; negative where it is closed further.
        parted: When a thing was first elsewhere than in the demonstration.
    """

    task: str
    source: str
    target: str
    way: str
    seed: int
    demonstration: str
    done_s: float | None
    failure: str
    followed: float
    asked: float
    asked_closed: float
    played: float
    wider: float
    parted: str

    @property
    def success(self) -> bool:
        """Whether the task was done."""
        return self.done_s is not None


@dataclass(frozen=True)
class Demonstrated:
    """A demonstration that did its task.

    Attributes:
        seed: Of where things began.
        joints: Measured and commanded.
        things: Where things are; see `bench.replay_things`.
    """

    seed: int
    joints: Joints
    things: Float[np.ndarray, "T E"]

    @property
    def hash(self) -> str:
        """Of its commands."""
        return hashlib.sha256(self.joints.action.tobytes()).hexdigest()[:16]


class Folder:
    """Demonstrations and outcomes of earlier runs, and the worlds they are of."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._worlds: dict[tuple[str, str], World] = {}
        self._models: dict[tuple[str, str], str] = {}

    def world(self, body: str, task: str) -> World:
        """A body before a task's scene."""
        if (body, task) not in self._worlds:
            scene = find_task(task).scene
            self._worlds[body, task] = build_world(registry().embodiment(body), scene=scene)
        return self._worlds[body, task]

    def _model(self, body: str, task: str) -> str:
        """Of the world, in files' names: another body or scene makes other files."""
        if (body, task) not in self._models:
            self._models[body, task] = model_hash(self.world(body, task).model)[:8]
        return self._models[body, task]

    def demonstrations(
        self, body: str, task: str, seed: int, anew: bool = True
    ) -> Iterator[Demonstrated]:
        """Those that did their task, one after the other, of the seeds from `seed` on.

        Args:
            body: Who demonstrates.
            task: What.
            seed: The first.
            anew: Whether they are made where earlier runs did not; else they end there.

        Raises:
            XlvlaError: Ten in succession did not.
        """
        failed = 0
        while failed < TRIES:
            done = self._attempt(body, task, seed, anew)
            if done is None:
                return
            failed = 0 if done.success else failed + 1
            if done.success:
                arrays = (values.astype(float) for values in (done.state, done.action))
                joints = Joints(registry().embodiment(body), *arrays)
                yield Demonstrated(seed, joints, done.things.astype(float))
            seed += 1
        raise XlvlaError(
            f"{task} on {body}: {TRIES} demonstrations failed, the last at {seed - 1}."
        )

    def _attempt(self, body: str, task: str, seed: int, anew: bool) -> Attempt | None:
        heed()
        path = (
            self._root
            / "demonstrations"
            / task
            / f"{_plain(body)}-{seed}.{self._model(body, task)}.npz"
        )
        kept = Attempt.load(path)
        if kept is not None or not anew:
            return kept
        world = self.world(body, task)
        done = attempted(
            world, find_task(task), seed, noise=NOISE, disturbance=0.0, station=None, heed=heed
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        done.save(path)
        return done

    def outcome(
        self, task: str, demonstrated: Demonstrated, target: str, way: str, of: str
    ) -> Outcome | None:
        """What came of it in an earlier run; None where it is not known, or was of something else.

        Args:
            task: The task.
            demonstrated: What was played.
            target: On which body.
            way: How.
            of: What the way is made of: changed codecs make another file.
        """
        path = self._path(task, demonstrated, target, way, of)
        if not path.is_file():
            return None
        found = Outcome(**json.loads(path.read_text()))
        return found if found.demonstration == demonstrated.hash else None

    def keep(self, outcome: Outcome, demonstrated: Demonstrated, of: str) -> None:
        """For the next run."""
        path = self._path(outcome.task, demonstrated, outcome.target, outcome.way, of)
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_beside(path) as beside:
            beside.write_text(json.dumps(asdict(outcome)))

    def _path(self, task: str, demonstrated: Demonstrated, target: str, way: str, of: str) -> Path:
        pair = f"{_plain(demonstrated.joints.body.name)}-{_plain(target)}"
        made = f"{self._model(target, task)}{of}"
        name = f"{_plain(way)}-{demonstrated.seed}.{made}.json"
        return self._root / "outcomes" / task / pair / name


def judged(
    task: str, way: str, demonstrated: Demonstrated, target: str, moved: Moved, played: Played
) -> Outcome:
    """What came of a demonstration that was played on another body, in numbers."""
    own = demonstrated.joints
    commands = own.action
    closed = _closed(own)
    asked = _differences(moved.joints, moved.joints.action, own, commands)
    rows = min(len(played.measured), len(own.state))
    done = _differences(moved.joints, played.measured[:rows], own, own.state[:rows])
    return Outcome(
        task,
        own.body.name,
        target,
        way,
        demonstrated.seed,
        demonstrated.hash,
        played.done_s,
        played.failure,
        moved.followed,
        float(np.abs(asked).mean()),
        float(np.abs(asked[:, closed]).mean()),
        float(np.abs(done).mean()),
        float(done[:, closed[:rows]].mean()) if closed[:rows].any() else float("nan"),
        str(parted(demonstrated.things, played.things)),
    )


def _differences(moved: Joints, qpos: np.ndarray, own: Joints, wanted: np.ndarray) -> np.ndarray:
    """|delta| - |delta_source| of each finger that both have, by rows [m]."""
    mine, theirs = finger_distances(moved.body, qpos), finger_distances(own.body, wanted)
    return np.array([mine[finger] - theirs[finger] for finger in mine if finger in theirs])


def _closed(own: Joints) -> np.ndarray:
    """Which rows of a demonstration are among the quarter in which its hand is most closed."""
    distance = np.mean(list(finger_distances(own.body, own.state).values()), axis=0)
    return distance <= np.quantile(distance, CLOSED)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
