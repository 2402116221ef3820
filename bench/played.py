"""One recording, played through every method: a table, and a picture of a hand that plays it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from bench.contestants import Contestant, Rows
from bench.results import RESULTS, machine, table, today, write_section
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.latent.smoothness import acceleration_rms
from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import HandSpec

PICTURE = RESULTS.parent / "images" / "compare.png"
HEADER = ("method", "distance error [mm]", "direction error [deg]", "closest 5 % [mm]")
HEADER += ("largest step [rad]", "acceleration ratio", "ms a row")


@dataclass(frozen=True)
class Played:
    """A recording on other hands, by one method.

    Attributes:
        name: The method.
        qpos: Target hand to its postures [rad, m].
        distance_mm: Mean difference of thumb-to-finger distances, over shared fingers and targets.
        direction_deg: Mean angle between their directions.
        tight_mm: The same as `distance_mm` over the rows in which the finger is closest.
        largest_step: Largest change of a joint from row to row [rad].
        acceleration: Root mean square of acceleration, target over source, normalised joints.
        ms: Time of a row.
    """

    name: str
    qpos: Mapping[str, Rows]
    distance_mm: float
    direction_deg: float
    tight_mm: float
    largest_step: float
    acceleration: float
    ms: float

    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        numbers = (self.distance_mm, self.direction_deg, self.tight_mm, self.largest_step)
        last = (f"{self.acceleration:.2f}", f"{self.ms:.3g}")
        return (self.name, *(f"{number:.2f}" for number in numbers), *last)


def play_recording(
    recording: Recording,
    source: str,
    drawn: str,
    contestants: Sequence[Contestant],
    specs: Mapping[str, HandSpec],
) -> None:
    """Writes the table, and the picture where the extra `sim` is installed.

    Args:
        recording: Holds a column for every joint of the source; its `qpos` is played.
        source: Whose it is.
        drawn: The hand in the picture.
        contestants: What it is played through.
        specs: The hands, the source among them.
    """
    for hand in (source, drawn):
        if hand not in specs:
            raise SystemExit(f"{hand} is none of the hands compared: {', '.join(specs)}.")
    hands = {hand: shared_kinematics(spec) for hand, spec in specs.items()}
    rows = [played(each, recording, source, hands) for each in contestants]
    own = np.clip(recording.select(specs[source].joints).qpos, *hands[source].limits)
    notes = [
        f"`qpos` of {Path(recording.source).name} of {source} on {_others(specs, source)}, "
        f"{len(recording)} rows. Closest: the 5 % of rows in which a finger is nearest to the thumb.",
        f"{today()}, {machine()}, one thread.",
    ]
    from bench.played_picture import draw

    # The two oracles differ at contacts only: one of them is enough to look at.
    if draw(PICTURE, own, source, drawn, [row for row in rows if row.name != "oracle"], specs):
        shown = f"![{source} played by {drawn} through every method](../images/{PICTURE.name})"
        notes.insert(0, f"On {drawn}, at the moments where a finger is nearest: {shown}")
    title = "One recording through every method"
    write_section("latent", title, table(HEADER, [row.cells() for row in rows]), notes)


@one_thread()
def played(
    contestant: Contestant, recording: Recording, source: str, hands: Mapping[str, HandKinematics]
) -> Played:
    """Plays a recording on every other hand, and measures what came across."""
    own = recording.select(hands[source].joints)
    inside = np.clip(own.qpos, *hands[source].limits)
    targets = [hand for hand in hands if hand != source]
    began = perf_counter()
    qpos = {hand: contestant.play(source, hand, inside) for hand in targets}
    seconds = perf_counter() - began
    errors = [errors_of(hands[source], inside, hands[hand], qpos[hand]) for hand in targets]
    distance, direction, tight = (float(np.mean(part)) for part in zip(*errors, strict=True))
    own_rms = _rms(own, inside, hands[source])
    return Played(
        contestant.name,
        qpos,
        distance,
        direction,
        tight,
        max(float(np.abs(np.diff(rows, axis=0)).max()) for rows in qpos.values()),
        float(np.mean([_rms(own, qpos[h], hands[h]) / own_rms for h in targets])),
        1e3 * seconds / (len(targets) * len(inside)),
    )


def errors_of(
    source: HandKinematics, wanted: Rows, target: HandKinematics, reached: Rows
) -> tuple[float, float, float]:
    """Distance [mm], direction [deg] and distance where it is smallest [mm], over shared fingers."""
    shared = [finger for finger in source.finger_names[1:] if finger in target.finger_names]
    want, reach = vectors(source, wanted, shared), vectors(target, reached, shared)
    near, far = (np.linalg.norm(v, axis=-1) for v in (want, reach))
    off = 1e3 * np.abs(near - far)
    cosine = (want * reach).sum(-1) / np.maximum(near * far, 1e-12)
    tight = near <= np.quantile(near, 0.05, axis=0)
    return (
        float(off.mean()),
        float(np.degrees(np.arccos(cosine.clip(-1, 1))).mean()),
        float(off[tight].mean()),
    )


def vectors(hand: HandKinematics, qpos: Rows, fingers: Sequence[str]) -> np.ndarray:
    """Thumb minus fingertip [m], (rows, fingers, 3)."""
    tips = hand.tips(qpos)
    columns = [hand.finger_names.index(finger) for finger in fingers]
    return tips[:, :1] - tips[:, columns]


def _rms(recording: Recording, qpos: Rows, hand: HandKinematics) -> float:
    moved = Recording(qpos, None, hand.joints, recording.time_s)
    return acceleration_rms(moved, hand.limits)


def _others(specs: Mapping[str, HandSpec], source: str) -> str:
    return ", ".join(hand for hand in specs if hand != source)
