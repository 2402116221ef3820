"""What speaks against a hand's description: its fingers, beside founding hands' fingers.

No codec is asked, only geometry. A hand is compared by its thumb-to-finger vectors at random
postures: however differently hands are built, what they can do in a right palm frame is alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations, product
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xlvla_sdk.kinematics.finger import Finger
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.specs import FINGERS

Cause = Literal["wrong palm frame", "wrong tip", "unreachable", "training"]

TURNED, EXCHANGED = 0.75, 0.85
"""A frame, or two fingers, are wrong when the hand with others is this much more like founding
hands: right ones of six hands came to 1.0, one of three like fingers around a palm to 0.79, frames
off by 90 degrees to 0.41 to 0.72 of it."""
SHORT, LONG = 0.5, 2.0
"""A tip is wrong when its finger is less or more than these times as long as founding hands'."""
AWAY = 0.05
"""A tip is wrong when half of where it goes is further than this from where others' go [m]."""
_MEND = "look whether tip_links names the link at the end of the {}"
POSTURES = 256
"""At how many postures hands are compared."""


@dataclass(frozen=True)
class Finding:
    """A cause with its evidence.

    Attributes:
        cause: What is wrong.
        fingers: The fingers it is wrong with.
        said: The evidence and the mend, in words.
    """

    cause: Cause
    fingers: tuple[str, ...]
    said: str


@dataclass(frozen=True)
class Workspace:
    """How long a hand's fingers are, and where their tips go.

    Attributes:
        fingers: What it has.
        lengths: Of each finger that has a joint that turns [m].
        vectors: Thumb minus finger, index to pinky; zeros where there is no finger [m].
        has: Which of these there are.
    """

    fingers: tuple[str, ...]
    lengths: Mapping[str, float]
    vectors: Float[Tensor, "rows 4 3"]
    has: Bool[Tensor, " 4"]

    @staticmethod
    def of(kinematics: HandKinematics) -> Workspace:
        """At random postures, always the same ones."""
        part = np.random.default_rng(0).random((POSTURES, len(kinematics.joints)))
        qpos = kinematics.lower + (kinematics.upper - kinematics.lower) * part
        deltas = torch.from_numpy(kinematics.deltas(qpos)).float()
        lengths = {finger.name: _length(finger) for finger in kinematics.fingers}
        return Workspace(
            kinematics.finger_names,
            {name: length for name, length in lengths.items() if length is not None},
            deltas,
            torch.tensor([name in lengths for name in FINGERS[1:]]),
        )


def check_description(
    kinematics: HandKinematics, founding: Sequence[HandKinematics]
) -> tuple[Finding, ...]:
    """What speaks against a hand's description.

    Args:
        kinematics: The hand, as the space sees it.
        founding: Hands that are described well; those that share a finger beside the thumb count.

    Returns:
        Fingers that are too short or too long, which no turn of the hand changes. Of the others
        a wrong palm frame, or two that are exchanged, or tips that are elsewhere.
    """
    mine, known = Workspace.of(kinematics), [Workspace.of(hand) for hand in founding]
    others = [other for other in known if bool((other.has & mine.has).any())]
    found = [finding for finger in mine.fingers if (finding := _wrong_length(finger, mine, others))]
    wrong = {finger for finding in found for finger in finding.fingers}
    rest = replace(mine, has=mine.has & torch.tensor([name not in wrong for name in FINGERS[1:]]))
    others = [other for other in others if bool((other.has & rest.has).any())]
    if "thumb" in wrong or not others:
        return tuple(found)
    whole = _wrong_frame(rest, others) or _exchanged(rest, others)
    return (*found, whole) if whole else (*found, *_elsewhere(rest, others))


def _wrong_frame(mine: Workspace, others: list[Workspace]) -> Finding | None:
    """Whether the hand turned by a multiple of 90 degrees, or mirrored, is far more like the others."""
    turns = _turns()
    apart = [_apart(mine, others, lambda vectors, turn=turn: vectors @ turn.T) for turn in turns]
    best = int(np.argmin(apart))
    if apart[best] > TURNED * apart[0]:
        return None
    said = (
        f"{_in_words(turns[best])}, the hand would come within {apart[best] * 1000:.0f} mm of what "
        f"founding hands do, instead of {apart[0] * 1000:.0f}; give the right side, or the palm "
        "frame (`palm_rpy`: fingers along +z, palm facing +x)"
    )
    return Finding("wrong palm frame", mine.fingers, said)


