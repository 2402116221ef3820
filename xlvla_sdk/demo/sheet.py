"""The contact sheet: hands side by side, a row for every key posture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.demo.measures import DemoMeasures, Pinch
from xlvla_sdk.demo.motion import Motion
from xlvla_sdk.demo.page import BAD, DIM, GOOD, MUTED, Page
from xlvla_sdk.demo.performance import Performance
from xlvla_sdk.sim import hand_camera, painter
from xlvla_sdk.storage import written_beside

SIZE = 300
"""Of a tile [px]."""
STRIP = 34
"""Below each picture, for the distance a pinch reached [px]."""
GAP = 14
MARGIN = 40
ROW = SIZE + STRIP + GAP
LABELS = 170
"""Width of the column that names the postures [px]."""
HEAD = 222
FOOT = 64


def draw_sheet(
    path: Path,
    motion: Motion,
    performances: Sequence[Performance],
    measures: DemoMeasures,
    notes: Mapping[str, str],
) -> str:
    """Draws and writes the sheet.

    Args:
        path: Of the PNG.
        motion: What was played.
        performances: What the hands did, one column each.
        measures: How near the pinches came.
        notes: Hand id to a few words under its name.

    Returns:
        How the pictures were made.
    """
    columns, rows = len(performances), len(motion.keys)
    width = 2 * MARGIN + LABELS + columns * (SIZE + GAP) - GAP
    page = Page(width, HEAD + rows * ROW - GAP + FOOT)
    _head(page, motion, measures)
    for row, key in enumerate(motion.keys):
        middle = HEAD + row * ROW + (SIZE + STRIP) / 2
        page.write((MARGIN, middle - 4), key.posture.name, 24, anchor="ls")
        page.write((MARGIN, middle + 6), f"{key.time_s:.1f} s", 18, MUTED)
    how = ""
    for column, done in enumerate(performances):
        x = MARGIN + LABELS + column * (SIZE + GAP)
        page.write((x + 4, HEAD - 60), done.spec.id, 24)
        page.write((x + 4, HEAD - 30), notes.get(done.spec.id, ""), 16, MUTED)
        how = _column(page, x, motion, done, measures)
    page.write((MARGIN, page.image.height - 40), f"Pictures {how}.", 16, MUTED)
    with written_beside(path) as beside:
        page.image.save(beside, format="PNG", optimize=True)
    return how


def _head(page: Page, motion: Motion, measures: DemoMeasures) -> None:
    page.write((MARGIN, 32), "One motion, every hand", 44)
    said = (
        f"A motion of {motion.source.id}, served as rows of the latent space {measures.space}.",
        "Every hand decodes them for itself. Below a pinch: how near its fingertips came.",
    )
    for line, words in enumerate(said):
        page.write((MARGIN, 94 + 25 * line), words, 18, MUTED)


def _column(page: Page, x: int, motion: Motion, done: Performance, measures: DemoMeasures) -> str:
    pinches = [measures.of(done.spec.id, key.posture.finger) for key in motion.keys]
    postures = np.stack(
        [
            done.reached(pinch.time_s if pinch else key.time_s)
            for key, pinch in zip(motion.keys, pinches, strict=True)
        ]
    )
    with painter(done.world, hand_camera(done.spec, postures), SIZE) as painting:
        for row, (qpos, pinch) in enumerate(zip(postures, pinches, strict=True)):
            y = HEAD + row * ROW
            page.tile((x, y), _with_strip(painting.picture(qpos)))
            if pinch:
                _caption(page, x, y, pinch)
        return painting.how


def _with_strip(picture: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "K W 3"]:
    """The picture with its own background continued below it."""
    return np.concatenate(
        [picture, np.repeat(picture[-1:, :1], picture.shape[1], axis=1).repeat(STRIP, axis=0)]
    )


def _caption(page: Page, x: int, y: int, pinch: Pinch) -> None:
    colour = {"ok": GOOD, "FAIL": BAD, "beyond reach": DIM}[pinch.verdict]
    words = f"{pinch.reached_mm:.1f} mm"
    if pinch.verdict == "beyond reach":
        words += ", beyond reach"
    middle = y + SIZE + STRIP / 2 - 4
    page.dot((x + 20, middle), 5, colour)
    page.write((x + 34, middle), words, 18, colour, anchor="lm")
