"""How contacts are solved, and which links of a robot never touch."""

from __future__ import annotations

from typing import Any

from xlvla_sdk.sim.parts import Part
from xlvla_sdk.sim.trees import Tree
from xlvla_sdk.specs import HandSpec

IMPEDANCE_RATIO = 100.0
"""How much harder friction is than the normal force, so that what is held does not creep: at 10 a
can creeps through a fist at up to 8 mm/s, at 100 at 1."""


def set_solver(mujoco: Any, draft: Any, timestep: float) -> None:
    """Sets timestep [s], integrator, and contacts that can hold things."""
    option = draft.option
    option.timestep = timestep
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    option.impratio = IMPEDANCE_RATIO
    # What lies still is not computed until something touches it: twice the speed over a table.
    option.enableflags |= mujoco.mjtEnableBit.mjENBL_SLEEP


def exclude_overlaps(
    mujoco: Any, draft: Any, grown: tuple[Tree, ...], model: Any, parts: tuple[Part, ...]
) -> None:
    """Lets links pass through each other that are neighbours, or that touch by their shapes.

    Args:
        mujoco: The module.
        draft: Gets the exclusions.
        grown: The body's trees.
        model: The body alone, compiled.
        parts: Its devices.
    """
    pairs = _neighbours(grown, {model.body(number).name for number in range(model.nbody)})
    pairs |= _touching(mujoco, model, parts)
    for first, second in sorted(pairs):
        draft.add_exclude(name=f"{first} {second}", bodyname1=first, bodyname2=second)


def _neighbours(grown: tuple[Tree, ...], here: set[str]) -> set[tuple[str, str]]:
    """Links that one joint parts, and in arms those that two joints do: their limits keep them
    apart, and our shapes are thicker there than the links."""
    # MuJoCo itself leaves out neighbours, but not those of a body that is fixed to the world.
    pairs = set()
    for tree in grown:
        hand = isinstance(tree.specs[0], HandSpec)
        for joint in tree.model.joints.values():
            above = tree.model.parent_joint.get(joint.parent)
            nearby = [joint.parent] if hand or above is None else [joint.parent, above.parent]
            if joint.name in tree.drives:
                pairs |= {(tree.prefix + link, tree.prefix + joint.child) for link in nearby}
    return {pair for pair in pairs if here.issuperset(pair)}


def _touching(mujoco: Any, model: Any, parts: tuple[Part, ...]) -> set[tuple[str, str]]:
    """Pairs that touch at the start, arms there and hands open or at rest."""
    data = mujoco.MjData(model)
    pairs = set()
    for relaxed in (False, True):
        for part in parts:
            rests = relaxed and isinstance(part.spec, HandSpec)
            part.place(data, part.spec.rest if rests else part.start)
        mujoco.mj_forward(model, data)
        for contact in data.contact[: data.ncon]:
            if contact.dist < 0:
                bodies = sorted(int(model.geom_bodyid[geom]) for geom in contact.geom)
                first, second = (model.body(body).name for body in bodies)
                pairs.add((first, second))
    return pairs
