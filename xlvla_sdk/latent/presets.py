"""How a space is trained and how a hand is fitted, under a name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from xlvla_sdk.codec.codec import Reads
from xlvla_sdk.codec.mlp import Activation
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent.losses import Weights
from xlvla_sdk.latent.muon import ITERATIONS


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
        optimiser: `adamw`, or `muon` for matrices and AdamW for the rest.
        iterations: Of Newton and Schulz in each of Muon's steps.
        rate: AdamW's learning rate at its peak; Muon's is ten times as high.
        cosine: Whether the rate warms up and then falls to zero along a cosine, or stays.
        activation: What bends the hidden layers.
        reads: What encoders are given, as LatentCodec says.
        pinches: What the part of a batch that is not uniform is drawn from:
            `closing` postures or the paper's `templates`.
        share: How much of a batch are pinches.
        pool: How many pinches each hand has in stock.
        edges: Whether some of the postures that are no pinches have joints at their limits.
        own: Whether a hand's own decoded tips are aligned with what was encoded too, beside its
            joints: small errors of joints can open a pinch.
        virtual: How many of a hand's rows in a step are heard of as a virtual hand's, too, through
            the space's geometry encoder; zero has neither.
        virtual_weight: Of aligning them.
        tie: Of the squared distance of a hand's codes from the geometry encoder's: what keeps one
            geometry at one place in the latent, whichever hand it is of.
        inward: In fitting, how many codes of each frozen hand are in a step, or a few more, so that
            all together are whole batches; they are learnt much sooner than the new hand's own codes,
            which the frozen decoders read. Zero takes as many as `batch`.
        residual: In fitting, hidden widths of an encoder that adds to the geometry encoder's codes.
    """

    name: str
    latent: int = 32
    widths: tuple[int, ...] = (64, 128, 64)
    weights: Weights = field(default_factory=Weights)
    steps: int = 1000
    batch: int = 1024
    optimiser: Literal["adamw", "muon"] = "adamw"
    iterations: int = ITERATIONS
    rate: float = 2e-3
    cosine: bool = False
    activation: Activation = "relu"
    reads: Reads = "joints"
    pinches: str = "templates"
    share: float = 0.5
    pool: int = 2048
    edges: bool = False
    own: bool = False
    virtual: int = 0
    virtual_weight: float = 0.3
    tie: float = 0.0
    inward: int = 0
    residual: tuple[int, ...] = (64, 64)


PAPER = Preset("paper")
"""The paper's recipe: constants, sampling and widths of its released code."""

DEFAULT = Preset(
    "default",
    widths=(96, 192, 96),
    weights=Weights(contact=25.0, reconstruction=0.85),
    steps=5500,
    batch=256,
    optimiser="muon",
    rate=1.7e-3,
    cosine=True,
    activation="silu",
    reads="joints+deltas",
    pinches="closing",
    share=0.7,
    pool=8192,
    edges=True,
    own=True,
    virtual=256,
    virtual_weight=0.8,
    tie=0.1,
)
"""Ours: closing samples, joints at limits, a contact term, encoders that see where the tips are,
virtual hands, and an optimiser that gives every direction of a matrix its turn."""

FIT = replace(
    DEFAULT,
    name="fit",
    weights=replace(DEFAULT.weights, reconstruction=1.1),
    steps=650,
    batch=128,
    iterations=4,
    rate=4e-3,
    share=0.5,
    pool=2048,
    virtual=0,
    tie=0.0,
    inward=96,
)
"""How a new hand is fitted to a frozen space."""

FIT_TWIN = replace(
    FIT,
    name="fit-twin",
    weights=replace(DEFAULT.weights, reconstruction=1.5),
    steps=300,
    batch=256,
    rate=5e-4,
    share=DEFAULT.share,
)
"""The same for a hand that begins at its founding twin's networks and has little to learn."""

PRESETS = {preset.name: preset for preset in (PAPER, DEFAULT)}


def preset(name: str) -> Preset:
    """A preset by name; XlvlaError when there is none."""
    if name not in PRESETS:
        raise XlvlaError(f"no preset is called '{name}'. There are: {', '.join(PRESETS)}.")
    return PRESETS[name]
