"""Layout: a named row format, and what every layout of hands shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import PolicyError, SpecError
from xlvla_sdk.specs import Embodiment, HandSpec


class Layout(ABC):
    """Rows of a policy for one embodiment: a block of equal width for every hand, right first.

    Args:
        embodiment: The body the rows are of.

    Attributes:
        name: What datasets, metadata and checkpoints call the format.

    Raises:
        SpecError: When the embodiment has an arm.
    """

    name: ClassVar[str]

    def __init__(self, embodiment: Embodiment) -> None:
        if arms := [side.arm.id for side in embodiment.sides if side.arm is not None]:
            raise SpecError(
                f"{embodiment.name}: layout {self.name} does not support arms yet, and this body has "
                f"{' and '.join(arms)}. Name the hands alone: "
                f"{', '.join(hand.id for hand in embodiment.hands) or 'there are none'}.",
                arms=tuple(arms),
            )
        self.embodiment = embodiment

    @property
    @abstractmethod
    def space(self) -> str | None:
        """Id of the latent space the rows are in, `name@hash8`; None where there is none."""

    @property
    @abstractmethod
    def hand_width(self) -> int:
        """How many columns a hand takes."""

    @property
    def width(self) -> int:
        """How many columns a row has, A."""
        return self.hand_width * len(self.embodiment.hands)

    def encode(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch A"]:
        """Rows of postures.

        Args:
            qpos: The embodiment's whole qpos [rad, m].

        Raises:
            LimitViolation: Naming the joint further than 5 mrad outside its limits, and the row.
        """
        parts = [self._encode_hand(hand, qpos[..., at]) for hand, at, _ in self._blocks()]
        return np.concatenate(parts, axis=-1)

    def decode(
        self,
        row: Float[np.ndarray, "*batch A"],
        measured: Float[np.ndarray, " D"],  # noqa: ARG002  (seeds an arm's inverse kinematics)
    ) -> Float[np.ndarray, "*batch D"]:
        """Postures of rows.

        Args:
            row: In this layout.
            measured: The whole qpos as it is now [rad, m].

        Returns:
            The embodiment's whole qpos [rad, m].

        Raises:
            PolicyError: When the rows have another width.
        """
        if row.shape[-1] != self.width:
            raise PolicyError(
                f"{self.embodiment.name}: rows are {row.shape[-1]} wide, layout {self.name} is "
                f"{self.width} wide for this body. Serve rows of the same hands."
            )
        parts = [self._decode_hand(hand, row[..., at]) for hand, _, at in self._blocks()]
        return np.concatenate(parts, axis=-1)

    @abstractmethod
    def _encode_hand(
        self, hand: HandSpec, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch L"]: ...

    @abstractmethod
    def _decode_hand(
        self, hand: HandSpec, block: Float[np.ndarray, "*batch L"]
    ) -> Float[np.ndarray, "*batch D"]: ...

    def _blocks(self) -> Iterator[tuple[HandSpec, slice, slice]]:
        start = 0
        for part, columns in self.embodiment.slices():
            if isinstance(part, HandSpec):
                yield part, columns, slice(start, start + self.hand_width)
                start += self.hand_width
