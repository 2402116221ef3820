"""Codecs and bodies of small hands, for tests that need no trained space."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.codec.mlp import Layer, Mlp
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.layouts import XL1
from xlvla_sdk.messages import Recording
from xlvla_sdk.specs import ArmSpec, BodySide, Embodiment, HandSpec, Side

SPACE = "toy@00000000"
WIDTH = 32


def small_codec(hand: HandSpec, space: str = SPACE, width: int = WIDTH) -> LatentCodec:
    """A codec whose latent begins with the hand's normalised joints."""
    joints = len(hand.joints)
    weight = np.eye(width, joints, dtype=np.float32)
    encoder = Mlp((Layer(weight, np.zeros(width, np.float32)),))
    decoder = Mlp((Layer(2.0 * weight.T, np.zeros(joints, np.float32)),))
    return LatentCodec(hand.id, space, shared_kinematics(hand), encoder, decoder)


def body_of(*hands: HandSpec, arm: ArmSpec | None = None) -> Embodiment:
    """The hands, each on its side, as one body."""
    sides = tuple(BodySide(side=hand.side, hand=hand, arm=arm) for hand in hands)
    return Embodiment(name="+".join(hand.id for hand in hands), sides=sides)


def layout_of(*hands: HandSpec, space: str = SPACE, width: int = WIDTH) -> XL1:
    """Layout xl-1 of the hands."""
    codecs = {hand.id: small_codec(hand, space, width) for hand in hands}
    return XL1(body_of(*hands), codecs)


def both_hands(folder: Path) -> tuple[HandSpec, HandSpec]:
    """The small hand, right and left."""
    return small_hand(folder), small_hand(folder, side=Side.LEFT)


def slow_wave(
    hand: HandSpec, seconds: float = 6.0, rate_hz: float = 50.0, name: str = "wave"
) -> Recording:
    """A recording in which every joint goes slowly through the middle of its range."""
    time_s = np.arange(0.0, seconds, 1.0 / rate_hz)
    lower, upper = hand.limits
    phase = np.sin(0.8 * time_s)[:, None] * np.linspace(1.0, 0.6, len(hand.joints))
    qpos = lower + (upper - lower) * (0.5 + 0.3 * phase)
    return Recording(qpos, None, hand.joints, time_s, name)
