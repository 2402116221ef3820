"""The scene a simulated hand floats in: light from three sides, a plain background."""

from __future__ import annotations

from typing import Any

BACKGROUND = (0.957, 0.965, 0.976)
"""Colour behind the hand, red green blue in [0, 1]."""
LARGEST = 1600
"""Widest and tallest picture that can be rendered [px]."""
SLICES = 18
"""Facets around what is round: smooth at these sizes, and half the time of MuJoCo's own 28."""
LIGHTS = (
    # direction the light travels, how bright
    ((-0.75, 0.55, -0.85), 0.62),  # key: from the front, above, on the little finger's side
    ((-0.70, -0.85, -0.15), 0.22),  # fill: from the thumb's side
    ((0.85, 0.10, -0.55), 0.28),  # rim: from behind
)
AMBIENT = 0.38


def set_stage(mujoco: Any, draft: Any) -> None:
    """Adds lights, background and the hand's surface finish to an MjSpec."""
    draft.add_texture(
        name="background",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_FLAT,
        rgb1=BACKGROUND,
        rgb2=BACKGROUND,
        width=16,
        height=96,
    )
    draft.add_material(name="skin", specular=0.25, shininess=0.45)
    for direction, brightness in LIGHTS:
        draft.worldbody.add_light(
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            dir=direction,
            diffuse=(brightness,) * 3,
            specular=(0.3 * brightness,) * 3,
            ambient=(0.0,) * 3,
            castshadow=False,
        )
    headlight = draft.visual.headlight
    headlight.ambient = (AMBIENT,) * 3
    headlight.diffuse = (0.12,) * 3
    headlight.specular = (0.0,) * 3
    view = draft.visual.global_
    view.offwidth = view.offheight = LARGEST
    quality = draft.visual.quality
    quality.offsamples = 4
    quality.numslices, quality.numstacks = SLICES, SLICES // 2
    draft.stat.extent = 1.0  # [m]; planes of the view are counted in it
    draft.visual.map.znear = 0.01
    draft.visual.map.zfar = 20.0
