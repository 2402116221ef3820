"""Layout: a named row format, and what every layout shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.layouts.arm_pose import ArmPose
from xlvla_sdk.layouts.columns import SideColumns, side_columns
from xlvla_sdk.specs import Embodiment, HandSpec, Station, placed_sides


@dataclass(frozen=True)
class Decoded:
    """Postures of rows, and how far the arms are from what the rows ask.

    Attributes:
        qpos: The embodiment's whole qpos [rad, m].
        position_error: How far each side's pinch point (an arm alone: its flange) is off [m], right
            first; 0 where there is no arm.
        rotation_error: How far each side's palm is turned off [rad]; 0 where there is no arm.
    """

    qpos: Float[np.ndarray, "*batch D"]
    position_error: Float[np.ndarray, "*batch S"]
    rotation_error: Float[np.ndarray, "*batch S"]


class Layout(ABC):
    """Rows of a policy for one embodiment. Per side, right first: the hand's columns, then the arm's.

    Args:
        embodiment: The body the rows are of.
        station: Where its arms stand and how its hands are mounted; the specs' own when left out.

    Attributes:
        name: What datasets, metadata and checkpoints call the format.
        sides: Which columns belong to what.
        arms: Each side's arm, between qpos and columns; None where there is none.

    Raises:
        SpecError: When nothing says where an arm stands or how a hand is mounted on it.
    """

    name: ClassVar[str]

    def __init__(self, embodiment: Embodiment, station: Station | None = None) -> None:
        self.embodiment = embodiment
        self.sides: tuple[SideColumns, ...] = side_columns(embodiment, self.hand_width)
        self.arms = tuple(
            None if side.body.arm is None else ArmPose.of(side)
            for side in placed_sides(embodiment, station)
        )

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
        return sum(side.width for side in self.sides)

    def encode(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch A"]:
        """Rows of postures.

        Args:
            qpos: The embodiment's whole qpos [rad, m].

        Raises:
            LimitViolation: Naming the joint further than 5 mrad outside its limits, and the row.
        """
        qpos = np.asarray(qpos, dtype=float)
        parts: list[np.ndarray] = []
        for side, arm in zip(self.sides, self.arms, strict=True):
            hand = None if side.hand is None else qpos[..., side.hand_qpos]
            if side.hand is not None and hand is not None:
                parts.append(self._encode_hand(side.hand, hand))
            if side.arm is not None and arm is not None:
                side.arm.check_limits(qpos[..., side.arm_qpos])
                parts.append(arm.encode(qpos[..., side.arm_qpos], hand))
        return np.concatenate(parts, axis=-1)

    def decode(
        self, row: Float[np.ndarray, "*batch A"], measured: Float[np.ndarray, " D"]
    ) -> Float[np.ndarray, "*batch D"]:
        """Postures of rows; see `reach`, which also says how far the arms are off."""
        return self.reach(row, measured).qpos

    def reach(
        self, row: Float[np.ndarray, "*rows A"], measured: Float[np.ndarray, " D"]
    ) -> Decoded:
        """Postures of one row, or of the rows of a chunk: the hands, then the arms that hold them there.

        Args:
            row: In this layout: (A,), or (H, A) in the order of time.
            measured: The whole qpos as it is now [rad, m]; arms are solved from there.

        Raises:
            PolicyError: When the rows have another width, or hold no rotation where one belongs.
        """
        return self.reach_with(row, self.decode_hands(row), measured)

    def decode_hands(
        self, row: Float[np.ndarray, "*rows A"]
    ) -> tuple[Float[np.ndarray, "*rows _"] | None, ...]:
        """Each side's hand as the rows say [rad, m]; None where a side has none.

        Raises:
            PolicyError: When the rows have another width.
        """
        if row.shape[-1] != self.width:
            raise PolicyError(
                f"{self.embodiment.name}: rows are {row.shape[-1]} wide, layout {self.name} is "
                f"{self.width} wide for this body. Serve rows of the same hands and arms."
            )
        return tuple(
            None if side.hand is None else self._decode_hand(side.hand, row[..., side.hand_row])
            for side in self.sides
        )

    def reach_with(
        self,
        row: Float[np.ndarray, "*rows A"],
        hands: Sequence[Float[np.ndarray, "*rows _"] | None],
        measured: Float[np.ndarray, " D"],
    ) -> Decoded:
        """As `reach`, with the hands' postures given: the arms hold those.

        Args:
            row: In this layout; only the arms' columns are read.
            hands: One a side, as `decode_hands` gives them [rad, m].
            measured: The whole qpos as it is now [rad, m].

        Raises:
            PolicyError: When a row holds no rotation where one belongs.
        """
        batch = row.shape[:-1]
        qpos = np.empty((*batch, len(self.embodiment.joints)))
        errors = np.zeros((2, *batch, len(self.sides)))
        for number, (side, arm) in enumerate(zip(self.sides, self.arms, strict=True)):
            if hands[number] is not None:
                qpos[..., side.hand_qpos] = hands[number]
            if arm is not None:
                found = arm.reach(row[..., side.arm_row], hands[number], measured[side.arm_qpos])
                qpos[..., side.arm_qpos] = found.qpos
                errors[..., number] = found.position_error, found.rotation_error
        return Decoded(qpos, *errors)

    @abstractmethod
    def _encode_hand(
        self, hand: HandSpec, qpos: Float[np.ndarray, "*batch D"]
    ) -> Float[np.ndarray, "*batch L"]: ...

    @abstractmethod
    def _decode_hand(
        self, hand: HandSpec, block: Float[np.ndarray, "*batch L"]
    ) -> Float[np.ndarray, "*batch D"]: ...
