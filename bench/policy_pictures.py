"""Pictures of pooled policies: success as bars with intervals, and episodes as strips of frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.policy_cells import Judged, Pool
from xlvla_sdk.evaluation import wilson_interval

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGES = Path(__file__).parents[1] / "docs" / "images"
FRAMES, SIZE = 6, (240, 180)
"""Of a strip; width and height of each [px]."""


def bars(pool: Pool, layouts: Sequence[str], found: Sequence[Judged], path: Path) -> None:
    """A bar a layout for every cell, with Wilson's 95 % interval, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1.2 + 0.8 * len(pool.cells), 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    wide, at = 0.8 / len(layouts), np.arange(len(pool.cells))
    for number, layout in enumerate(layouts):
        middles, spans = [], []
        for task, hand in pool.cells:
            some = [o for o in found if (o.task, o.hand, o.layout) == (task, hand, layout)]
            middles.append(np.mean([one.success for one in some]) if some else np.nan)
            spans.append(wilson_interval(sum(one.success for one in some), max(len(some), 1)))
        low, high = np.transpose(spans)
        errors = np.maximum([middles - low, high - middles], 0.0)
        where = at + (number - 0.5 * (len(layouts) - 1)) * wide
        axes.bar(where, middles, 0.95 * wide, yerr=errors, label=layout, capsize=2)
    names = [
        f"{task}\n{hand}" + ("\nunseen" if (task, hand) in pool.unseen else "")
        for task, hand in pool.cells
    ]
    axes.set_xticks(at, names, fontsize=8)
    axes.set_ylim(0.0, 1.0)
    axes.set_ylabel("done, part of the seeds")
    axes.legend(loc="upper right", fontsize=8)
    figure.savefig(path, dpi=110)


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
