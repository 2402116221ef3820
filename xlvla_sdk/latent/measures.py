"""How good a space is: its measures on test postures that nothing was trained on.

Definitions: docs/concepts/latent.md. RT are joints uniform within limits, CP closes the thumb on
one finger after the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import sampling
from xlvla_sdk.latent.losses import CONTACT, Weights, length, retarget_loss, source_pairs

SETS = ("RT", "CP")
PLAIN = Weights()
"""The paper's constants: every retarget_loss that is reported uses them."""


@dataclass(frozen=True)
class TestSets:
    """Test postures, normalised joints, by set and hand.

    Attributes:
        postures: `RT` and `CP`, each hand id to (count, D).
        hash: SHA-256 over all of them, so that two reports can be seen to speak of the same.
    """

    postures: Mapping[str, Mapping[str, Float[Tensor, "count D"]]]
    hash: str


@dataclass(frozen=True)
class Measures:
    """Measures of one set, means over ordered pairs of distinct hands; see docs/concepts/latent.md.

    Attributes:
        recon_deg: Root mean square of decode(encode(q)) - q over joints that turn [deg], mean over
            hands that have such; None where no codec is measured, as the oracle's.
        dir_deg: Mean angle between the hands' thumb-to-finger directions [deg].
        dist_mm: Mean difference of their distances [mm].
        retarget_loss: The paper's L2.
        contact_mm: Median distance a touching finger is brought to [mm]; None where none touch.
        contact_5mm: Part of them within 5 mm.
        contact_10mm: Part of them within 10 mm.
    """

    recon_deg: float | None
    dir_deg: float
    dist_mm: float
    retarget_loss: float
    contact_mm: float | None
    contact_5mm: float | None
    contact_10mm: float | None

    def to_json(self) -> dict[str, float | None]:
        return asdict(self)


def make_test_sets(
    models: Mapping[str, TipModel],
    seed: int = 7,
    count: int = 512,
    closings: Mapping[str, Float[np.ndarray, "_ _"]] = MappingProxyType({}),
) -> TestSets:
    """The test sets of some hands, in their order, RT before CP, from one generator.

    Args:
        models: By hand id.
        seed: Of all that is drawn.
        count: Postures of each hand in each set.
        closings: CP of hands that have been made before, with this seed and count; closing a hand
            takes most of the time.
    """
    generator = torch.Generator().manual_seed(seed)
    known = {hand: torch.tensor(rows) for hand, rows in closings.items() if hand in models}
    postures = {
        "RT": {hand: sampling.uniform(model, count, generator) for hand, model in models.items()},
        "CP": sampling.closings(models, count, generator, known),
    }
    digest = hashlib.sha256()
    for by_hand in postures.values():
        for rows in by_hand.values():
            digest.update(rows.numpy().tobytes())
    return TestSets(postures, digest.hexdigest())


def measure(
    codecs: Mapping[str, LatentCodec],
    models: Mapping[str, TipModel],
    sets: TestSets,
    which: str,
    pairs: list[tuple[str, str]] | None = None,
) -> Measures:
    """Measures codecs of one space on one set.

    Args:
        codecs: By hand id.
        models: The same hands.
        sets: Test postures of these hands.
        which: `RT` or `CP`.
        pairs: Ordered pairs (source, target) to average over; all pairs of distinct hands when
            left out. Reconstruction is averaged over the sources among them.
    """
    pairs = pairs or [(s, t) for s in codecs for t in codecs if s != t]
    postures = sets.postures[which]
    able = {hand: able_to_touch(models[hand], sets.postures["CP"][hand]) for hand in models}
    rows = [
        _measure_pair(codecs[s], codecs[t], models[s], models[t], postures[s], able[t], which)
        for s, t in pairs
    ]
    sources = list(dict.fromkeys(s for s, _ in pairs))
    recon = [reconstruction_deg(codecs[s], postures[s]) for s in sources]
    turning = [value for value in recon if np.isfinite(value)]
    mean = float(np.mean(turning)) if turning else None
    return replace(mean_measures(rows), recon_deg=mean)


def reconstruction_deg(codec: LatentCodec, postures: Float[Tensor, "count D"]) -> float:
    """Root mean square of decode(encode(q)) - q over joints that turn [deg]; NaN where none does."""
    return float(np.degrees(_reconstruction(codec, postures, codec.kinematics.turns)))


