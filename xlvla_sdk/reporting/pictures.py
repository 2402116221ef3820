"""Pictures that stand in a page themselves, as data; nothing beside the page is needed to see them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8

from xlvla_sdk.sim import HandView, World, hand_camera, painter
from xlvla_sdk.sim.engine import load_pillow
from xlvla_sdk.specs import HandSpec


def as_data(picture: UInt8[np.ndarray, "H W 3"]) -> str:
    """A picture as a `data:` address holding a PNG."""
    file = io.BytesIO()
    load_pillow().fromarray(picture).save(file, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def photographed(
    spec: HandSpec,
    world: World,
    postures: Sequence[Float[np.ndarray, " D"]],
    size: int,
    camera: HandView | None = None,
) -> tuple[list[str], str]:
    """A hand in some postures, all from where all of them fit.

    Args:
        spec: The hand.
        world: The world it stands in alone.
        postures: Its postures [rad, m]; may be none.
        size: Width and height of the pictures [px].
        camera: Where from; from before the palm, to the thumb's side, when left out.

    Returns:
        The pictures as data, in the order of the postures, and how they were made.
    """
    if not postures:
        return [], ""
    camera = camera or hand_camera(spec, np.stack(postures))
    with painter(world, camera, size) as painting:
        return [as_data(painting.picture(qpos)) for qpos in postures], painting.how
