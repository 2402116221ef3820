"""The picture of a recording played through every method: a column each, a row for a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.played import Played, vectors
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.specs import HandSpec
from xlvla_sdk.storage import written_beside

if TYPE_CHECKING:
    from xlvla_sdk.demo.page import Page

SIZE, GAP, MARGIN, HEAD, STRIP = 220, 10, 30, 165, 34
MOMENTS = 4
WITHIN = 5e-3
"""A distance this near to the source's is drawn as good [m]."""


def draw(
    path: Path,
    own: np.ndarray,
    source: str,
    drawn: str,
    rows: Sequence[Played],
    specs: Mapping[str, HandSpec],
) -> bool:
    """Draws and writes the picture; says so and returns False where the extra `sim` is missing.

    Args:
        path: Of the PNG.
        own: The source's postures [rad, m].
        source: The hand recorded: the first column.
        drawn: The hand of all other columns.
        rows: What each method made of the recording.
        specs: The hands.
    """
    try:
        from xlvla_sdk.demo.page import MUTED, Page
    except (ImportError, XlvlaError) as error:
        print(f"No picture: {error}")
        return False
    hands = {hand: shared_kinematics(specs[hand]) for hand in (source, drawn)}
    wanted = _index_gap(hands[source], own)
    moments = _moments(wanted)
    columns = {each.name: each.qpos[drawn][moments] for each in rows}
    width = 2 * MARGIN + (1 + len(columns)) * (SIZE + GAP) - GAP
    page = Page(width, HEAD + MOMENTS * (SIZE + STRIP + GAP))
    page.write((MARGIN, 22), f"A recording of {source}, played by {drawn}", 34)
    said = "Four moments of it; below each, how far apart the tips of thumb and index are."
    page.write((MARGIN, 68), said, 20, MUTED)
    _column(page, 0, source, own[moments], specs[source], wanted[moments], own[moments])
    seen = np.concatenate(list(columns.values()))  # one camera for all of them
    for number, (name, qpos) in enumerate(columns.items(), start=1):
        _column(page, number, name, qpos, specs[drawn], wanted[moments], seen)
    with written_beside(path) as beside:
        page.image.save(beside, format="PNG", optimize=True)
    print(f"{path.name} is drawn.")
    return True


def _column(
    page: Page,
    number: int,
    name: str,
    postures: np.ndarray,
    spec: HandSpec,
    wanted: np.ndarray,
    seen: np.ndarray,
) -> None:
    """A method's name, and below it the hand at each moment, from a camera that shows `seen`."""
    from xlvla_sdk.demo.page import BAD, GOOD, MUTED
    from xlvla_sdk.sim import build_world, hand_camera, painter

    x = MARGIN + number * (SIZE + GAP)
    first, _, second = name.partition(", ")
    page.write((x + 4, HEAD - 58), first, 22)
    page.write((x + 4, HEAD - 30), second, 20, MUTED)
    gaps = _index_gap(shared_kinematics(spec), postures)
    with painter(build_world(spec), hand_camera(spec, seen), SIZE) as painting:
        for row, (qpos, gap, want) in enumerate(zip(postures, gaps, wanted, strict=True)):
            y = HEAD + row * (SIZE + STRIP + GAP)
            page.tile((x, y), painting.picture(qpos))
            colour = MUTED if number == 0 else GOOD if abs(gap - want) < WITHIN else BAD
            at = (x + SIZE / 2, y + SIZE + STRIP / 2)
            page.write(at, f"{1e3 * gap:.1f} mm", 20, colour, anchor="mm")


def _index_gap(hand: HandKinematics, qpos: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors(hand, qpos, ["index"])[:, 0], axis=-1)


def _moments(gap: np.ndarray) -> list[int]:
    """In four parts of the recording, where the index is nearest to the thumb."""
    parts = np.array_split(np.arange(len(gap)), MOMENTS)
    return [int(part[gap[part].argmin()]) for part in parts]
