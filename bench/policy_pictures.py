"""Pictures of pooled policies: success as bars with intervals, and episodes as strips of frames."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.policy_cells import Judged, Pool
from xlvla_sdk.evaluation import wilson_interval

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGES = Path(__file__).parents[1] / "docs" / "images"
ACROSS = 12
"""Cells in a row of bars."""
NARROW = 12
"""Letters of a task's name to a line."""
FRAMES, SIZE = 6, (240, 180)
"""Of a strip; width and height of each [px]."""


def bars(pool: Pool, layouts: Sequence[str], found: Sequence[Judged], path: Path) -> None:
    """A bar a layout for every cell, with Wilson's 95 % interval, some cells to a row, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [pool.cells[k : k + ACROSS] for k in range(0, len(pool.cells), ACROSS)]
    across = max(map(len, rows))
    size = (1.2 + 0.8 * across, 4.2 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, cells in zip(figure.subplots(len(rows), squeeze=False)[:, 0], rows, strict=True):
        wide, at = 0.8 / len(layouts), np.arange(len(cells))
        for number, layout in enumerate(layouts):
            where = at + (number - 0.5 * (len(layouts) - 1)) * wide
            rates = [_rate(found, layout, cell) for cell in cells]
            middles, errors = [middle for middle, _ in rates], [error for _, error in rates]
            axes.bar(
                where, middles, 0.95 * wide, yerr=np.transpose(errors), label=layout, capsize=2
            )
        axes.set_xticks(at, [_called(pool, cell) for cell in cells], fontsize=8)
        axes.set_xlim(-0.6, across - 0.4)
        axes.set_ylim(0.0, 1.0)
        axes.set_ylabel("done, part of the seeds")
    above = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "ncols": len(layouts)}
    figure.axes[0].legend(**above, fontsize=8, frameon=False)
    figure.savefig(path, dpi=110)


def _rate(
    found: Sequence[Judged], layout: str, cell: tuple[str, str]
) -> tuple[float, tuple[float, float]]:
    """A cell's success, and how far down and up its interval goes."""
    some = [one.success for one in found if (one.task, one.hand, one.layout) == (*cell, layout)]
    if not some:
        return np.nan, (0.0, 0.0)
    middle = sum(some) / len(some)
    low, high = wilson_interval(sum(some), len(some))
    return middle, (max(middle - low, 0.0), max(high - middle, 0.0))


def _called(pool: Pool, cell: tuple[str, str]) -> str:
    task, hand = textwrap.fill(cell[0], NARROW), cell[1]
    return "\n".join((task, hand, "unseen") if cell in pool.unseen else (task, hand))


def curves(groups: Mapping[int, Mapping[str, Sequence[Judged]]], along: str, path: Path) -> None:
    """A line a group: its success at each number, with Wilson's 95 % interval, as PNG.

    Args:
        groups: By number, then by name; a group without episodes has no point there.
        along: What the numbers count.
        path: Where to.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    names = list(dict.fromkeys(name for of in groups.values() for name in of))
    beside = 0.013 * (max(groups) - min(groups))
    for number, name in enumerate(names):
        points = [(count, of[name]) for count, of in groups.items() if of.get(name)]
        at = [count + beside * (number - 0.5 * (len(names) - 1)) for count, _ in points]
        middles = [np.mean([one.success for one in some]) for _, some in points]
        spans = [wilson_interval(sum(o.success for o in some), len(some)) for _, some in points]
        low, high = np.transpose(spans)
        errors = np.maximum([middles - low, high - middles], 0.0)
        axes.errorbar(at, middles, errors, label=name, marker="o", capsize=3)
    axes.set_xticks(list(groups))
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel(along)
    axes.set_ylabel("done, part of the seeds")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)


def strip(film: Path, said: str) -> Image:
    """Frames of a film, evenly from its first to its last, with words above."""
    import av
    from PIL import Image, ImageDraw

    with av.open(str(film)) as opened:
        frames = [frame.to_image() for frame in opened.decode(video=0)]
    chosen = [frames[k] for k in np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)]
    whole = Image.new("RGB", (FRAMES * SIZE[0], SIZE[1] + 16), "white")
    for number, frame in enumerate(chosen):
        whole.paste(frame.resize(SIZE), (number * SIZE[0], 16))
    ImageDraw.Draw(whole).text((4, 2), said, fill="black")
    return whole


def below(strips: Sequence[Image], path: Path) -> None:
    """Strips, one below the other, as a picture."""
    from PIL import Image

    whole = Image.new("RGB", (strips[0].width, sum(one.height for one in strips)), "white")
    top = 0
    for one in strips:
        whole.paste(one, (0, top))
        top += one.height
    whole.save(path, quality=80)
