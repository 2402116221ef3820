"""Where a URDF's hands are: a body that several short chains hang on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from xlvla_sdk.scaffold.bodies import Body, BodyTree

MOST_FINGERS = 5
LONGEST = 0.32
"""From its first joint to its last, a finger's chain is shorter than this [m]; an arm's is not."""
WIDEST = 0.30
"""No two knuckles of one hand are further apart [m]; the hips of a small humanoid are nearer, its legs longer."""


@dataclass(frozen=True)
class FoundHand:
    """A palm, and the last bodies of the chains that hang on it, in the file's order."""

    palm: Body
    ends: tuple[Body, ...]


def find_hands(tree: BodyTree) -> tuple[FoundHand, ...]:
    """Every hand of a robot: the bodies nearest to the root that carry nothing but short chains.

    Args:
        tree: The robot.
    """
    return tuple(_below(tree, tree.root))


def hand_at(tree: BodyTree, palm: Body) -> FoundHand:
    """The hand that hangs on a body that was named for it, be its chains as they may."""
    branching = palm
    while len(branching.children) == 1:
        branching = tree.bodies[branching.children[0]]
    return FoundHand(branching, finger_ends(tree, branching))


def finger_ends(tree: BodyTree, palm: Body) -> tuple[Body, ...]:
    """The ends of a palm's chains, without the bars of linkages.

    Where a chain forks beyond the palm, a fork that only follows other joints is a linkage's bar.
    """
    kept: list[Body] = []
    for child in palm.children:
        leaves = tree.leaves(tree.bodies[child])
        own = [leaf for leaf in leaves if _is_driven(tree, leaf, tree.bodies[child], leaves)]
        kept += own or [max(leaves, key=lambda leaf: len(tree.above(leaf)))]
    return tuple(kept)


def _below(tree: BodyTree, body: Body) -> list[FoundHand]:
    if len(body.children) > 1 and _is_palm(tree, body):
        return [FoundHand(body, finger_ends(tree, body))]
    return [hand for child in body.children for hand in _below(tree, tree.bodies[child])]


def _is_palm(tree: BodyTree, body: Body) -> bool:
    chains = [tree.chain(body, leaf) for leaf in tree.leaves(body)]
    knuckles = np.array([_place(body, chain[0]) for chain in chains])
    apart = np.linalg.norm(knuckles[:, None] - knuckles[None], axis=-1).max()
    return bool(apart < WIDEST) and all(_length(chain) < LONGEST for chain in chains)


def _length(chain: tuple[Body, ...]) -> float:
    """From the first joint along all joints to the last [m]."""
    steps = [_place(upper, lower) for upper, lower in pairwise(chain)]
    return float(sum(np.linalg.norm(step) for step in steps))


def _place(body: Body, child: Body) -> np.ndarray:
    """Where a child's joint is in a body [m]."""
    assert child.joint is not None
    return (body.frames[child.joint.parent] @ child.joint.T_parent_joint)[:3, 3]


def _is_driven(tree: BodyTree, leaf: Body, base: Body, leaves: tuple[Body, ...]) -> bool:
    """Whether a joint of its own that follows none moves a leaf; the only leaf counts as driven."""
    if len(leaves) == 1:
        return True
    shared = {
        body.link for other in leaves if other is not leaf for body in tree.chain(base, other)
    }
    own = [body for body in tree.chain(base, leaf) if body.link not in shared]
    return any(body.joint is not None and body.joint.mimic is None for body in own)
