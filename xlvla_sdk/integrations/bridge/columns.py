"""Columns: what a client's numbers mean, raw joints or rows of a layout."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float

from xlvla_sdk.layouts import Layout
from xlvla_sdk.layouts.names import row_names
from xlvla_sdk.specs import Embodiment


class Columns(ABC):
    """The numbers that a client reads and sends; the same ones both ways.

    Attributes:
        kind: `joints` or `latent`.
        embodiment: The body they are of.
        names: One for each, no two alike.
    """

    kind: str
    embodiment: Embodiment
    names: tuple[str, ...]

    @abstractmethod
    def encode(self, qpos: Float[np.ndarray, " D"]) -> Float[np.ndarray, " A"]:
        """The numbers of a posture within its limits [rad, m]."""

    @abstractmethod
    def decode(
        self, numbers: Float[np.ndarray, " A"], measured: Float[np.ndarray, " D"]
    ) -> Float[np.ndarray, " D"]:
        """The posture that numbers ask for [rad, m]; arms are solved from where they are measured."""

    @abstractmethod
    def described(self) -> dict[str, object]:
        """What they are, for a connection's first frame."""


class JointColumns(Columns):
    """The whole qpos, in its own order, radians and metres."""

    kind = "joints"

    def __init__(self, embodiment: Embodiment) -> None:
        self.embodiment = embodiment
        self.names = embodiment.joints

    def encode(self, qpos: Float[np.ndarray, " D"]) -> Float[np.ndarray, " A"]:
        """The qpos itself."""
        return qpos

    def decode(
        self, numbers: Float[np.ndarray, " A"], measured: Float[np.ndarray, " D"]
    ) -> Float[np.ndarray, " D"]:
        """The numbers themselves."""
        del measured
        return numbers

    def described(self) -> dict[str, object]:
        """No layout, no space."""
        return {"features": self.kind, "names": list(self.names), "layout": None, "space": None}


class RowColumns(Columns):
    """Rows of a layout: latents that mean the same on every hand, then the arm's pose.

    Args:
        layout: With the codecs of the body's hands.
    """

    kind = "latent"

    def __init__(self, layout: Layout) -> None:
        self.embodiment = layout.embodiment
        self.names = tuple(row_names(layout))
        self._layout = layout

    def encode(self, qpos: Float[np.ndarray, " D"]) -> Float[np.ndarray, " A"]:
        """The layout's row."""
        return self._layout.encode(qpos)

    def decode(
        self, numbers: Float[np.ndarray, " A"], measured: Float[np.ndarray, " D"]
    ) -> Float[np.ndarray, " D"]:
        """What the layout makes of the row."""
        return self._layout.decode(numbers, measured)

    def described(self) -> dict[str, object]:
        """The layout and its space, so that a client can tell rows of another one."""
        return {
            "features": self.kind,
            "names": list(self.names),
            "layout": self._layout.name,
            "space": self._layout.space,
        }
