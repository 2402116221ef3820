"""Single postures to look at: one pinch of each finger and source, and where the codec does worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.latent.losses import CONTACT, retarget_loss, source_pairs
from xlvla_sdk.latent.measures import PLAIN, postures_to_qpos
from xlvla_sdk.latent.trials import Trial
from xlvla_sdk.specs import FINGERS


@dataclass(frozen=True)
class Case:
    """One posture of another hand, what this hand's codec makes of it, and the best there is.

    Attributes:
        source: The other hand.
        set: `RT` or `CP`.
        finger: The finger it is about.
        able: Whether this hand can bring that finger to its thumb.
        wanted: The other hand's posture [rad, m].
        answer: What this hand's codec answers.
        best: What oracle-c finds.
        wanted_mm: How far the finger is from the thumb on the other hand [mm].
        answer_mm: The same in the answer.
        best_mm: The same in the best.
        loss: L2 of the answer.
        best_loss: L2 of the best.
    """

    source: str
    set: str
    finger: str
    able: bool
    wanted: Float[np.ndarray, " S"]
    answer: Float[np.ndarray, " D"]
    best: Float[np.ndarray, " D"]
    wanted_mm: float
    answer_mm: float
    best_mm: float
    loss: float
    best_loss: float


def pinches(
    hand: str, trials: Sequence[Trial], sources: Mapping[str, LatentCodec]
) -> dict[str, list[Case]]:
    """For each finger, of every hand that touches its thumb with it, the middling such posture.

    Middling by how near the finger comes to the thumb on this hand: as many do better as worse.

    Args:
        hand: This hand as the trials name it.
        trials: Of pairs with it.
        sources: Codecs of the other hands, by id.
    """
    found: dict[str, list[Case]] = {finger: [] for finger in FINGERS[1:]}
    for trial in _onto(hand, trials):
        if trial.set != "CP":
            continue
        has = sources[trial.source].kinematics.has
        distance = np.where(has, _lengths(trial.wanted), np.inf)
        for slot in np.flatnonzero(trial.both.numpy()):
            rows = np.flatnonzero((distance.argmin(axis=1) == slot) & (distance[:, slot] < CONTACT))
            if len(rows):
                reached = _lengths(trial.reached)[rows, slot]
                row = rows[np.argsort(reached, kind="stable")[(len(rows) - 1) // 2]]
                found[FINGERS[slot + 1]].append(_case(trial, int(row), int(slot), sources))
    return {finger: cases for finger, cases in found.items() if cases}


def worst(
    hand: str, trials: Sequence[Trial], sources: Mapping[str, LatentCodec], count: int
) -> list[Case]:
    """The postures on which the codec loses most against the best there is, the worst first.

    At most one of each source and set, so that they differ.
    """
    cases = []
    for trial in _onto(hand, trials):
        lost = np.stack([_lost(trial, slot) for slot in range(len(trial.both))], axis=1)
        row = int(lost.sum(axis=1).argmax())
        slot = int(lost[row].argmax())
        cases.append(_case(trial, row, slot, sources))
    return sorted(cases, key=lambda case: case.best_loss - case.loss)[:count]


def _onto(hand: str, trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.target == hand]


def _lost(trial: Trial, slot: int) -> Float[np.ndarray, " rows"]:
    """What a finger adds to each row's loss above the best there is; zero where it is not shared."""
    alone = trial.both.clone()
    alone[:] = False
    alone[slot] = trial.both[slot]
    source = source_pairs(trial.wanted, PLAIN)
    ours, best = (
        retarget_loss(source, vectors, alone, PLAIN).numpy()
        for vectors in (trial.reached, trial.best)
    )
    return (ours - best) / int(trial.both.sum())


def _case(trial: Trial, row: int, slot: int, sources: Mapping[str, LatentCodec]) -> Case:
    model, source = trial.model, sources[trial.source]
    pairs = source_pairs(trial.wanted[row : row + 1], PLAIN)
    vectors = (trial.wanted, trial.reached, trial.best)
    wanted_mm, answer_mm, best_mm = (1e3 * float(_lengths(v[row])[slot]) for v in vectors)
    loss, best_loss = (
        float(retarget_loss(pairs, v[row : row + 1], trial.both, PLAIN)[0]) for v in vectors[1:]
    )
    answer, best = (
        model.unnormalize(of[row]).double().numpy() for of in (trial.start, trial.found)
    )
    wanted = postures_to_qpos(source, trial.postures[row : row + 1])[0]
    return Case(
        source=trial.source,
        set=trial.set,
        finger=FINGERS[slot + 1],
        able=bool(trial.able[slot]),
        wanted=np.clip(wanted, *source.limits),
        answer=answer,
        best=best,
        wanted_mm=wanted_mm,
        answer_mm=answer_mm,
        best_mm=best_mm,
        loss=loss,
        best_loss=best_loss,
    )


def _lengths(vectors: object) -> np.ndarray:
    return np.linalg.norm(np.asarray(vectors), axis=-1)
