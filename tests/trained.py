"""A latent space that was trained for a moment, on hands of our own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from tests.claw_hand import claw_hand
from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.mlp import Activation
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.latent.networks import GeometryEncoder, Networks
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.pretraining import pretrain

TINY = Preset(
    "tiny", latent=8, widths=(16, 12), steps=12, batch=16, pool=20, cosine=True, pinches="closing"
)
"""A recipe of a few steps: what comes of it is no good, and quick."""
OURS = replace(
    TINY,
    optimiser="muon",
    activation="silu",
    reads="joints+deltas",
    edges=True,
    own=True,
    virtual=6,
    tie=0.1,
)
"""The same with all that preset `default` has."""


def founding(folder: Path) -> dict[str, HandKinematics]:
    """The founding hands, the second with a finger that the first does not have."""
    hands = (small_hand(folder), claw_hand(folder))
    return {hand.id: shared_kinematics(hand) for hand in hands}


def train_tiny_space(folder: Path, seed: int = 7, preset: Preset = TINY) -> LatentSpace:
    """Trains the space; its hands' URDFs are written into `folder`."""
    return pretrain(founding(folder), preset, seed, "tiny-1")


def random_networks(joints: int, latent: int, widths: tuple[int, ...], seed: int) -> Networks:
    """Networks whose every weight is random, those of LayerNorm too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = Networks(joints, latent, widths)
        _spread_norms(made)
    return made


def random_geometry(
    latent: int, widths: tuple[int, ...], seed: int, activation: Activation = "silu"
) -> GeometryEncoder:
    """A geometry encoder whose every weight is random, those of LayerNorm too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = GeometryEncoder(latent, widths, activation)
        _spread_norms(made)
    return made


@torch.no_grad()
def _spread_norms(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.LayerNorm):
            module.weight.uniform_(0.5, 1.5)
            module.bias.uniform_(-0.5, 0.5)
