"""Samples: an encoded dataset's rows as a network learns them, drawn by seed and step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.rows import ACTION, STATE
from xlvla_sdk.data.sidecar import Sidecar
from xlvla_sdk.errors import CodecMismatch, DataError
from xlvla_sdk.learning.batch import UNMOVED, Batch
from xlvla_sdk.learning.network import moved_columns
from xlvla_sdk.learning.scales import Scales
from xlvla_sdk.learning.shape import ARM_WIDTH
from xlvla_sdk.learning.variant import Variant, Viewing
from xlvla_sdk.learning.variant_state import StateVariant
from xlvla_sdk.learning.words import Words, padded
from xlvla_sdk.policy import Metadata
from xlvla_sdk.policy.metadata import SideParts
from xlvla_sdk.specs import Side

ENDED = 0.2
"""How much a row counts that only repeats the last of its episode: a policy is asked there, too, and
staying is right, but of 64 rows it would be learned too often."""
BY_THINGS = StateVariant()


@dataclass(frozen=True)
class Samples:
    """A whole dataset in memory.

    Attributes:
        variant: What a policy trained on it sees by.
        metadata: What rows it speaks.
        words: Of its instructions and of its things' names.
        scales: See Scales.
        state, action: Its rows.
        things, there, names, pictures: What the variant is shown of each; see Shown.
        prompts: Each row's instruction, as words.
        last: For each row, the last row of its episode.
        hash: SHA-256 of what meta/ says of the dataset.
    """

    variant: Variant
    metadata: Metadata
    words: Words
    scales: Scales
    state: Float[np.ndarray, "N A"]
    action: Float[np.ndarray, "N A"]
    things: Float[np.ndarray, "N T 9"]
    there: Bool[np.ndarray, "N T"]
    names: Int[np.ndarray, "N T V"]
    pictures: UInt8[np.ndarray, "N K S S 3"]
    prompts: Int[np.ndarray, "N W"]
    last: Int[np.ndarray, " N"]
    hash: str

    @staticmethod
    def of(
        dataset: Dataset,
        layout: str | None = None,
        horizon: int | None = None,
        variant: Variant = BY_THINGS,
    ) -> Samples:
        """Reads a dataset.

        Args:
            dataset: Encoded, with what the variant sees by.
            layout: What its rows must be in; its own when left out.
            horizon: Rows of a chunk; the dataset's own when left out.
            variant: What a policy will see by.

        Raises:
            DataError: It was not encoded, or does not hold what the variant sees by, or has no rows.
            CodecMismatch: Its rows are in another layout.
        """
        sidecar = _encoded(dataset, layout)
        viewing = variant.viewing(dataset)
        found = _columns(dataset, viewing)
        words = Words.of([*dict.fromkeys(found.prompts), *viewing.texts])
        where = str(dataset.root)
        told = {prompt: words.numbers(prompt, where) for prompt in dict.fromkeys(found.prompts)}
        metadata = variant.wanted(row_metadata(sidecar, dataset.feature(STATE), horizon))
        moved = moved_columns(found.state.shape[1], arm_columns(metadata)).numpy()
        shown = viewing.shown(words, where)
        places = shown.things[..., :3][shown.there]
        return Samples(
            variant=variant,
            metadata=metadata,
            words=words,
            scales=Scales.of(
                found.state, found.action, found.last, places, moved, metadata.horizon
            ),
            state=found.state,
            action=found.action,
            **vars(shown),
            prompts=padded([told[prompt] for prompt in found.prompts]),
            last=found.last,
            hash=_hash(dataset),
        )

    @property
    def arms(self) -> tuple[int, ...]:
        """Where in a row each arm's nine columns begin."""
        return arm_columns(self.metadata)

    def draw(self, rng: np.random.Generator, size: int) -> Batch:
        """Rows and the chunks that begin with them, any row as often as another.

        A chunk that goes beyond its episode's end repeats the last row, which counts little.
        """
        return self.chunks(rng.integers(len(self.state), size=size))

    def chunks(self, rows: Int[np.ndarray, " B"]) -> Batch:
        """The chunks that begin with some rows."""
        ahead = rows[:, None] + np.arange(self.metadata.horizon)
        last = self.last[rows][:, None]
        return Batch(
            self.state[rows],
            self.things[rows],
            self.there[rows],
            self.names[rows],
            self.prompts[rows],
            self.pictures[rows],
            np.tile(UNMOVED, (len(rows), 1)),
            self.action[np.minimum(ahead, last)],
            np.where(ahead <= last, 1.0, ENDED).astype(np.float32),
        )


def arm_columns(metadata: Metadata) -> tuple[int, ...]:
    """Where in a row each arm's nine columns begin: a side's hand comes first, then its arm."""
    arms, column = [], 0
    for part in metadata.sides:
        column += metadata.latent_dim * part.hand
        if part.arm:
            arms.append(column)
            column += ARM_WIDTH
    return tuple(arms)


@dataclass(frozen=True)
class _Columns:
    state: np.ndarray
    action: np.ndarray
    last: np.ndarray
    prompts: list[str]


def _columns(dataset: Dataset, viewing: Viewing) -> _Columns:
    """The rows of all episodes, one after the other."""
    found: dict[str, list[np.ndarray]] = {STATE: [], ACTION: []}
    prompts: list[str] = []
    last: list[np.ndarray] = []
    for episode in dataset:
        for name in (STATE, ACTION):
            found[name].append(episode.numbers(name, dataset.feature(name)))
        viewing.take(episode)
        prompts += episode.prompts
        last.append(np.full(len(episode), len(prompts) - 1))
    if not prompts:
        raise DataError(f"{dataset.root}: has no rows to learn from. Make it again.")
    return _Columns(
        np.concatenate(found[STATE]).astype(np.float32),
        np.concatenate(found[ACTION]).astype(np.float32),
        np.concatenate(last),
        prompts,
    )


def row_metadata(sidecar: Sidecar, row: Feature, horizon: int | None = None) -> Metadata:
    """What a policy of a dataset's rows says of them."""
    sides = []
    for said in sidecar.sides:
        side, _, parts = said.partition(":")
        held = parts.split("+")
        sides.append(SideParts(Side(side), "hand" in held, "arm" in held))
    hands = sum(part.hand for part in sides)
    left = row.width - ARM_WIDTH * sum(part.arm for part in sides)
    return Metadata(
        str(sidecar.layout),
        sidecar.space,
        left // hands if hands else 0,
        tuple(sides),
        sidecar.rate_hz,
        horizon or sidecar.horizon,
    )


def _encoded(dataset: Dataset, layout: str | None) -> Sidecar:
    sidecar = dataset.sidecar
    if sidecar is None or sidecar.layout is None:
        raise DataError(
            f"{dataset.root}: holds raw joints, which mean another thing on every body. Run "
            "`xlvla data encode` on it first."
        )
    if layout is not None and sidecar.layout != layout:
        raise CodecMismatch(
            f"{dataset.root}: its rows are in layout {sidecar.layout}, wanted is {layout}. Encode it "
            f"anew with --layout {layout}, or train with --layout {sidecar.layout}.",
            layout=sidecar.layout,
        )
    return sidecar


def _hash(dataset: Dataset) -> str:
    digest = hashlib.sha256()
    for name in ("info.json", "stats.json", "xlvla.json"):
        digest.update((dataset.root / "meta" / name).read_bytes())
    return digest.hexdigest()
