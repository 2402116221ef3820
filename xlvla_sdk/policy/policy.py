"""Policy: an observation in, a chunk of rows out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

import numpy as np

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy.metadata import Metadata

P = TypeVar("P", bound="Policy")  # beartype knows Self only in classes it decorates


class Policy(ABC):
    """Answers observations with chunks of rows.

    `infer` may be called from another thread than the one that made the policy, and by a server
    from several at once: an answer depends on the observation and on nothing else.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What messages call it: a server's address, a file."""

    @property
    @abstractmethod
    def metadata(self) -> Metadata:
        """What its rows are; PolicyError when a server does not say."""

    @abstractmethod
    def infer(self, observation: Observation) -> ActionChunk:
        """The rows from the observation's time on.

        Raises:
            PolicyError: When there is no answer.
        """

    def close(self) -> None:
        """Lets go of what it holds. Never raises, may be called twice and from any thread."""
        return

    def __enter__(self: P) -> P:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def check_chunk(chunk: ActionChunk, layout: Layout, policy: str) -> None:
    """Refuses a chunk that cannot be played.

    Args:
        chunk: What the policy answered.
        layout: What this run speaks.
        policy: The policy's name, for the message.

    Raises:
        PolicyError: Another layout or width, no rows, a value that is not finite.
    """
    if chunk.layout != layout.name:
        raise PolicyError(
            f"{policy} answered in layout {chunk.layout}, this run speaks {layout.name}."
        )
    if len(chunk.rows) == 0:
        raise PolicyError(
            f"{policy} answered without rows. A chunk needs one row at least.", again=True
        )
    if chunk.rows.shape[1] != layout.width:
        raise PolicyError(
            f"{policy} answered rows {chunk.rows.shape[1]} wide; layout {layout.name} is "
            f"{layout.width} wide for {layout.embodiment.name}. Serve rows of the same hands."
        )
    if not np.isfinite(chunk.rows).all():
        row, column = np.argwhere(~np.isfinite(chunk.rows))[0]
        raise PolicyError(
            f"{policy} answered {chunk.rows[row, column]} in row {row}, column {column} of "
            f"{len(chunk.rows)} rows. Nothing of it was played.",
            row=int(row),
            again=True,
        )
