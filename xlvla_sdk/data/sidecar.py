"""Sidecar: meta/xlvla.json, what the rows of an encoded dataset mean and whose they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.data.info import load_json
from xlvla_sdk.data.simulated import Simulated, parse_simulated
from xlvla_sdk.errors import DataError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.specs import Embodiment, Station, placed_sides

FORMAT = 1
PLACE = Path("meta") / "xlvla.json"


@dataclass(frozen=True)
class Body:
    """A body whose demonstrations are in a dataset.

    Attributes:
        embodiment: Its name.
        joints: Names of its whole qpos, in order.
        hands: Ids of its hands, right first.
        codecs: Hand id to the hash of the codec that encoded its rows.
        placement: Side to poses: `T_task_base` of an arm, `T_flange_wrist` of a hand on one.
    """

    embodiment: str
    joints: tuple[str, ...]
    hands: tuple[str, ...]
    codecs: Mapping[str, str]
    placement: Mapping[str, Mapping[str, Any]]

    @staticmethod
    def of(
        embodiment: Embodiment, codecs: Mapping[str, LatentCodec], station: Station | None
    ) -> Body:
        """What is noted of a body."""
        hands = tuple(hand.id for hand in embodiment.hands)
        hashes = {hand: codec_hash(codecs[hand]) for hand in hands if hand in codecs}
        placement = {
            str(side.body.side): _poses(side.T_task_base, side.T_flange_wrist)
            for side in placed_sides(embodiment, station)
            if side.body.arm is not None
        }
        return Body(embodiment.name, embodiment.joints, hands, hashes, placement)


@dataclass(frozen=True)
class Sidecar:
    """What the SDK notes of a dataset that it encoded, decoded or merged.

    Attributes:
        layout: Name of the row format of `observation.state` and `action`; None for raw joints.
        space: Id of the latent space of the rows, `name@hash8`; None where there is none.
        sides: What each side of a row holds, right first: `hand`, `arm`, `hand+arm`.
        rate_hz: Rows per second.
        horizon: Rows of a chunk: `sample_mask` is true where so many lie in the episode.
        std_floor: Deviations in meta/stats.json are at least this.
        bodies: Whose demonstrations there are.
        episodes: For each episode, whose: a place in `bodies`.
        simulated: For each episode, where it took place; None for one that a robot recorded. Empty
            when all are.
    """

    layout: str | None
    space: str | None
    sides: tuple[str, ...]
    rate_hz: float
    horizon: int
    std_floor: float
    bodies: tuple[Body, ...]
    episodes: tuple[int, ...] = ()
    simulated: tuple[Simulated | None, ...] = ()

    @staticmethod
    def of(layout: Layout, body: Body, rate_hz: float, horizon: int, std_floor: float) -> Sidecar:
        """Of one body's rows in a layout."""
        return Sidecar(
            layout.name,
            layout.space,
            row_sides(layout),
            rate_hz,
            horizon,
            std_floor,
            (body,),
        )

    def body(self, episode: int) -> Body:
        """Whose episode it is."""
        return self.bodies[self.episodes[episode]]

    def with_episodes(
        self, episodes: Sequence[int], simulated: Sequence[Simulated | None] = ()
    ) -> Sidecar:
        """The same, with whose each episode is and where it took place."""
        places = tuple(simulated) if any(simulated) else ()
        return replace(self, episodes=tuple(episodes), simulated=places)

    def save(self, root: Path) -> None:
        """Writes meta/xlvla.json."""
        places = [one and one.to_json() for one in self.simulated]
        said = {"format": FORMAT, **asdict(replace(self, simulated=())), "simulated": places}
        (root / PLACE).write_text(json.dumps(said, indent=1) + "\n")


def row_sides(layout: Layout) -> tuple[str, ...]:
    """What each side of a layout's rows holds, right first."""
    return tuple(
        f"{body.side}:"
        + "+".join(
            name for name, part in (("hand", side.hand), ("arm", side.arm)) if part is not None
        )
        for body, side in zip(layout.embodiment.sides, layout.sides, strict=True)
    )


def load_sidecar(root: Path) -> Sidecar | None:
    """What meta/xlvla.json says; None where there is none.

    Raises:
        DataError: When it is damaged, or a later format.
    """
    path = root / PLACE
    if not path.is_file():
        return None
    said = load_json(path, "copy it again")
    if said.pop("format", None) != FORMAT:
        raise DataError(f"{path}: is no sidecar of format {FORMAT}. Use a newer SDK to read it.")
    try:
        bodies = tuple(
            Body(**{**body, "joints": tuple(body["joints"]), "hands": tuple(body["hands"])})
            for body in said.pop("bodies")
        )
        lists = {name: tuple(said.pop(name)) for name in ("sides", "episodes")}
        places = parse_simulated(said.pop("simulated", ()), len(lists["episodes"]))
        sidecar = Sidecar(bodies=bodies, simulated=places, **lists, **said)
        if not all(0 <= number < len(bodies) for number in sidecar.episodes):
            raise ValueError("an episode names a body that is not there")
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"{path}: is no whole sidecar ({error}). Encode the dataset again."
        ) from error
    return sidecar


def codec_hash(codec: LatentCodec) -> str:
    """SHA-256 over a codec's space, its hand's kinematics and its weights."""
    digest = hashlib.sha256(f"{codec.space} {codec.kinematics.hash}".encode())
    for name, array in sorted(codec_tensors(codec).items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _poses(T_task_base: np.ndarray, T_flange_wrist: np.ndarray | None) -> dict[str, Any]:
    found = {"T_task_base": T_task_base.tolist()}
    if T_flange_wrist is not None:
        found["T_flange_wrist"] = T_flange_wrist.tolist()
    return found
