"""draft_hand: from a URDF alone to a hand's description, with what could not be decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics.palm import snapped
from xlvla_sdk.scaffold.answers import Answers, Question
from xlvla_sdk.scaffold.bodies import BodyTree, body_tree
from xlvla_sdk.scaffold.chains import Chain, Joints, find_chains, hand_joints
from xlvla_sdk.scaffold.draft import Belief, FoundFinger, HandDraft
from xlvla_sdk.scaffold.geometry import gripper_axes, is_gripper
from xlvla_sdk.scaffold.hands import MOST_FINGERS, FoundHand, find_hands, hand_at
from xlvla_sdk.scaffold.naming import name_fingers
from xlvla_sdk.scaffold.postures import find_postures, jaw_postures
from xlvla_sdk.scaffold.sides import find_side
from xlvla_sdk.scaffold.wrist import find_wrist
from xlvla_sdk.specs import FINGERS, Side, load_urdf
from xlvla_sdk.specs.urdf_file import rpy

SNAP_DEGREES = 12.0
"""Within this of an axis-aligned frame, the axis-aligned one is taken."""


def draft_hands(urdf: Path, answers: Answers | None = None) -> tuple[HandDraft, ...]:
    """Every hand that a URDF has, right ones first.

    Args:
        urdf: The file, of a hand alone, on an arm, or on a whole robot.
        answers: What is known beforehand; `tips` count for the hand that has these links.

    Raises:
        SpecError: When the URDF cannot be read, or no hand is found in it.
    """
    answers = answers or Answers()
    tree = body_tree(load_urdf(urdf))
    hands = _hands(tree, answers)
    drafts = [_draft(tree, hand, urdf, answers, alone=len(hands) == 1) for hand in hands]
    return tuple(sorted(drafts, key=lambda draft: draft.side is Side.LEFT))


def draft_hand(urdf: Path, answers: Answers | None = None) -> HandDraft:
    """The hand that a URDF has; of a robot with several, the one that the answers choose.

    Args:
        urdf: The file, of a hand alone, on an arm, or on a whole robot.
        answers: What is known beforehand.

    Returns:
        What was found. Its `questions` name what was not decided: among them which hand, where
        there are several and neither `side` nor `wrist` chooses one.

    Raises:
        SpecError: When the URDF cannot be read, or no hand is found in it.
    """
    answers = answers or Answers()
    drafts = draft_hands(urdf, answers)
    if len(drafts) == 1:
        return drafts[0]
    chosen = [draft for draft in drafts if draft.side is answers.side]
    if len(chosen) == 1:
        return chosen[0]
    return _which(drafts)


def _which(drafts: Sequence[HandDraft]) -> HandDraft:
    """The first of several hands, with the question which of them is meant."""
    sides = {draft.side for draft in drafts}
    by_side = len(sides) == len(drafts)
    where = ", ".join(f"{draft.side} at '{draft.wrist_link}'" for draft in drafts)
    question = Question(
        "hand",
        f"Which hand? There are {len(drafts)}: {where}.",
        tuple(draft.side if by_side else draft.wrist_link for draft in drafts),
        "--side SIDE" if by_side else "--wrist LINK",
    )
    return replace(drafts[0], questions=(question, *drafts[0].questions))


def _hands(tree: BodyTree, answers: Answers) -> tuple[FoundHand, ...]:
    if answers.wrist is not None:
        tree.model.require_link(answers.wrist, "wrist link")
        return (hand_at(tree, tree.bodies[tree.body_of[answers.wrist]]),)
    hands = find_hands(tree)
    if not hands:
        raise SpecError(
            f"{tree.model.source}: no hand is found: no link carries two short chains or more. "
            "Name the link that the fingers hang on with --wrist LINK."
        )
    return hands


def _draft(tree: BodyTree, hand: FoundHand, urdf: Path, answers: Answers, alone: bool) -> HandDraft:
    joints = hand_joints(tree, hand)
    chains, hand = _kept(tree, find_chains(tree, hand, joints), hand, answers)
    answered = _answered(tree, hand, answers)
    wrist = find_wrist(tree, hand, answers)
    if not 2 <= len(chains) <= MOST_FINGERS:
        raise SpecError(
            f"{urdf}: {len(chains)} chains hang on '{hand.palm.link}', a hand has two to "
            f"{MOST_FINGERS} fingers. Name each finger's tip with --tip FINGER=LINK; chains that "
            f"are not named then count for nothing. They end at: {', '.join(_ends(chains))}."
        )
    if is_gripper(chains):
        found = _gripper(chains, answered, answers.side)
    else:
        found = _hand(tree, chains, answered, answers, alone)
    T_wrist_palm = _palm(tree, hand, wrist.link, found.axes)
    return HandDraft(
        urdf=urdf,
        kind=found.kind,
        root_link=tree.model.root,
        arm_joints=wrist.arm_joints,
        arm_link=wrist.arm_link,
        wrist_link=wrist.link,
        joints=_actuated_below(tree, wrist.link),
        mimics=_mimics(tree, hand),
        fingers=_fingers(chains, found),
        side=found.side,
        palm_rpy=rpy(T_wrist_palm),
        postures=_postures(joints, chains, found),
        velocity=_velocity(tree, joints),
        beliefs={
            "hand": Belief(wrist.certainty, wrist.reason),
            "side": found.side_belief,
            "palm": found.palm_belief,
        },
        questions=found.questions,
    )


@dataclass(frozen=True)
class _Found:
    """What the chains of a hand turned out to be."""

    kind: Literal["hand", "gripper"]
    chains: Mapping[str, int]
    certainty: Mapping[str, float]
    reasons: Mapping[str, str]
    axes: np.ndarray
    side: Side
    side_belief: Belief
    palm_belief: Belief
    questions: tuple[Question, ...]


def _hand(
    tree: BodyTree,
    chains: Sequence[Chain],
    answered: Mapping[str, int],
    answers: Answers,
    alone: bool,
) -> _Found:
    naming = name_fingers(chains, answered)
    side, belief, questions = find_side(tree.model, chains, naming, answers.side if alone else None)
    facing = Belief(naming.row.facing, "fingers close to it, and the thumb stands before it")
    return _Found(
        "hand",
        naming.chains,
        naming.certainty,
        naming.reasons,
        naming.row.axes,
        side,
        belief,
        facing,
        (*naming.questions, *questions) if not naming.questions else naming.questions,
    )


def _gripper(chains: Sequence[Chain], answered: Mapping[str, int], side: Side | None) -> _Found:
    """Two jaws: which is called thumb is a convention, and so is the side."""
    thumb = answered.get("thumb", 1 - answered["index"] if "index" in answered else 0)
    why = "two opposing tips, no thumb's anatomy: called so by convention"
    sure = 1.0 if answered else 0.6
    belief = Belief(0.6, "a gripper has no side: right by convention")
    return _Found(
        "gripper",
        {"thumb": thumb, "index": 1 - thumb},
        dict.fromkeys(("thumb", "index"), sure),
        dict.fromkeys(("thumb", "index"), why),
        gripper_axes([chains[thumb], chains[1 - thumb]]),
        side or Side.RIGHT,
        Belief(1.0, "as answered") if side else belief,
        Belief(0.8, "jaws point along z and close along x"),
        (),
    )


def _kept(
    tree: BodyTree, chains: tuple[Chain, ...], hand: FoundHand, answers: Answers
) -> tuple[tuple[Chain, ...], FoundHand]:
    """The chains that count: all, or of too many those that answers name."""
    if len(chains) <= MOST_FINGERS or len(answers.tips) < 2:
        return chains, hand
    named = set(_answered(tree, hand, answers).values())
    ends = tuple(end for at, end in enumerate(hand.ends) if at in named)
    return tuple(chain for at, chain in enumerate(chains) if at in named), FoundHand(
        hand.palm, ends
    )


def _answered(tree: BodyTree, hand: FoundHand, answers: Answers) -> dict[str, int]:
    """Finger to chain, as answers name their links; of another hand's links nothing is said."""
    found: dict[str, int] = {}
    for finger, link in answers.tips.items():
        if finger not in FINGERS:
            raise SpecError(f"'{finger}' is no finger. Fingers are {', '.join(FINGERS)}.")
        tree.model.require_link(link, f"tip link (finger '{finger}')")
        body = tree.body_of[link]
        on = [
            at
            for at, end in enumerate(hand.ends)
            if body in {each.link for each in tree.chain(hand.palm, end)}
        ]
        if len(on) == 1 and on[0] in found.values():
            raise SpecError(f"--tip names two fingers on the chain of '{link}'. Leave one out.")
        if len(on) == 1:
            found[finger] = on[0]
    return found


