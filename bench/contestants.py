"""Everything that can bring one hand's postures to another, behind one face, to be compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.optimising import optimise, optimise_each
from xlvla_sdk.codec.refining import refine, refine_each
from xlvla_sdk.kinematics import HandKinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.oracle import oracle
from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.layouts import Raw1
from xlvla_sdk.specs import BodySide, Embodiment, HandSpec

Rows = Float[np.ndarray, "rows D"]


class Contestant(ABC):
    """A way to bring postures of one hand to another.

    Attributes:
        name: Its row's name.
        how: A sentence on what it does, for below the table.
        coded: Whether a hand's own posture comes back through it, which `recon_deg` measures.
    """

    name: str
    how: str
    coded: bool = False

    @abstractmethod
    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        """Postures of the target [rad, m], each row by itself."""

    def play(self, source: str, target: str, qpos: Rows) -> Rows:
        """The same for rows that follow one another, as in a recording."""
        return self.move(source, target, qpos)


class ThroughSpace(Contestant):
    """Encoded by the source's codec, decoded by the target's."""

    coded = True

    def __init__(self, name: str, how: str, codecs: Mapping[str, LatentCodec]) -> None:
        self.name, self.how, self._codecs = name, how, codecs

    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        return self._codecs[target].decode(self._codecs[source].encode(qpos))


class Refined(Contestant):
    """From a space's answer to the geometry's best: `xlvla retarget --method refined`."""

    def __init__(self, name: str, codecs: Mapping[str, LatentCodec]) -> None:
        self.name = name
        self.how = "our latent's answer, then damped least squares on the paper's L2."
        self._codecs = codecs
        self._begin = ThroughSpace(name, self.how, codecs)

    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        one, other = (self._codecs[hand].kinematics for hand in (source, target))
        return refine_each(one, qpos, other, self._begin.move(source, target, qpos))[0]

    def play(self, source: str, target: str, qpos: Rows) -> Rows:
        one, other = (self._codecs[hand].kinematics for hand in (source, target))
        return refine(one, qpos, other, self._begin.move(source, target, qpos))


class Optimised(Contestant):
    """The same from postures of no meaning: `xlvla retarget --method optimisation`."""

    name = "optimisation alone"
    how = "damped least squares on the paper's L2 from eight starts; no codec."

    def __init__(self, hands: Mapping[str, HandKinematics]) -> None:
        self._hands = hands

    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        return optimise_each(self._hands[source], qpos, self._hands[target])

    def play(self, source: str, target: str, qpos: Rows) -> Rows:
        return optimise(self._hands[source], qpos, self._hands[target])


class Oracle(Contestant):
    """The measures' reference, from a space's answer; with `contact`, oracle-c."""

    def __init__(self, codecs: Mapping[str, LatentCodec], contact: bool, steps: int = 300) -> None:
        self.name = "oracle-c" if contact else "oracle"
        more = ", and on a touching finger's distance" if contact else ""
        self.how = f"{steps} Adam steps on the paper's L2{more}, from our latent's answer."
        self._begin = ThroughSpace(self.name, self.how, codecs)
        self._models = {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}
        self._contact = contact
        self._steps = steps

    @one_thread()
    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        one, other = self._models[source], self._models[target]
        begin = torch.from_numpy(self._begin.move(source, target, qpos)).float()
        wanted = one.deltas(torch.from_numpy(np.asarray(qpos)).float())
        both = (one.has & other.has)[1:]
        start = other.normalize(begin)
        found = oracle(wanted, other, start, both, self._contact, self._steps)
        lower, upper = other.lower.numpy(), other.upper.numpy()
        return np.clip(other.unnormalize(found).numpy(), lower, upper).astype(float)


class RawColumns(Contestant):
    """Layout raw-1: one hand's row of padded, normalised joints, read by another column by column."""

    name = "raw joints, by column"
    how = (
        "layout `raw-1`: normalised joints in the hand's order, padded with zeros, as policies on "
        "raw joints see them; column k of one hand moves joint k of the other, padding the middle."
    )
    coded = True

    def __init__(self, specs: Mapping[str, HandSpec]) -> None:
        self._layouts = {hand: Raw1(_body(spec)) for hand, spec in specs.items()}
        self._middle = {hand: _middle(spec.limits) for hand, spec in specs.items()}

    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        row = self._layouts[source].encode(np.asarray(qpos))
        return self._layouts[target].decode(row, self._middle[target])


class RawFingers(Contestant):
    """Normalised joints again, but finger by finger."""

    name = "raw joints, by finger"
    how = (
        "normalised joints, finger by finger: the k-th motor along a finger, from its base, moves "
        "the k-th of the same finger; a motor without a counterpart stays in the middle."
    )
    coded = True

    def __init__(self, hands: Mapping[str, HandKinematics]) -> None:
        self._hands = hands

    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        one, other = self._hands[source], self._hands[target]
        normalized = (qpos - one.lower) * (2.0 / (one.upper - one.lower)) - 1.0
        moved = np.zeros((len(qpos), len(other.joints)))
        mine, theirs = motors(one), motors(other)
        for finger in theirs:
            for here, there in zip(mine.get(finger, ()), theirs[finger], strict=False):
                moved[:, there] = normalized[:, here]
        return other.lower + (other.upper - other.lower) * (0.5 * (moved + 1.0))


def motors(hand: HandKinematics) -> dict[str, list[int]]:
    """The columns of qpos that move each finger, base first; one that moves two is the first's."""
    taken: set[int] = set()
    found = {}
    for finger in hand.fingers:
        columns = dict.fromkeys(screw.joint for screw in finger.screws)
        found[finger.name] = [column for column in columns if column not in taken]
        taken.update(columns)
    return found


def _body(spec: HandSpec) -> Embodiment:
    return Embodiment(name=spec.id, sides=(BodySide(side=spec.side, hand=spec),))


def _middle(limits: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return 0.5 * (limits[0] + limits[1])
