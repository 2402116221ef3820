"""A URDF as rigid bodies: links that fixed joints hold together are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xlvla_sdk.specs.urdf import UrdfJoint, UrdfModel


@dataclass(frozen=True)
class Body:
    """Links that never move against one another.

    Attributes:
        link: The one nearest to the root, which the body's joint moves; its frame is the body's.
        frames: Each link's pose in the body [m], `link` first.
        joint: What moves it; None for the root's body.
        children: Bodies that hang on it, by their `link`, in the file's order.
    """

    link: str
    frames: Mapping[str, np.ndarray]
    joint: UrdfJoint | None
    children: tuple[str, ...]


@dataclass(frozen=True)
class BodyTree:
    """All bodies of a URDF, by the link that each is named after."""

    model: UrdfModel
    bodies: Mapping[str, Body]

    @property
    def root(self) -> Body:
        return self.bodies[self.model.root]

    @cached_property
    def body_of(self) -> Mapping[str, str]:
        """Every link's body."""
        return {link: body.link for body in self.bodies.values() for link in body.frames}

    def parent(self, body: Body) -> Body | None:
        return None if body.joint is None else self.bodies[self.body_of[body.joint.parent]]

    def above(self, body: Body) -> tuple[Body, ...]:
        """The bodies between the root and this one, root first, this one last."""
        found = [body]
        while (upper := self.parent(found[-1])) is not None:
            found.append(upper)
        return tuple(reversed(found))

    def below(self, body: Body) -> Iterator[Body]:
        """This body and all that hang on it."""
        yield body
        for child in body.children:
            yield from self.below(self.bodies[child])

    def leaves(self, body: Body) -> tuple[Body, ...]:
        """Bodies at the ends of the tree below, in the file's order."""
        return tuple(each for each in self.below(body) if not each.children)

    def chain(self, base: Body, leaf: Body) -> tuple[Body, ...]:
        """The bodies after `base` on the way to `leaf`, which is the last."""
        path = self.above(leaf)
        return path[[body.link for body in path].index(base.link) + 1 :]


def body_tree(model: UrdfModel) -> BodyTree:
    """Gathers a URDF's links into bodies."""
    hanging: dict[str, list[UrdfJoint]] = {link: [] for link in model.links}
    for joint in model.joints.values():
        hanging[joint.parent].append(joint)
    bodies: dict[str, Body] = {}
    waiting: list[tuple[str, UrdfJoint | None]] = [(model.root, None)]
    while waiting:
        link, joint = waiting.pop(0)
        frames, moving = _rigid(link, hanging)
        bodies[link] = Body(link, frames, joint, tuple(each.child for each in moving))
        waiting += [(each.child, each) for each in moving]
    return BodyTree(model, bodies)


def _rigid(
    link: str, hanging: Mapping[str, list[UrdfJoint]]
) -> tuple[dict[str, np.ndarray], list[UrdfJoint]]:
    """Links that hang rigidly on one, with their poses, and the joints that leave them."""
    frames = {link: np.eye(4)}
    moving: list[UrdfJoint] = []
    waiting = [link]
    while waiting:
        at = waiting.pop(0)
        for joint in hanging[at]:
            if joint.moves:
                moving.append(joint)
            else:
                frames[joint.child] = frames[at] @ joint.T_parent_joint
                waiting.append(joint.child)
    return frames, moving