def _palm(tree: BodyTree, hand: FoundHand, wrist: str, axes: np.ndarray) -> np.ndarray:
    """The palm frame's rotation in the wrist link, joints between the two at zero."""
    T_root_palm = np.eye(4)
    for joint in tree.model.path(tree.model.root, hand.palm.link):
        T_root_palm = T_root_palm @ joint.T_parent_joint
    T_root_wrist = np.eye(4)
    for joint in tree.model.path(tree.model.root, wrist):
        T_root_wrist = T_root_wrist @ joint.T_parent_joint
    return snapped(T_root_wrist[:3, :3].T @ T_root_palm[:3, :3] @ axes, SNAP_DEGREES)


def _fingers(chains: Sequence[Chain], found: _Found) -> dict[str, FoundFinger]:
    return {
        name: FoundFinger(
            tip_link=chains[at].end.link,
            tip_xyz=chains[at].end.xyz,
            joints=chains[at].joints,
            certainty=round(found.certainty[name], 2),
            reason=found.reasons[name],
            tip_certainty=chains[at].end.certainty,
            tip_reason=chains[at].end.reason,
        )
        for name, at in found.chains.items()
    }


def _postures(
    joints: Joints, chains: Sequence[Chain], found: _Found
) -> dict[str, dict[str, float]]:
    named = {name: chains[at] for name, at in found.chains.items()}
    thumb = named.pop("thumb")
    if found.kind == "gripper":
        return jaw_postures(joints, (thumb, named["index"]))
    return find_postures(joints, thumb, named)


