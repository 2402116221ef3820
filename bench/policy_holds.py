"""Where demonstrators hold a thing that they lift, hand by hand: what a policy told of no hand cannot know.

    python -m bench.policy holds

The arm's columns say where the pinch point is. Were things held there, the arm would go the same way with
every hand; what differs between hands, a policy must guess from the measured latent.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from bench.policy_cells import Pool, encoded_rows
from bench.policy_options import (
    EPISODES,
    HANDS,
    KEPT,
    Episodes,
    Hands,
    Kept,
    pool_of,
)
from bench.results import machine, table, today, write_section
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.layouts import XL1
from xlvla_sdk.layouts.rotation import rotation_of
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.leaving import listen

TASK = "place-box"
LIFTED = 0.01
"""A thing so far above where it began is held [m]."""
HEADER = ("hand", "across", "sideways", "along the fingers")


def holds(
    hands: Hands = HANDS,
    episodes: Episodes = EPISODES,
    kept: Kept = KEPT,
) -> None:
    """Measures where each hand holds the box, and writes docs/results/policy.md."""
    listen()
    pool = pool_of(hands, TASK, episodes, kept=kept)
    found = {hand: offsets(encoded_rows(pool, TASK, hand, XL1.name)) for hand in pool.hands}
    rows = [(hand, *map(_spread, offset.T)) for hand, offset in found.items()]
    means = np.stack([offset.mean(axis=0) for offset in found.values()])
    rows.append(("furthest apart, means", *(f"{1e3 * span:.0f}" for span in np.ptp(means, axis=0))))
    write_section("policy", "Where hands hold a box", table(HEADER, rows), _notes(pool))


def offsets(dataset: Dataset) -> Float[np.ndarray, "E 3"]:
    """From the pinch point to the thing that is lifted, in the palm frame, of every episode [m].

    The moment is the first in which it is 1 cm above where it began.
    """
    samples = Samples.of(dataset, XL1.name)
    ends = np.unique(samples.last)
    begins = np.concatenate([[0], ends[:-1] + 1])
    return np.stack([_offset(samples, slice(*pair)) for pair in zip(begins, ends, strict=True)])


def _offset(samples: Samples, rows: slice) -> Float[np.ndarray, "3"]:
    places, arms = samples.things[rows, :, :3], samples.state[rows, samples.arms[0] :]
    risen = places[..., 2] - places[0, :, 2]
    thing = int(risen.max(axis=0).argmax())
    now = int((risen[:, thing] > LIFTED).argmax())
    R_task_palm = rotation_of(arms[now, 3:9], "a measured row")
    return R_task_palm.T @ (places[now, thing] - arms[now, :3])


def _spread(offset: Float[np.ndarray, " E"]) -> str:
    return f"{1e3 * offset.mean():.0f} ± {1e3 * offset.std():.0f}"


def _notes(pool: Pool) -> list[str]:
    return [
        f"From the pinch point to the box's origin in the palm frame when it has risen by "
        f"{1e3 * LIFTED:.0f} mm [mm], mean and deviation of {pool.episodes} demonstrations of {TASK}, along "
        "its x, y and z. Where means of hands are "
        "further apart than a hand's own deviation, the arm has to go another way with each hand, and a "
        "policy that is told of no hand must tell it by the measured latent. One on raw joints sees which hand it is.",
        f"`python -m bench.policy holds --hands {','.join(pool.hands)} --episodes {pool.episodes}`.",
        f"{today()}, {machine()}.",
    ]
