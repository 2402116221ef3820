"""What the rows of a pooled policy may be: a layout, or latents of another method's space.

`lad-1` and `vq-1` are rows of `xl-1` in spaces that were trained by LAD and VQ: the same columns, and
nothing else differs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bench.replay_spaces import METHODS, other_space
from xlvla_sdk import find_codec
from xlvla_sdk.codec import DEFAULT_SPACE, LatentCodec, LatentSpace, load_space
from xlvla_sdk.layouts import XL1, Layout, make_layout
from xlvla_sdk.registry import registry
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.specs import Station

OTHERS = {f"{name.lower()}-1": name for name in METHODS}
"""Methods whose spaces rows of latents may be in, by what their policies are called."""
SPACES = Path(".bench/spaces")
"""Where those spaces are kept; replays keep them there, too."""


def row_layout(layout: str) -> str:
    """What the SDK calls the rows."""
    return XL1.name if layout in OTHERS else layout


def body_name(task: str, hand: str) -> str:
    """The body by which a pool's hand does a task: on the right, or on both sides where both are needed.

    It is on an xArm 7, unless the hand is called with its arm, as in `g1+inspire`.
    """
    sides = "both" if len(find_task(task).hands) > 1 else "right"
    return f"{hand if '+' in hand else f'xarm7+{hand}'}:{sides}"


def body_layout(
    task: str, hand: str, layout: str, station: Station | None = None
) -> tuple[Layout, dict[str, LatentCodec]]:
    """The rows of a hand on its arm in a task, and the codecs that they are made by."""
    body = registry().embodiment(body_name(task, hand))
    codecs: dict[str, LatentCodec] = {}
    if layout in OTHERS:
        codecs = {one.id: _other(layout).hands[one.id] for one in body.hands}
    elif layout == XL1.name:
        space = load_space(DEFAULT_SPACE)
        codecs = {one.id: find_codec(one, space) for one in body.hands}
    return make_layout(row_layout(layout), body, codecs, station), codecs


@cache
def _other(layout: str) -> LatentSpace:
    return other_space(OTHERS[layout], SPACES, [])
