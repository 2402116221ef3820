"""Metadata: what a policy says about its rows, on the wire and to the runner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.specs import Embodiment, Side

PROTOCOL = 1
RATE_HZ = 20.0
"""Rows a second, unless a policy says otherwise."""
HORIZON = 64
"""Rows of a chunk, unless a policy says otherwise."""
_KEY = "xlvla"


@dataclass(frozen=True)
class SideParts:
    """What a row carries of one side of the body."""

    side: Side
    hand: bool
    arm: bool

    def __str__(self) -> str:
        parts = [name for name, there in (("arm", self.arm), ("hand", self.hand)) if there]
        return f"{self.side} {' and '.join(parts)}"


@dataclass(frozen=True)
class Metadata:
    """What a policy's rows are.

    Attributes:
        layout: Name of the row format.
        space: Id of the latent space, `name@hash8`; None for a layout without one.
        latent_dim: Columns of one hand.
        sides: What a row carries, right first.
        rate_hz: Rows per second.
        horizon: Rows of a chunk, H.
        history: How many past rows the policy wants with an observation, K; 0 is none.
        things: Whether it wants to know where things are, which only a simulation can say.
        cameras: Whose pictures it wants; a policy that does not say takes those there are.
    """

    layout: str
    space: str | None
    latent_dim: int
    sides: tuple[SideParts, ...]
    rate_hz: float = RATE_HZ
    horizon: int = HORIZON
    history: int = 0
    things: bool = False
    cameras: tuple[str, ...] = ()

    @staticmethod
    def of(layout: Layout, rate_hz: float = RATE_HZ, horizon: int = HORIZON) -> Metadata:
        """The metadata of rows in a layout."""
        sides = side_parts(layout.embodiment)
        return Metadata(layout.name, layout.space, layout.hand_width, sides, rate_hz, horizon)

    def to_wire(self) -> dict[str, Any]:
        """As the first frame of a connection carries it."""
        said = {
            "protocol": PROTOCOL,
            "layout": self.layout,
            "space": self.space,
            "latent_dim": self.latent_dim,
            "rate_hz": self.rate_hz,
            "horizon": self.horizon,
            "history": self.history,
            "sides": [
                {"side": str(part.side), "hand": part.hand, "arm": part.arm} for part in self.sides
            ],
        }
        said |= {"things": True} if self.things else {}
        said |= {"cameras": list(self.cameras)} if self.cameras else {}
        return {_KEY: said}

    def require(self, layout: Layout, server: str) -> None:
        """Refuses a policy whose rows are not those of `layout`.

        Args:
            layout: What this run speaks.
            server: The policy's name, for the message.

        Raises:
            PolicyError: Naming both sides of every difference.
        """
        mine = Metadata.of(layout)
        differences = [
            f"{what} {theirs} there, {ours} here"
            for what, theirs, ours in (
                ("layout", self.layout, mine.layout),
                ("space", self.space, mine.space),
                ("hand's width", self.latent_dim, mine.latent_dim),
                ("body", _names(self.sides), _names(mine.sides)),
            )
            if theirs != ours
        ]
        if differences:
            raise PolicyError(
                f"{server} speaks other rows than {layout.embodiment.name}: "
                f"{'; '.join(differences)}. {_mend(self, mine)}",
                theirs=self,
                ours=mine,
            )

    def require_cameras(self, there: Collection[str], policy: str) -> None:
        """Refuses to ask a policy without a camera that it sees by.

        Args:
            there: Names of the cameras whose pictures it would be given.
            policy: Its name, for the message.

        Raises:
            PolicyError: Naming the first camera that is missing, and those there are.
        """
        if missing := [camera for camera in self.cameras if camera not in there]:
            raise PolicyError(
                f"{policy} sees by {', '.join(self.cameras)}, and there is no picture of '{missing[0]}' "
                f"(there are: {', '.join(there) or 'none'}). Give it a camera of that name; `xlvla "
                "evaluate` does by itself.",
                camera=missing[0],
            )


def side_parts(embodiment: Embodiment) -> tuple[SideParts, ...]:
    """What a row of a body carries, right first."""
    return tuple(
        SideParts(side.side, side.hand is not None, side.arm is not None)
        for side in embodiment.sides
    )


def parse_metadata(frame: Mapping[str, Any], server: str) -> Metadata | None:
    """The metadata in a connection's first frame; None for a plain openpi server.

    Raises:
        PolicyError: When the protocol is not ours, or a key is missing or of another kind.
    """
    said = frame.get(_KEY)
    if said is None:
        return None
    if not isinstance(said, Mapping):
        raise PolicyError(f"{server}: its metadata '{_KEY}' is {said!r}, not a map.")
    if said.get("protocol") != PROTOCOL:
        raise PolicyError(
            f"{server} speaks protocol {said.get('protocol')}, this xlvla_sdk protocol {PROTOCOL}. "
            "Update the older of the two."
        )
    try:
        metadata = _parsed(said)
    except (KeyError, TypeError, ValueError) as error:
        raise PolicyError(
            f"{server}: its metadata cannot be read ({error!r}). "
            "They need layout, space, latent_dim, rate_hz, horizon, history and sides."
        ) from error
    if not (metadata.rate_hz > 0 and metadata.horizon > 0 and metadata.history >= 0):
        raise PolicyError(
            f"{server}: its metadata say rate_hz {metadata.rate_hz:g}, horizon {metadata.horizon}, "
            f"history {metadata.history}; the first two must be above zero, the last not below."
        )
    return metadata


def _parsed(said: Mapping[str, Any]) -> Metadata:
    sides = tuple(
        SideParts(Side(part["side"]), bool(part["hand"]), bool(part["arm"]))
        for part in said["sides"]
    )
    return Metadata(
        str(said["layout"]),
        None if said["space"] is None else str(said["space"]),
        int(said["latent_dim"]),
        sides,
        float(said["rate_hz"]),
        int(said["horizon"]),
        int(said.get("history", 0)),
        bool(said.get("things", False)),
        _cameras(said.get("cameras", [])),
    )


def _cameras(said: Any) -> tuple[str, ...]:
    if not isinstance(said, list):
        raise TypeError(f"cameras {said!r}")
    return tuple(map(str, said))


def _names(sides: tuple[SideParts, ...]) -> str:
    return ", ".join(str(part) for part in sides)


def _mend(theirs: Metadata, ours: Metadata) -> str:
    if theirs.layout != ours.layout:
        return f"Run with --layout {theirs.layout}, or serve {ours.layout}."
    if theirs.space != ours.space:
        return f"Run with --space {theirs.space}, or serve a policy of {ours.space}."
    if [part.side for part in theirs.sides] != [part.side for part in ours.sides]:
        return "Run the same sides; one side's recording plays on the other with --mirror."
    if any(b.arm and not a.arm for a, b in zip(theirs.sides, ours.sides, strict=True)):
        return (
            "Serve rows with arms (a replay: --from xarm7+inspire:right), or run the hands alone."
        )
    return "Run the body that the policy was made for."
