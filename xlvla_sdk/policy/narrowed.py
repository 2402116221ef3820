"""A policy of a robot with arms, for a body that has the hands alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xlvla_sdk.layouts import Layout
from xlvla_sdk.layouts.arm_pose import WIDTH
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy.metadata import Metadata
from xlvla_sdk.policy.policy import Policy


class HandColumns(Policy):
    """The hand columns of a policy's rows: the arms' poses are left out.

    What the policy sees of the body is the hands' columns alone, too: a recording that is replayed does not
    look at them, and a trained policy cannot be told of an arm that is not there.

    Args:
        policy: Its rows carry the same hands and arms.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        wider = policy.metadata
        sides = tuple(replace(side, arm=False) for side in wider.sides)
        self._metadata = replace(wider, sides=sides)
        self._width = sum(_widths(wider))
        columns, start = [], 0
        for width, side in zip(_widths(wider), wider.sides, strict=True):
            hand = wider.latent_dim if side.hand else 0
            columns += range(start, start + hand)
            start += width
        self._columns = np.array(columns)

    @property
    def name(self) -> str:
        """The wider policy's."""
        return self._policy.name

    @property
    def metadata(self) -> Metadata:
        """The wider policy's, without arms."""
        return self._metadata

    def infer(self, observation: Observation) -> ActionChunk:
        """The wider policy's answer, its hands' columns; another width is left to be refused."""
        chunk = self._policy.infer(observation)
        if chunk.rows.shape[-1] != self._width:
            return chunk
        return replace(chunk, rows=chunk.rows[:, self._columns])

    def close(self) -> None:
        """Closes the wider policy."""
        self._policy.close()


def without_arms(policy: Policy, layout: Layout) -> Policy | None:
    """The policy for a body without the arms that its rows have; None where that is not the difference.

    Args:
        policy: Who answers.
        layout: The rows of the body that moves.
    """
    theirs, mine = policy.metadata, Metadata.of(layout)
    if not any(side.arm for side in theirs.sides) or any(side.arm for side in mine.sides):
        return None
    narrowed = tuple(replace(side, arm=False) for side in theirs.sides)
    return HandColumns(policy) if narrowed == mine.sides else None


def _widths(metadata: Metadata) -> list[int]:
    return [
        (metadata.latent_dim if side.hand else 0) + (WIDTH if side.arm else 0)
        for side in metadata.sides
    ]
