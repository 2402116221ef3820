"""How often a hand is found in its URDF alone: right, asked about, or wrong without asking.

python -m bench.finding
python -m bench.finding --count 50
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy loads its linear algebra

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import numpy as np
import typer

from bench.random_urdf import STYLES, Truth, random_urdf
from bench.results import machine, table, today, write_section
from xlvla_sdk.kinematics import link_pose
from xlvla_sdk.scaffold import Answers, HandDraft, draft_hand
from xlvla_sdk.specs import load_urdf
from xlvla_sdk.specs.urdf_file import pose

NEAR_M = 0.004
"""A fingertip is right when it is this near to the true one [m]."""
NEAR_DEGREES = 20.0
"""A palm frame is right when it is turned less than this from the true one; fingers fan out by 8."""


@dataclass(frozen=True)
class Outcome:
    """What came of one hand.

    Attributes:
        truth: The hand.
        asked: What was asked about; empty when nothing was.
        faults: What was wrong, of hands that were not asked about.
        answered: What was wrong after the questions were answered truly.
    """

    truth: Truth
    asked: tuple[str, ...]
    faults: tuple[str, ...]
    answered: tuple[str, ...]


def outcome(truth: Truth) -> Outcome:
    """Finds a hand, and compares with the truth; answers what is asked, and compares again."""
    draft = draft_hand(truth.urdf)
    if not draft.questions:
        return Outcome(truth, (), faults(draft, truth), ())
    asked = tuple(question.topic for question in draft.questions)
    tips = {finger: link for finger, (link, _) in truth.tips.items()}
    again = draft_hand(truth.urdf, Answers(side=truth.side, tips=tips))
    left = ("asked again",) if again.questions else faults(again, truth)
    return Outcome(truth, asked, (), left)


def faults(draft: HandDraft, truth: Truth) -> tuple[str, ...]:
    """What a draft has otherwise than the truth."""
    found = {name: finger.joints for name, finger in draft.fingers.items()}
    wrong = [] if draft.side is truth.side else [f"side {draft.side}"]
    wrong += [] if found == dict(truth.joints) else ["fingers"]
    wrong += [] if len(draft.arm_joints) == truth.arm else ["arm"]
    if wrong:
        return tuple(wrong)
    model = load_urdf(truth.urdf)
    wrong += _tip_faults(draft, truth)
    T_root_wrist, T_root_palm = (
        link_pose(model, (), np.zeros(0), model.root, link)
        for link in (draft.wrist_link, truth.palm_link)
    )
    R = T_root_wrist[:3, :3] @ pose(np.zeros(3), np.array(draft.palm_rpy))[:3, :3]
    cosine = (np.trace(R.T @ T_root_palm[:3, :3] @ truth.R_palm) - 1) / 2
    off = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return (*wrong, f"palm off by {off:.0f} deg") if off > NEAR_DEGREES else tuple(wrong)


def _tip_faults(draft: HandDraft, truth: Truth) -> list[str]:
    model = load_urdf(truth.urdf)
    wrong = []
    for name, (link, place) in truth.tips.items():
        finger = draft.fingers[name]
        ends = [
            link_pose(model, (), np.zeros(0), model.root, at) @ np.append(xyz, 1.0)
            for at, xyz in ((link, place), (finger.tip_link, finger.tip_xyz))
        ]
        off = float(np.linalg.norm(ends[0] - ends[1]))
        if off > NEAR_M:
            wrong.append(f"tip of {name} off by {1e3 * off:.0f} mm")
    return wrong


def outcomes(count: int, first: int = 0) -> list[Outcome]:
    """What comes of `count` random hands."""
    with TemporaryDirectory() as folder:
        return [outcome(random_urdf(Path(folder), first + seed)) for seed in range(count)]


def counts(found: Sequence[Outcome]) -> list[str]:
    """Of some hands: how many, right, asked, wrong without asking, wrong after answers."""
    asked = [each for each in found if each.asked]
    wrong = [each for each in found if each.faults]
    bad = [each for each in found if each.answered]
    right = len(found) - len(asked) - len(wrong)
    share = f"{len(asked)} ({100 * len(asked) / max(len(found), 1):.1f} %)"
    return [str(len(found)), str(right), share, str(len(wrong)), str(len(bad))]


def main(
    count: Annotated[int, typer.Option(help="How many random hands.")] = 500,
    first: Annotated[int, typer.Option(help="The seed of the first.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say each that is not right.")] = False,
) -> None:
    """Finds random hands and writes docs/results/finding.md."""
    began = perf_counter()
    found = outcomes(count, first)
    each_ms = 1e3 * (perf_counter() - began) / count
    if verbose:
        for each in found:
            if each.asked or each.faults:
                print(
                    each.truth.urdf.name, each.truth.style, each.asked, each.faults, each.answered
                )
    groups = {
        "all": found,
        **{f"{n} fingers": [e for e in found if len(e.truth.joints) == n] for n in range(2, 6)},
        "on an arm": [each for each in found if each.truth.arm],
        "left": [each for each in found if each.truth.side == "left"],
        **{f"names: {s}": [e for e in found if e.truth.style == s] for s in STYLES},
    }
    header = ("hands", "number", "right", "asked", "wrong without asking", "wrong after answers")
    rows = [[name, *counts(group)] for name, group in groups.items()]
    topics = sorted({topic for each in found for topic in each.asked})
    asked = ", ".join(f"{t} {sum(t in each.asked for each in found)}" for t in topics)
    notes = [
        f"{today()}, {machine()}: {each_ms:.0f} ms a hand, URDF written and read included.",
        f"Asked about: {asked or 'nothing'}.",
        f"Right: every finger's joints, side, arm, tips within {1e3 * NEAR_M:.0f} mm, palm within "
        f"{NEAR_DEGREES:.0f} deg. Names `numbers`, `numbered` and `neutral` say no finger.",
        f"Made by bench/random_hands.py and bench/random_urdf.py from seeds {first} on.",
    ]
    title = f"{count} random hands" + (f", seeds from {first}" if first else "")
    write_section("finding", title, table(header, rows), notes)


if __name__ == "__main__":
    typer.run(main)