def reconstruction_mm(codec: LatentCodec, postures: Float[Tensor, "count D"]) -> float:
    """Root mean square of decode(encode(q)) - q over joints that slide [mm]; NaN where none does."""
    return 1e3 * _reconstruction(codec, postures, ~codec.kinematics.turns)


def _reconstruction(codec: LatentCodec, postures: Tensor, joints: np.ndarray) -> float:
    qpos = postures_to_qpos(codec, postures)
    error = (codec.decode(codec.encode(qpos)) - qpos)[:, joints]
    return float(np.sqrt(np.mean(error**2))) if joints.any() else float("nan")


def able_to_touch(model: TipModel, closed: Float[Tensor, "count D"]) -> Tensor:
    """Which fingers the hand can bring to its thumb: the 10 % quantile of CP is under 5 mm."""
    distance = length(model.deltas(model.unnormalize(closed)))
    return (distance.quantile(0.1, dim=0) < CONTACT) & model.has[1:]


def target_deltas(
    source: LatentCodec,
    target: LatentCodec,
    source_model: TipModel,
    target_model: TipModel,
    postures: Float[Tensor, "count D"],
) -> tuple[Float[Tensor, "count 4 3"], Float[Tensor, "count 4 3"]]:
    """Thumb-to-finger vectors [m] of source postures, and of the target that decodes their codes."""
    qpos = postures_to_qpos(source, postures)
    reached = target.decode(source.encode(qpos))
    return (
        source_model.deltas(torch.from_numpy(qpos).float()),
        target_model.deltas(torch.from_numpy(reached).float()),
    )


def pair_measures(
    wanted: Float[Tensor, "count 4 3"],
    reached: Float[Tensor, "count 4 3"],
    both: Tensor,
    able: Tensor,
    contacts: bool,
) -> Measures:
    """The measures of one ordered pair, from its vectors [m]."""
    source = source_pairs(wanted, PLAIN)
    loss = retarget_loss(source, reached, both, PLAIN)
    distance = length(reached)
    cosine = ((source.unit * reached).sum(-1) / distance).clamp(-1.0, 1.0)
    touching = _touched(source.length, distance, both & able) if contacts else torch.empty(0)
    some = len(touching) > 0
    return Measures(
        recon_deg=None,
        dir_deg=float(cosine[:, both].acos().rad2deg().mean()),
        dist_mm=float((distance - source.length).abs()[:, both].mean() * 1000),
        retarget_loss=float(loss.mean()),
        contact_mm=float(touching.median() * 1000) if some else None,
        contact_5mm=float((touching < CONTACT).float().mean()) if some else None,
        contact_10mm=float((touching < 2 * CONTACT).float().mean()) if some else None,
    )


def _measure_pair(
    source: LatentCodec,
    target: LatentCodec,
    source_model: TipModel,
    target_model: TipModel,
    postures: Tensor,
    able: Tensor,
    which: str,
) -> Measures:
    wanted, reached = target_deltas(source, target, source_model, target_model, postures)
    both = source_model.has[1:] & target_model.has[1:]
    return pair_measures(wanted, reached, both, able, which == "CP")


def _touched(source: Tensor, target: Tensor, able: Tensor) -> Tensor:
    """Target distances of the finger that is closest on the source, where it touches there."""
    closest, finger = source.masked_fill(~able, torch.inf).min(dim=1)
    nearest = source.min(dim=1).values
    rows = (closest < CONTACT) & (closest <= nearest)
    return target[rows].gather(1, finger[rows, None])[:, 0]


def postures_to_qpos(
    codec: LatentCodec, postures: Float[Tensor, "count D"]
) -> Float[np.ndarray, "count D"]:
    """Normalised joints as qpos [rad, m], in double precision."""
    lower, upper = codec.limits
    return lower + (upper - lower) * 0.5 * (postures.double().numpy() + 1.0)


def mean_measures(rows: list[Measures]) -> Measures:
    """The mean of each measure over the rows that have it."""

    def mean(key: str) -> float | None:
        values = [value for row in rows if (value := getattr(row, key)) is not None]
        return float(np.mean(values)) if values else None

    return Measures(**{key: mean(key) for key in Measures.__dataclass_fields__})  # pyright: ignore[reportArgumentType]
