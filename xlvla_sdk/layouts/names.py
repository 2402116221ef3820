"""A name for each number of a layout's row."""

from __future__ import annotations

from xlvla_sdk.layouts.layout import Layout

_POSE = ("x", "y", "z", "r00", "r10", "r20", "r01", "r11", "r21")


def row_names(layout: Layout) -> list[str]:
    """Names such as `right_latent_00`, `right_pinch_x`, `right_palm_r00`; a flange's without a hand."""
    hand = "latent" if layout.space else "joint"
    names: list[str] = []
    for body, side in zip(layout.embodiment.sides, layout.sides, strict=True):
        if side.hand is not None:
            names += [f"{body.side}_{hand}_{k:02d}" for k in range(layout.hand_width)]
        if side.arm is not None:
            where, turned = ("pinch", "palm") if side.hand else ("flange", "flange")
            names += [f"{body.side}_{where if len(n) == 1 else turned}_{n}" for n in _POSE]
    return names