def _exchanged(mine: Workspace, others: list[Workspace]) -> Finding | None:
    """Whether the hand with two of its fingers exchanged is far more like the others."""
    slots = mine.has.nonzero().flatten().tolist()
    swaps = list(combinations(slots, 2))
    if not swaps:
        return None

    def swapped(swap: tuple[int, int]) -> Callable[[Tensor], Tensor]:
        order = list(range(len(FINGERS) - 1))
        order[swap[0]], order[swap[1]] = swap[1], swap[0]
        return lambda vectors: vectors[:, order]

    apart = [_apart(mine, others, swapped(swap)) for swap in swaps]
    best = int(np.argmin(apart))
    if apart[best] > EXCHANGED * _apart(mine, others, lambda vectors: vectors):
        return None
    one, other = (FINGERS[slot + 1] for slot in swaps[best])
    said = f"{one} and {other} are where the other is on founding hands; exchange them in tip_links"
    return Finding("wrong tip", (one, other), said)


def _apart(mine: Workspace, others: list[Workspace], changed: Callable[[Tensor], Tensor]) -> float:
    """How far a changed hand is from doing what the others do, and they from what it does [m].

    The mean distance, root mean square over fingers, from a posture to the most alike of another
    hand's; mean of both ways and of the others.
    """
    vectors = changed(mine.vectors)
    total = 0.0
    for other in others:
        both = mine.has & other.has
        here, there = vectors[:, both].flatten(1), other.vectors[:, both].flatten(1)
        distance = torch.cdist(here, there) / float(both.sum()) ** 0.5
        total += float(distance.amin(0).mean() + distance.amin(1).mean()) / 2
    return total / len(others)


def _turns() -> list[Float[Tensor, "3 3"]]:
    """The turns by multiples of 90 degrees about the axes, mirrored or not; none of it first."""
    eye = torch.eye(3)
    return [
        torch.diag(torch.tensor(signs)) @ eye[list(order)]
        for order in permutations(range(3))
        for signs in product((1.0, -1.0), repeat=3)
    ]


def _in_words(turn: Float[Tensor, "3 3"]) -> str:
    """What a turn does to the hand; mirrored is through y."""
    mirrored = bool(torch.linalg.det(turn) < 0)
    proper = torch.diag(torch.tensor([1.0, -1.0, 1.0])) @ turn if mirrored else turn
    degrees = round(float(((proper.trace() - 1.0) / 2.0).clamp(-1.0, 1.0).acos().rad2deg()))
    kept = (proper.diagonal() == 1.0).nonzero().flatten().tolist()
    about = f" about {'xyz'[kept[0]]}" if len(kept) == 1 else ""
    parts = [f"turned by {degrees} degrees{about}"] if degrees else []
    return " and ".join([*parts, *(["mirrored"] if mirrored else [])])


def _wrong_length(finger: str, mine: Workspace, others: list[Workspace]) -> Finding | None:
    """Whether a finger is far shorter, or longer, than any founding hand's."""
    known = [other.lengths[finger] for other in others if finger in other.lengths]
    if finger not in mine.lengths or not known:
        return None
    length = mine.lengths[finger]
    if SHORT * min(known) <= length <= LONG * max(known):
        return None
    said = (
        f"its tip is {length * 1000:.0f} mm from the joint that moves it most, those of founding "
        f"hands {min(known) * 1000:.0f} to {max(known) * 1000:.0f}; {_MEND.format(finger)}"
    )
    return Finding("wrong tip", (finger,), said)


def _elsewhere(mine: Workspace, others: list[Workspace]) -> list[Finding]:
    """A finding for each finger whose tip is nowhere near where founding hands' tips go."""
    found: list[Finding] = []
    for slot in mine.has.nonzero().flatten().tolist():
        there = [other.vectors[:, slot] for other in others if bool(other.has[slot])]
        if not there:
            continue
        nearest = torch.cdist(mine.vectors[:, slot], torch.cat(there)).amin(1)
        if (away := float(nearest.median())) > AWAY:
            finger = FINGERS[slot + 1]
            said = f"its tip is {away * 1000:.0f} mm from where those of founding hands go"
            found.append(Finding("wrong tip", (finger,), f"{said}; {_MEND.format(finger)}"))
    return found


def _length(finger: Finger) -> float | None:
    """How far a tip is from the furthest axis it turns about, at zero [m]; None without one."""
    turning = [screw for screw in finger.screws if not screw.prismatic]
    arms = [np.cross(screw.axis, finger.tip - screw.point) for screw in turning]
    return max((float(np.linalg.norm(arm)) for arm in arms), default=None)
