"""Right or left: from where the palm faces and where the index is, confirmed by names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlvla_sdk.scaffold.answers import Question
from xlvla_sdk.scaffold.chains import Chain
from xlvla_sdk.scaffold.draft import Belief
from xlvla_sdk.scaffold.geometry import SURE
from xlvla_sdk.scaffold.naming import Naming
from xlvla_sdk.scaffold.words import side_named
from xlvla_sdk.specs import Side
from xlvla_sdk.specs.urdf import UrdfModel


def find_side(
    model: UrdfModel, chains: Sequence[Chain], naming: Naming, answered: Side | None
) -> tuple[Side, Belief, tuple[Question, ...]]:
    """A hand's side, how sure it is, and the question where names and geometry disagree.

    Args:
        model: The URDF.
        chains: The hand's.
        naming: What they are called.
        answered: The side a person has said.
    """
    if answered is not None:
        return answered, Belief(1.0, "as answered"), ()
    side = naming.row.side
    sure = min(naming.row.facing, 0.97 if naming.named else naming.row.thumb_side)
    said = _said(model, chains)
    seen = "from where the fingers close to and where the index is"
    if said is side:
        return side, Belief(0.5 + 0.5 * sure, f"{seen}, and named so"), ()
    if said is None and sure >= SURE:
        return side, Belief(sure, seen), ()
    if said is not None and sure < SURE:
        return said, Belief(0.8, "named so; the geometry of the hand does not say"), ()
    what = f"Is it a right or a left hand? By its geometry a {side} one"
    what += f", but names say {said}." if said else ", but not clearly."
    return side, Belief(sure, seen), (Question("side", what, tuple(Side), "--side SIDE"),)


def _said(model: UrdfModel, chains: Sequence[Chain]) -> Side | None:
    """The side that the hand's own names say; without such, all names of the file, then the file's."""
    own = side_named(name for chain in chains for name in chain.names)
    return own or side_named([*model.links, *model.joints]) or _file_side(model)


def _file_side(model: UrdfModel) -> Side | None:
    return side_named([Path(model.source).stem, model.name])
