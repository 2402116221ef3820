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

SIZE, GAP, MARGIN, HEAD, STRIP = 220, 10, 30, 130, 30
MOMENTS = 4


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
    gaps = {source: _index_gap(hands[source], own)}
    columns = [(source, source, own)]
    for each in rows:
        if each.qpos.get(drawn) is not None:
            columns.append((each.name, drawn, each.qpos[drawn]))
    moments = _moments(gaps[source])
    page = Page(
        2 * MARGIN + len(columns) * (SIZE + GAP) - GAP, HEAD + len(moments) * (SIZE + STRIP + GAP)
    )
    page.write((MARGIN, 24), f"A recording of {source}, played by {drawn}", 30)
    said = "Four moments of it; below each, how far thumb and index are apart."
    page.write((MARGIN, 64), said, 16, MUTED)
    for column, (name, hand, qpos) in enumerate(columns):
        x = MARGIN + column * (SIZE + GAP)
        page.write((x + 4, HEAD - 28), name, 16)
        gap = _index_gap(hands[hand], qpos)
        _tiles(page, x, specs[hand], qpos[moments], gap[moments])
    with written_beside(path) as beside:
        page.image.save(beside, format="PNG", optimize=True)
    print(f"{path.name} is drawn.")
    return True


def _tiles(page: Page, x: int, spec: HandSpec, postures: np.ndarray, gaps: np.ndarray) -> None:
    from xlvla_sdk.demo.page import MUTED
    from xlvla_sdk.sim import build_world, hand_camera, painter

    with painter(build_world(spec), hand_camera(spec, postures), SIZE) as painting:
        for row, (qpos, gap) in enumerate(zip(postures, gaps, strict=True)):
            y = HEAD + row * (SIZE + STRIP + GAP)
            page.tile((x, y), painting.picture(qpos))
            words = f"{1e3 * gap:.1f} mm"
            page.write((x + SIZE / 2, y + SIZE + STRIP / 2), words, 15, MUTED, anchor="mm")


def _index_gap(hand: HandKinematics, qpos: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors(hand, qpos, ["index"])[:, 0], axis=-1)


def _moments(gap: np.ndarray) -> list[int]:
    """In four parts of the recording, where the index is nearest to the thumb."""
    parts = np.array_split(np.arange(len(gap)), MOMENTS)
    return [int(part[gap[part].argmin()]) for part in parts if len(part)]
