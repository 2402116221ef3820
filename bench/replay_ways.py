"""The ways in which one body's demonstration becomes another's, and what they are of.

All of them hold the palm as the source held it, with the hand's pinch point where the source's was; they
differ in the hand's posture. Where the latent fails, further ways change one link of the chain at a
time, to find the one that broke.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from bench.contestants import Contestant, Oracle, RawColumns, Refined, ThroughSpace
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.kinematics.pinch import pinch_point
from xlvla_sdk.layouts import XL1
from xlvla_sdk.layouts.arm_pose import ArmPose
from xlvla_sdk.layouts.rotation import rotation_of
from xlvla_sdk.layouts.shifting import starting_posture
from xlvla_sdk.layouts.transfer_report import followed
from xlvla_sdk.registry import registry
from xlvla_sdk.synthesis.joints import Joints

FINGERTIPS = "refined, fingertips placed"
FIRMLY = "refined, pressed twice as hard"
TRIED = (FINGERTIPS, FIRMLY)
"""What is tried where the latent fails, beside the other ways."""
LATENT, REFINED, ORACLE, RAW = "latent", "latent, refined", "optimisation", "raw joints"
HOW = {
    LATENT: "encoded by the source's codec, decoded by the target's: what a policy gets.",
    REFINED: "from there to the geometry's best, row by row, eased: `xlvla retarget --refine`.",
    "LAD": "through a space that was supervised by an optimiser's pairs.",
    "VQ": "through a discrete space, 16 tokens a posture.",
    ORACLE: "oracle-c, 300 Adam steps a frame from the latent's answer; frames know nothing of another.",
    FINGERTIPS: "refined, but the arm holds the middle of its fingertips, the thumb's left out, where the "
    "source's was, not its pinch point.",
    FIRMLY: "refined, and commanded as far again beyond the measured posture as the source did.",
    RAW: "layout `raw-1`: column k of one hand's normalised joints moves joint k of the other.",
}
"""What each does, for below the tables."""


@dataclass(frozen=True)
class Moved:
    """A demonstration on another body.

    Attributes:
        joints: Its commands, `action`, and where each begins, `state` [rad, m].
        followed: The part of the rows in which the arm is within 5 mm and 3 degrees.
        furthest: By how much the worst row misses its point [m].
    """

    joints: Joints
    followed: float
    furthest: float


class Ways:
    """Brings demonstrations of bodies with one arm and one hand to others.

    Args:
        ours: The space of the shared latent.
        others: Spaces of other methods, by name.
        bodies: Embodiments, by name.

    Attributes:
        names: The ways that are compared, in order.
    """

    def __init__(
        self, ours: LatentSpace, others: Mapping[str, LatentSpace], bodies: tuple[str, ...]
    ) -> None:
        chosen = {name: registry().embodiment(name) for name in bodies}
        self._hand = {name: body.hands[0] for name, body in chosen.items()}
        self._layouts = {
            name: XL1(body, {hand.id: ours.hands[hand.id]})
            for (name, body), hand in zip(chosen.items(), self._hand.values(), strict=True)
        }
        self._contestants: dict[str, Contestant] = {
            LATENT: ThroughSpace(LATENT, "", ours.hands),
            REFINED: Refined(REFINED, ours.hands),
            **{name: ThroughSpace(name, "", space.hands) for name, space in others.items()},
            ORACLE: Oracle(ours.hands, contact=True),
            RAW: RawColumns({hand.id: hand for hand in self._hand.values()}),
        }
        self.names = tuple(self._contestants)
        self._ids = {LATENT: ours.id, **{name: space.id for name, space in others.items()}}

    def made_of(self, way: str) -> str:
        """What tells one way's outcomes from another's: the latent also says where arms' ways begin."""
        return f"{way} {self._ids[LATENT]} {self._ids.get(way, '')}"

    def move(self, way: str, demonstrated: Joints, target: str) -> Moved:
        """A demonstration of one of the bodies on another.

        Args:
            way: One of `names` or TRIED.
            demonstrated: The source's joints.
            target: The body that shall move.
        """
        source, theirs = self._layouts[demonstrated.body.name], self._layouts[target]
        qpos = np.concatenate([demonstrated.state[:1], demonstrated.action])
        hand = self._hand_rows(way, demonstrated, target)
        rows = source.encode(qpos)
        if way == FINGERTIPS:
            own = qpos[:, source.sides[0].hand_qpos]
            _place_tips(rows, source, own, theirs, hand)
        start = starting_posture(theirs, rows, (hand,))
        reached = theirs.reach_with(rows, (hand,), start)
        joints = Joints(theirs.embodiment, reached.qpos[:-1], reached.qpos[1:])
        return Moved(joints, float(followed(reached).mean()), float(reached.position_error.max()))

    def _hand_rows(
        self, way: str, demonstrated: Joints, target: str
    ) -> Float[np.ndarray, "rows E"]:
        """The target's hand at the beginning, and in every command [rad, m]."""
        source = demonstrated.body.name
        here, there = self._hand[source].id, self._hand[target].id
        columns = self._layouts[source].sides[0].hand_qpos
        lower, upper = self._hand[source].limits

        def played(qpos: np.ndarray, name: str) -> np.ndarray:
            inside = np.clip(qpos[:, columns], lower, upper)  # rows are in single precision
            return self._contestants[name].play(here, there, inside)

        name = way if way in self._contestants else REFINED
        commands = np.concatenate([demonstrated.state[:1], demonstrated.action])
        hand = played(commands, name)
        if way == FIRMLY:
            behind = played(demonstrated.state, name)
            hand[1:] += hand[1:] - behind
            hand = np.clip(hand, *self._hand[target].limits)
        return hand


def _place_tips(
    rows: Float[np.ndarray, "rows A"],
    source: XL1,
    own: Float[np.ndarray, "rows D"],
    target: XL1,
    hand: Float[np.ndarray, "rows E"],
) -> None:
    """Moves every pinch point so that the target's fingertips are where the source's were."""
    mine, theirs, arm_row = source.arms[0], target.arms[0], source.sides[0].arm_row
    assert mine is not None
    assert theirs is not None
    R = rotation_of(rows[:, arm_row][:, 3:], mine.name)
    off = _middle_of_tips(mine, own) - _middle_of_tips(theirs, hand)
    rows[:, arm_row.start : arm_row.start + 3] += (R @ off[..., None])[..., 0]


def _middle_of_tips(arm: ArmPose, hand: np.ndarray) -> Float[np.ndarray, "rows 3"]:
    """From the pinch point to the middle of the fingertips, without the thumb's, in the palm [m]."""
    assert arm.hand is not None
    return arm.hand.tips(hand)[:, 1:].mean(axis=1) - pinch_point(arm.hand, hand)
