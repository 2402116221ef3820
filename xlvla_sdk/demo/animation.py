"""The animation: hands side by side, moving together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.demo.motion import Motion
from xlvla_sdk.demo.page import MUTED, PAPER, Page
from xlvla_sdk.demo.performance import Performance
from xlvla_sdk.sim import gl_platform, hand_camera, painter
from xlvla_sdk.sim.engine import load_pillow
from xlvla_sdk.storage import written_beside

SIZE = 208
"""Of a tile [px]."""
GAP = 8
MARGIN = 16
HEAD = 44
FOOT = 40
RENDERED_HZ, DRAWN_HZ = 12.5, 5.0
"""Pictures a second; drawing without OpenGL takes several times as long as rendering."""
LONGEST = 200
"""Pictures at most; a longer recording is shown with fewer a second."""
COLOURS = 128


def draw_animation(path: Path, motion: Motion, performances: Sequence[Performance]) -> None:
    """Renders and writes the GIF.

    Args:
        path: Of the GIF.
        motion: What was played.
        performances: What the hands did, one column each.
    """
    start, end = motion.recording.time_s[[0, -1]]
    rate_hz = RENDERED_HZ if gl_platform().name is not None else DRAWN_HZ
    count = int(min(LONGEST, max(2, (end - start) * rate_hz)))
    times = np.linspace(0.0, end - start, count)
    names = [done.spec.id for done in performances]
    columns = [_column(done, times) for done in performances]
    frames = [
        _frame(motion, float(time_s), [column[index] for column in columns], names)
        for index, time_s in enumerate(times)
    ]
    _write(path, frames, float(end - start) / count)


def _column(done: Performance, times: np.ndarray) -> list[np.ndarray]:
    postures = np.stack([done.reached(float(time_s)) for time_s in times])
    camera = hand_camera(done.spec, postures[:: max(1, len(postures) // 20)])
    with painter(done.world, camera, SIZE) as painting:
        return [painting.picture(qpos) for qpos in postures]


def _frame(
    motion: Motion, time_s: float, pictures: Sequence[np.ndarray], names: Sequence[str]
) -> Any:
    page = Page(2 * MARGIN + len(pictures) * (SIZE + GAP) - GAP, HEAD + SIZE + FOOT)
    for column, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        x = MARGIN + column * (SIZE + GAP)
        page.write((x + 4, HEAD - 12), name, 17, anchor="ls")
        page.tile((x, HEAD), picture, radius=10)
    nearest = min(motion.keys, key=lambda key: abs(key.time_s - time_s))
    page.write((MARGIN + 4, HEAD + SIZE + 14), nearest.posture.name, 17, MUTED)
    return page.image


def _write(path: Path, frames: Sequence[Any], seconds_each: float) -> None:
    palette = _palette(frames)
    dither = load_pillow().Dither.NONE
    flat = [frame.quantize(palette=palette, dither=dither) for frame in frames]
    for frame in flat:
        colours, paper = frame.getpalette(), 3 * frame.getpixel((0, 0))
        colours[paper : paper + 3] = PAPER  # as on the page around it
        frame.putpalette(colours)
    with written_beside(path) as beside:
        flat[0].save(
            beside,
            format="GIF",
            save_all=True,
            append_images=flat[1:],
            duration=10 * round(100 * seconds_each),  # GIF counts hundredths
            loop=0,
        )


def _palette(frames: Sequence[Any]) -> Any:
    """One palette for all pictures, made from several, so that colours do not flicker."""
    width, height = frames[0].size
    some = frames[:: max(1, len(frames) // 6)]
    strip = load_pillow().new("RGB", (width, height * len(some)))
    for row, frame in enumerate(some):
        strip.paste(frame, (0, row * height))
    return strip.quantize(COLOURS)
