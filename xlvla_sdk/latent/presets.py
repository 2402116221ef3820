"""How a space is trained and how a hand is fitted, under a name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent.losses import Weights


@dataclass(frozen=True)
class Preset:
    """A recipe.

    Attributes:
        name: What it is called.
        latent: Width of the latent, L.
        widths: Hidden widths of encoders and decoders.
        weights: Constants of the losses.
        steps: Optimiser steps.
        batch: Postures of each hand in a step.
        rate: AdamW's learning rate at its peak.
        cosine: Whether the rate warms up and then falls to zero along a cosine, or stays.
        pinches: What the half of a batch that is not uniform is drawn from:
            `closing` postures or the paper's `templates`.
        pool: How many pinches each hand has in stock.
        edges: Whether some of the postures that are no pinches have joints at their limits.
        own: Whether a hand's own decoded tips are aligned with what was encoded too, beside its
            joints: small errors of joints can open a pinch.
        inward: In fitting, how many codes of each frozen hand are in a step; they are learnt
            much sooner than the new hand's own codes, which the frozen decoders read. Zero takes
            as many as `batch`.
    """

    name: str
    latent: int = 32
    widths: tuple[int, ...] = (64, 128, 64)
    weights: Weights = field(default_factory=Weights)
    steps: int = 1000
    batch: int = 1024
    rate: float = 2e-3
    cosine: bool = False
    pinches: str = "templates"
    pool: int = 2048
    edges: bool = False
    own: bool = False
    inward: int = 0


PAPER = Preset("paper")
"""The paper's recipe: constants, sampling and widths of its released code."""

DEFAULT = Preset(
    "default",
    weights=Weights(contact=50.0, reconstruction=10.0),
    steps=8000,
    batch=512,
    cosine=True,
    pinches="closing",
    pool=8192,
    edges=True,
    own=True,
)
"""Ours: closing samples, joints at limits, a contact term, a learning rate that comes to rest."""

FIT = Preset(
    "fit",
    widths=(128, 256, 128),
    weights=DEFAULT.weights,
    steps=1200,
    batch=512,
    rate=3e-3,
    cosine=True,
    pinches="closing",
    pool=4096,
    edges=True,
    own=True,
    inward=96,
)
"""How a new hand is fitted to a frozen space."""

FIT_TWIN = replace(FIT, name="fit-twin", steps=800, rate=1e-3, inward=256, batch=256)
"""The same for a hand that begins at its founding twin's networks and has little to learn."""

PRESETS = {preset.name: preset for preset in (PAPER, DEFAULT)}


def preset(name: str) -> Preset:
    """A preset by name; XlvlaError when there is none."""
    if name not in PRESETS:
        raise XlvlaError(f"no preset is called '{name}'. There are: {', '.join(PRESETS)}.")
    return PRESETS[name]
