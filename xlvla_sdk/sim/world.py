"""Builds the MuJoCo world of a whole body: where it stands, what is before it, what looks at it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import SpecError
from xlvla_sdk.sim.bodies import add_bodies
from xlvla_sdk.sim.contacts import exclude_overlaps, set_solver
from xlvla_sdk.sim.couplings import add_couplings
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.parts import Part, find_part
from xlvla_sdk.sim.scene import EMPTY, Scene, add_scene
from xlvla_sdk.sim.servos import add_servos, tune_servos
from xlvla_sdk.sim.shapes import log_skipped_meshes
from xlvla_sdk.sim.stage import set_stage
from xlvla_sdk.sim.stands import add_stands
from xlvla_sdk.sim.trees import ABOVE, Tree, tree_of, trees
from xlvla_sdk.sim.wrist_view import add_wrist_cameras
from xlvla_sdk.specs import ArmSpec, BodySide, Embodiment, HandSpec, Side, Station

log = logging.getLogger(__name__)

TIMESTEP = 0.002
"""Of the simulation [s]."""


@dataclass(frozen=True)
class World:
    """A compiled world and where the body stands in it.

    Attributes:
        embodiment: The body.
        scene: What is before it; its frame is the world's.
        model: MuJoCo's MjModel.
        parts: Every device of the body, in the order of the whole qpos.
    """

    embodiment: Embodiment
    scene: Scene
    model: Any
    parts: tuple[Part, ...]

    @property
    def start(self) -> Float[np.ndarray, " D"]:
        """The whole qpos a simulation begins with [rad, m]."""
        return np.concatenate([part.start for part in self.parts])

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the cameras: the scene's, then the robot's."""
        return tuple(self.model.camera(number).name for number in range(self.model.ncam))

    def place(self, data: Any, qpos: Float[np.ndarray, " D"]) -> None:
        """Puts the body of `data` into a posture of its whole qpos, at once and at rest."""
        for part, (_, columns) in zip(self.parts, self.embodiment.slices(), strict=True):
            part.place(data, np.asarray(qpos)[columns])


def build_world(
    body: Embodiment | ArmSpec | HandSpec, station: Station | None = None, scene: Scene = EMPTY
) -> World:
    """The world of a body.

    Arms stand, and hands are mounted, where `placed_sides` has them; without an arm a hand stands
    upright at the origin, palm towards +x. Neighbouring links, and those whose shapes overlap
    where the body is at rest or at its start, never collide. Couplings are equality constraints,
    every actuated joint has a position servo, and what a body weighs its servos are spared.

    Args:
        body: An embodiment, or one device alone. Meshes are drawn as hulls and not collided with;
            log lines name them.
        station: The lab's file; none when left out.
        scene: What is before the body.

    Raises:
        SpecError: When nothing says where a device stands, or MuJoCo cannot compile it.
        XlvlaError: When MuJoCo is not installed.
    """
    mujoco = load_mujoco()
    embodiment = body if isinstance(body, Embodiment) else alone(body)
    above = ABOVE if scene.things else 0.0
    grown = trees(embodiment, station or Station(), above)
    for model in {tree.model.source: tree.model for tree in grown}.values():
        log_skipped_meshes(model)
    draft = _draft(mujoco, embodiment, grown)
    bare = _compiled(embodiment, EMPTY, draft, grown)
    exclude_overlaps(mujoco, draft, grown, bare.model, bare.parts)
    add_scene(mujoco, draft, scene)
    if scene.things:
        add_stands(mujoco, draft, grown)
    add_wrist_cameras(mujoco, draft, embodiment, grown)
    world = _compiled(embodiment, scene, draft, grown)
    tune_servos(mujoco, world.model, world.parts)
    return world


def alone(spec: ArmSpec | HandSpec) -> Embodiment:
    """One device as a whole body; one that has no side stands on the right."""
    side = spec.side or Side.RIGHT
    if isinstance(spec, HandSpec):
        return Embodiment(name=spec.id, sides=(BodySide(side=side, hand=spec),))
    return Embodiment(name=spec.id, sides=(BodySide(side=side, arm=spec),))


def _draft(mujoco: Any, embodiment: Embodiment, grown: tuple[Tree, ...]) -> Any:
    draft = mujoco.MjSpec()
    draft.modelname = embodiment.name
    draft.compiler.degree = False
    set_solver(mujoco, draft, TIMESTEP)
    set_stage(mujoco, draft)
    for tree in grown:
        if stand_ins := add_bodies(mujoco, draft, tree):
            said = ", ".join(stand_ins)
            log.warning("%s: links without a physical inertia: %s", tree.specs[0].id, said)
        add_couplings(mujoco, draft, tree, TIMESTEP)
    for tree in grown:
        for spec in tree.specs:
            add_servos(mujoco, draft, spec, tree.prefix)
    return draft


def _compiled(embodiment: Embodiment, scene: Scene, draft: Any, grown: tuple[Tree, ...]) -> World:
    try:
        model = draft.compile()
    except ValueError as error:
        raise SpecError(f"{embodiment.name}: MuJoCo cannot build it: {error}") from error
    return World(embodiment, scene, model, _parts(embodiment, model, grown))


def _parts(embodiment: Embodiment, model: Any, grown: tuple[Tree, ...]) -> tuple[Part, ...]:
    """Each device's columns, in the order of the body's parts."""
    return tuple(
        find_part(model, spec, tree_of(grown, side.side, spec).prefix)
        for side in embodiment.sides
        for spec in side.parts
    )
