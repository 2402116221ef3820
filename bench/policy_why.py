"""Why pooled policies fail where hands only push: the same episodes, the hand's columns held still.

    python -m bench.policy why

In tasks in which no finger has to move, a hand held where it was first measured is all that a perfect codec and a
perfect guess of the hand could give. What still fails then is lost by where the arm is sent.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.policy_cells import Judged, Pool, judged, trained
from bench.policy_layouts import body_layout
from bench.policy_options import Layouts, of_pool, seeds_of, words_of
from bench.results import machine, table, today, write_section
from xlvla_sdk.evaluation import evaluate
from xlvla_sdk.learning.policy import TrainedPolicy
from xlvla_sdk.learning.samples import arm_columns
from xlvla_sdk.leaving import heed, listen
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy

PUSHES = ("push-cans", "push-boxes")
"""Tasks in which fingers stay as they are."""


class HandHeld(Policy):
    """A policy whose rows leave the hand where it was measured when it was first asked.

    Attributes:
        moved: How far the policy itself would have moved a column of the hand, at the most.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._hand: np.ndarray | None = None
        self.moved = 0.0

    @property
    def name(self) -> str:
        return f"{self._policy.name}, hand held"

    @property
    def metadata(self) -> Metadata:
        return self._policy.metadata

    def infer(self, observation: Observation) -> ActionChunk:
        """The policy's rows, but for the hand."""
        (arm,) = arm_columns(self.metadata)
        if self._hand is None:
            self._hand = observation.state[:arm].copy()
        chunk = self._policy.infer(observation)
        rows = chunk.rows.copy()
        self.moved = max(self.moved, float(np.abs(rows[:, :arm] - self._hand).max()))
        rows[:, :arm] = self._hand
        return replace(chunk, rows=rows)


@of_pool()
def why(
    pool: Pool,
    seeds: str,
    layouts: Layouts = "xl-1,raw-1",
) -> None:
    """Plays failed pushes again with the hand held, and writes docs/results/policy.md."""
    listen()
    rows = []
    for layout in layouts.split(","):
        found = [
            one
            for one in judged(pool, layout, seeds_of(seeds))
            if one.task in PUSHES and not one.success
        ]
        rows.append((layout, *_again(pool, layout, found)))
    header = ("layout", "failed pushes", "done with the hand held", "hand would have moved, median")
    notes = [
        "The same seeds, the same policy; only the hand's columns of its rows are held where the hand was first "
        "measured, in the layout's own numbers. What still fails is lost by where the arm is sent, which both "
        "layouts say alike: neither a codec nor a guess of the hand could mend it.",
        f"`python -m bench.policy why --layouts {layouts} {words_of(pool, seeds)}`.",
        f"{today()}, {machine()}.",
    ]
    write_section("policy", "Why pushes fail", table(header, rows), notes)


def _again(pool: Pool, layout: str, failed: Sequence[Judged]) -> tuple[str, str, str]:
    policy, done, moved = TrainedPolicy(trained(pool, layout)), 0, list[float]()
    for one in failed:
        heed()
        held = HandHeld(policy)
        report = evaluate(held, one.task, body_layout(one.task, one.hand, layout)[0], [one.seed])
        said = "done" if report.successes else "failed again"
        print(f"{layout} {one.task} {one.hand} {one.seed}: {said}", file=sys.stderr)
        done += report.successes
        moved.append(held.moved)
    return str(len(failed)), str(done), f"{np.median(moved):.2f}" if moved else "–"
