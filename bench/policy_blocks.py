"""Block codecs: 64 rows of latents in fewer numbers, learned on three hands and asked of the fourth.

    python -m bench.policy blocks

In latent space a codec over time is one for all hands. What it loses is measured where it counts: at the
fingertips of the hand that it never saw, beside what the codec row by row gives.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from bench.policy_block_codecs import ROWS, BlockCodec, Blocks, Linear, Splines, Squeezed
from bench.policy_cells import Pool, encoded_rows
from bench.policy_options import (
    EPISODES,
    HANDS,
    KEPT,
    TASKS,
    Episodes,
    Hands,
    Kept,
    Tasks,
    pool_of,
)
from bench.results import machine, table, today, write_section
from xlvla_sdk import find_codec
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.layouts import XL1
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.leaving import heed, listen
from xlvla_sdk.registry import registry

STRIDE = 64
"""From one block to the next [rows]."""
POINTS, CODES = (4, 8, 16), (32, 128, 256)
"""Of splines, a column each; numbers of a learned code, all columns and rows together."""
HEADER = (
    "block codec", "numbers a block", "fingertips off, mean [mm]", "99 % [mm]", "joints off, mean [deg]",
    "fingertips off on hands that it saw, mean [mm]",
)  # fmt: skip


@dataclass(frozen=True)
class Lost:
    """What a codec loses on a hand that it never saw.

    Attributes:
        tips: How far each fingertip of each row is from where it was to be [m].
        joints: How far each joint is [rad, m].
    """

    tips: Float[np.ndarray, " T"]
    joints: Float[np.ndarray, " J"]


def blocks(
    hands: Hands = HANDS, tasks: Tasks = TASKS, episodes: Episodes = EPISODES, kept: Kept = KEPT
) -> None:
    """Measures block codecs on every hand in turn, and writes docs/results/policy.md."""
    listen()
    pool = pool_of(hands, tasks, episodes, horizon=ROWS, kept=kept)
    found = {hand: blocks_of(pool, hand) for hand in pool.hands}
    width = next(iter(found.values())).shape[2]
    codecs: list[BlockCodec] = [Splines(points, width) for points in POINTS]
    codecs += [made(size) for made in (Linear, Squeezed) for size in CODES]
    rows = []
    for codec in codecs:
        heed()
        some = [lost(codec, hand, found) for hand in pool.hands]
        rows.append(_row(codec, [unseen for unseen, _ in some], [seen for _, seen in some]))
        print(" | ".join(rows[-1]), file=sys.stderr)
    write_section("policy", "Blocks of rows", table(HEADER, rows), _notes(pool, found))


def lost(codec: BlockCodec, hand: str, found: dict[str, Blocks]) -> tuple[Lost, Lost]:
    """What a codec loses that learned from every other block of all other hands.

    Returns:
        On the hand that it did not see, and on the other blocks of the first of those that it saw.
    """
    others = [other for other in found if other != hand]
    codec.learn(np.concatenate([found[other][::2] for other in others]))
    asked = (hand, found[hand]), (others[0], found[others[0]][1::2])
    unseen, seen = (away(_codec(name), some, codec.through(some)) for name, some in asked)
    return unseen, seen


def _codec(hand: str) -> LatentCodec:
    return find_codec(registry().hand(f"{hand}:right"))


def away(codec: LatentCodec, wanted: Blocks, said: Blocks) -> Lost:
    """How far a hand stands from where it was to be, when its latents have been through a block codec."""
    right, there = (codec.decode(some.reshape(-1, some.shape[-1])) for some in (wanted, said))
    off = codec.kinematics.tips(there) - codec.kinematics.tips(right)
    return Lost(np.linalg.norm(off, axis=-1).ravel(), np.abs(there - right).ravel())


def blocks_of(pool: Pool, hand: str) -> Blocks:
    """The hand's columns of whole blocks of commands in all tasks."""
    some = list[np.ndarray]()
    for task in pool.tasks:
        samples = Samples.of(encoded_rows(pool, task, hand, XL1.name), XL1.name, ROWS)
        firsts = np.flatnonzero(np.arange(len(samples.last)) + ROWS - 1 <= samples.last)[::STRIDE]
        rows = samples.action[firsts[:, None] + np.arange(ROWS)]
        some.append(rows[..., : samples.arms[0]].astype(float))
    return np.concatenate(some)


def _row(codec: BlockCodec, unseen: Sequence[Lost], seen: Sequence[Lost]) -> tuple[str, ...]:
    tips, joints = (
        np.concatenate([getattr(one, of) for one in unseen]) for of in ("tips", "joints")
    )
    return (
        codec.name,
        str(codec.size),
        f"{1e3 * tips.mean():.2f}",
        f"{1e3 * np.quantile(tips, 0.99):.1f}",
        f"{np.degrees(joints.mean()):.2f}",
        f"{1e3 * np.concatenate([one.tips for one in seen]).mean():.2f}",
    )


def _notes(pool: Pool, found: dict[str, Blocks]) -> list[str]:
    width = next(iter(found.values())).shape[2]
    return [
        f"{sum(map(len, found.values()))} blocks of {ROWS} rows of demonstrations' commands, the hand's columns: row "
        f"by row they take {ROWS * width} numbers and lose nothing here. Learned on every other block of all hands but "
        "one, and measured on that one, in turn: where its fingertips stand from where the same rows, not coded, put "
        "them. Last column: on the other blocks of a hand that was learned from.",
        f"`python -m bench.policy blocks --hands {','.join(pool.hands)} --tasks {','.join(pool.tasks)} "
        f"--episodes {pool.episodes}`.",
        f"{today()}, {machine()}.",
    ]
