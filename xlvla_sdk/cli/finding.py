"""A hand given as a URDF and little else: the rest is found, and said with how sure it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xlvla_sdk.cli.output import columns, note

if TYPE_CHECKING:
    from xlvla_sdk.scaffold import Answers, HandDraft
    from xlvla_sdk.specs import HandSpec


def found_hand(urdf: Path, answers: Answers, name: str, velocity: float | None) -> HandSpec:
    """The hand of a URDF, its map said on stderr.

    Args:
        urdf: The file.
        answers: What is known beforehand.
        name: What to call the hand.
        velocity: Every joint's limit [rad/s, m/s]; the URDF's own when left out.

    Raises:
        SpecError: With each question that is open and the option that answers it.
    """
    from xlvla_sdk.scaffold import draft_hand

    draft = draft_hand(urdf, answers)
    note(found_table(draft))
    return draft.spec(name, velocity=draft.velocity if velocity is None else velocity)


def found_table(draft: HandDraft) -> str:
    """The map: what was found, how sure, and why."""
    from xlvla_sdk.scaffold.package_hand import findings

    rows = [("FOUND", "", "SURE", "WHY")]
    rows += [(f.what, f.found, f"{f.certainty:.2f}", f.reason) for f in findings(draft)]
    first = f"{draft.urdf.name}: a {draft.side} {draft.kind}, {len(draft.joints)} joints"
    return f"{first}\n{columns(rows)}"
