"""The ways a space can be trained, by name, and how a hand joins a space of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.errors import CodecMismatch, XlvlaError
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.latent import fitting, lad, pretraining, vq
from xlvla_sdk.latent.checkpoint import Checkpoint
from xlvla_sdk.latent.presets import DEFAULT, Preset
from xlvla_sdk.latent.training import Progress
from xlvla_sdk.latent.where import Where, torch_device


class Method(StrEnum):
    """How a space is trained."""

    XL = "xl"
    LAD = lad.METHOD
    VQ = vq.METHOD


RECIPES: Mapping[Method, Preset] = {Method.XL: DEFAULT, Method.LAD: lad.LAD, Method.VQ: vq.VQ}
"""What each trains with unless it is told otherwise."""


def train_space(
    method: Method,
    hands: Mapping[str, HandKinematics],
    seed: int,
    name: str,
    progress: Progress | None = None,
    preset: Preset | None = None,
    checkpoint: Checkpoint | None = None,
    where: Where = Where.CPU,
) -> LatentSpace:
    """Trains a space by a method.

    Args:
        method: Which.
        hands: Hand id to kinematics as the space sees them, two or more.
        seed: Of everything drawn.
        name: What the space is called.
        progress: Told of every step.
        preset: The recipe; the method's own when left out.
        checkpoint: Where the last good state is kept on the way; nowhere when left out.
        where: Where to compute. The methods to compare with do so on the CPU only.

    Returns:
        The space; its card says `method`, so that hands can join it the same way.

    Raises:
        XlvlaError: As the method says, or when it does not compute there.
    """
    preset = preset or RECIPES[method]
    if method is not Method.XL and where is Where.CUDA:
        raise XlvlaError(
            f"--device cuda is for method {Method.XL}; {method} trains on the CPU. Leave it out."
        )
    if method is Method.LAD:
        return lad.pretrain_lad(hands, seed, name, progress, preset, None, checkpoint)
    if method is Method.VQ:
        return vq.pretrain_vq(hands, seed, name, progress, preset, None, checkpoint)
    device = torch_device(where)
    space = pretraining.pretrain(hands, preset, seed, name, progress, checkpoint, device)
    return replace(space, card={"method": method.value, **space.card})


def join_space(
    space: LatentSpace,
    hand: str,
    kinematics: HandKinematics,
    preset: Preset | None = None,
    seed: int = 7,
    progress: Progress | None = None,
    near: Mapping[str, Float[np.ndarray, "_ _"]] = MappingProxyType({}),
) -> LatentCodec:
    """Trains the codec of a new hand, by the method that the space was trained with.

    Args:
        space: The frozen space.
        hand: The new hand's id.
        kinematics: As the space sees it.
        preset: The recipe; the method's own when left out.
        seed: Of everything drawn.
        progress: Told of every step.
        near: Postures of a task by hand, as `fitting.fit` has it.

    Raises:
        CodecMismatch: When the space's method is unknown.
        XlvlaError: As the method says; when it cannot train near a task.
    """
    method = method_of(space)
    if near and method is not Method.XL:
        raise XlvlaError(
            f"{space.id} was trained by {method}, which does not train near a recording."
        )
    if method is Method.LAD:
        return lad.fit_lad(space, hand, kinematics, seed, progress, preset or lad.LAD_FIT)
    if method is Method.VQ:
        return vq.fit_vq(space, hand, kinematics, seed, progress, preset or vq.VQ_FIT)
    return fitting.fit(space, hand, kinematics, preset, seed, progress, near)


def method_of(space: LatentSpace) -> Method:
    """How a space was trained; one that does not say was trained our way."""
    said = space.card.get("method", Method.XL)
    if said not in list(Method):
        raise CodecMismatch(
            f"{space.id} was trained by method '{said}', which is unknown here: "
            f"there are {', '.join(Method)}. Use a space of one of them, or a newer xlvla_sdk."
        )
    return Method(said)
