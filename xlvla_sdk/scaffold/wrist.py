"""Where the arm ends and the hand begins."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_sdk.scaffold.answers import Answers
from xlvla_sdk.scaffold.bodies import Body, BodyTree
from xlvla_sdk.scaffold.hands import FoundHand


@dataclass(frozen=True)
class Wrist:
    """Where a hand begins.

    Attributes:
        link: Its first link.
        arm_joints: Joints before it that move, root first.
        arm_link: The arm's last link; None without an arm.
        certainty: 0 to 1.
        reason: What speaks for it.
    """

    link: str
    arm_joints: tuple[str, ...]
    arm_link: str | None
    certainty: float
    reason: str


def find_wrist(tree: BodyTree, hand: FoundHand, answers: Answers) -> Wrist:
    """The link a hand begins at: the root, or the first link that the arm's last carries fixed."""
    count = len(hand.ends)
    if answers.wrist is not None:
        body = tree.bodies[tree.body_of[answers.wrist]]
        arm = _joints(tree.above(body))
        return Wrist(answers.wrist, arm, body.link if arm else None, 1.0, "as answered")
    arm = _joints(tree.above(hand.palm))
    if not arm:
        return Wrist(
            tree.model.root, (), None, 0.97, f"no joint moves what the {count} chains hang on"
        )
    link = _first_fixed(tree, hand)
    why = f"{len(arm)} joints in a row lead to it, then {count} short chains part"
    return Wrist(link, arm, hand.palm.link, 0.95 if link != hand.palm.link else 0.85, why)


def _joints(bodies: tuple[Body, ...]) -> tuple[str, ...]:
    return tuple(body.joint.name for body in bodies if body.joint is not None)


def _first_fixed(tree: BodyTree, hand: FoundHand) -> str:
    """Of the links that hang fixed on the arm's last, the one that carries every chain."""
    firsts = {_below(tree, hand.palm, tree.bodies[child]) for child in hand.palm.children}
    return firsts.pop() if len(firsts) == 1 else hand.palm.link


def _below(tree: BodyTree, palm: Body, finger: Body) -> str:
    """The palm's own link, or the link fixed to it, that a finger hangs on."""
    assert finger.joint is not None
    link = finger.joint.parent
    while link != palm.link:
        upper = tree.model.parent_joint[link].parent
        if upper == palm.link:
            break
        link = upper
    return link