def _actuated_below(tree: BodyTree, wrist: str) -> tuple[str, ...]:
    """Joints below a link that move and follow no other, in the file's order, as HandSpec wants them."""
    below = {wrist}
    for _ in tree.model.joints:
        below |= {joint.child for joint in tree.model.joints.values() if joint.parent in below}
    return tuple(
        joint.name
        for joint in tree.model.joints.values()
        if joint.parent in below and joint.moves and joint.mimic is None
    )


def _mimics(tree: BodyTree, hand: FoundHand) -> dict[str, str]:
    """Each joint of the hand that follows, and the actuated joint at the end of what it follows."""
    found: dict[str, str] = {}
    for body in tree.below(hand.palm):
        if body is hand.palm or body.joint is None or body.joint.mimic is None:
            continue
        leader = body.joint
        while leader.mimic is not None:
            leader = tree.model.joints[leader.mimic.joint]
        found[body.joint.name] = leader.name
    return found


def _velocity(tree: BodyTree, joints: Joints) -> dict[str, float] | None:
    stated = {name: tree.model.joints[name].velocity for name in joints.names}
    known = {name: value for name, value in stated.items() if value is not None and value > 0}
    return known if len(known) == len(stated) else None


def _ends(chains: Sequence[Chain]) -> list[str]:
    return [chain.end.link for chain in chains]
