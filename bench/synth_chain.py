"""Two hands' demonstrations become one dataset, and a third hand plays it in simulation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from bench.results import table
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.decoding import decode
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.merging import merge
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import length
from xlvla_sdk.latent.oracle import oracle
from xlvla_sdk.layouts import XL1
from xlvla_sdk.onboarding import find_codec
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import FINGERS, Embodiment, HandSpec
from xlvla_sdk.synthesis import Replayed, SynthPlan, replay, synthesize
from xlvla_sdk.synthesis.joints import Joints
from xlvla_sdk.synthesis.replaying import mean_errors

SOURCES, TARGET = ("xhand", "inspire"), "ability"
SEED = 10_000
"""Of the first episode: what evaluations count by begins elsewhere."""
EVERY = 10
"""Rows between two that the oracle is asked about."""


def chain(place: Path, task: str, episodes: int, processes: int) -> tuple[str, str, list[str]]:
    """Goes from synthesis to the third hand; returns a section's title, table and notes.

    Args:
        place: A folder for the datasets, which does not exist yet.
        task: What is demonstrated.
        episodes: Of each source.
        processes: How many simulate side by side.
    """
    place.mkdir(parents=True)
    parts = [_encoded(place, task, hand, episodes, processes) for hand in SOURCES]
    merge(parts, place / "all")
    merged, (layout, codecs) = Dataset.open(place / "all"), _layout(f"xarm7+{TARGET}:right")
    followed = decode(merged, layout, place / TARGET, codecs=codecs, shift=(0.0, 0.0, 0.0))
    played = replay(Dataset.open(place / TARGET), merged)
    own = [one for part in parts for one in replay(part)]
    notes = [
        f"{episodes} episodes each of {' and '.join(SOURCES)} on xarm7, encoded in {layout.space}, "
        f"merged, decoded for {TARGET}, and played on it in simulation from where things had begun. "
        "Done: by the task's judge.",
        f"On their own bodies {sum(one.success for one in own)} of {len(own)} are done when they are "
        f"played again, fingers within {_worst(own):.0e} mm.",
        f"The arm is within 5 mm and 3 degrees in {followed.followed:.1%} of {followed.rows} rows, "
        f"furthest {1e3 * followed.furthest:.1f} mm.",
        "Pinch error: mean over rows of | |delta| - |delta_source| |, delta from the thumb's tip to "
        f"the finger's. Oracle: {TARGET}'s posture of least L2 between the vectors, each row by itself, "
        "which is not quite least in distances; rows: of the decoded joints; played: of the joints "
        "measured in simulation.",
    ]
    if left := Counter(one.failure for one in played if one.failure).most_common():
        notes.append("Not done: " + "; ".join(f"{times} times {why}" for why, times in left) + ".")
    return f"Two hands' {task} on a third, {TARGET}", _table(merged, played, layout), notes


def _encoded(place: Path, task: str, hand: str, episodes: int, processes: int) -> Dataset:
    body, raw = f"xarm7+{hand}:right", place / f"{hand}-raw"
    synthesize(SynthPlan(task, body, episodes, SEED, 0.01), raw, processes=processes)
    layout, codecs = _layout(body)
    encode(Dataset.open(raw), layout, place / hand, codecs=codecs)
    return Dataset.open(place / hand)


def _layout(body: str) -> tuple[XL1, Mapping[str, LatentCodec]]:
    embodiment = registry().embodiment(body)
    codecs = {hand.id: find_codec(hand) for hand in embodiment.hands}
    return XL1(embodiment, codecs), codecs


def _worst(done: Sequence[Replayed]) -> float:
    return max(1e3 * error for one in done for error in one.measured.values())


def _table(merged: Dataset, played: Sequence[Replayed], layout: XL1) -> str:
    header = ("demonstrated by", "done", "finger", "source's distance [mm]")
    rows = []
    for source in dict.fromkeys(one.source for one in played):
        mine = [one for one in played if one.source == source]
        count = f"{sum(one.success for one in mine)} of {len(mine)}"
        best = _best(merged, mine, layout.embodiment)
        for finger, (asked, measured) in mean_errors(mine).items():
            distance, ideal = best[finger]
            numbers = (distance, ideal, 1e3 * asked, 1e3 * measured)
            rows.append((source, count, finger, *(f"{number:.1f}" for number in numbers)))
    return table((*header, "oracle [mm]", "rows [mm]", "played [mm]"), rows)


def _best(
    merged: Dataset, done: Sequence[Replayed], target: Embodiment
) -> dict[str, tuple[float, float]]:
    """By finger, the source's mean distance and the mean error of the best posture there is [mm]."""
    joints = [Joints.of(merged, one.episode) for one in done]
    source, columns = _hand(joints[0].body)
    mine, _ = _hand(target)
    models = [TipModel(hand_kinematics(hand)) for hand in (source, mine)]
    qpos = np.concatenate([one.state[::EVERY, columns] for one in joints])
    wanted = models[0].deltas(torch.from_numpy(np.clip(qpos, *source.limits)).float())
    both = models[0].has[1:] & models[1].has[1:]
    start = torch.zeros(len(qpos), len(mine.joints))
    best = models[1].deltas(models[1].unnormalize(oracle(wanted, models[1], start, both)))
    want, reach = (length(deltas).numpy() * 1e3 for deltas in (wanted, best))
    return {
        f"{mine.side} {FINGERS[k + 1]}": (
            float(want[:, k].mean()),
            float(np.abs(reach[:, k] - want[:, k]).mean()),
        )
        for k in both.nonzero()[:, 0].tolist()
    }


def _hand(body: Embodiment) -> tuple[HandSpec, slice]:
    return next((part, columns) for part, columns in body.slices() if isinstance(part, HandSpec))
