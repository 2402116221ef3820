"""LatentCodec: a hand's posture to the shared latent and back; numpy, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec.codebook import Codebook
from xlvla_sdk.codec.mlp import Mlp
from xlvla_sdk.codec.scaling import Scaling
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.kinematics.screws import HandKinematics
from xlvla_sdk.specs import LIMIT_TOLERANCE, Limits
from xlvla_sdk.specs.spec import check_limits

Reads = Literal["joints", "joints+deltas"]
"""What an encoder reads: normalised joints, or those and the thumb-to-finger vectors."""
DELTA_SCALE = 10.0
"""Thumb-to-finger vectors are read in tenths of a metre [1/m], so that they are near one."""
DELTAS = 12
"""How many numbers they are: index to pinky, three each, zeros where the hand has no finger."""
FINGERS_BESIDE = 4
"""Index to pinky: the fingers beside the thumb; a geometry encoder is told which there are."""


@dataclass(frozen=True)
class LatentCodec:
    """The encoder and decoder of one hand in one latent space. Immutable, without state.

    Attributes:
        hand: The hand's id when it was trained, `xhand:right`.
        space: Id of the latent space, `name@hash8`.
        kinematics: The hand as the space sees it (a left hand mirrored); what the codec is for.
        encoder: What it reads to the latent's mean (and log-variance, which is not used here).
        decoder: Latent to normalised joints, before tanh.
        measures: What was measured of it when it was trained.
        codebook: The values that the latent may take where the space is a discrete one: `encode`
            returns one of them, `decode` takes the nearest.
        reads: Whether the encoder is given normalised joints alone, or `deltas * DELTA_SCALE` after
            them: the posture's thumb-to-finger vectors (`HandKinematics.deltas`).
        geometry: The space's geometry encoder, for a hand that joined a frozen space: its answer to
            the vectors is added to the encoder's, which then only says what the vectors do not.
    """

    hand: str
    space: str
    kinematics: HandKinematics
    encoder: Mlp
    decoder: Mlp
    measures: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    codebook: Codebook | None = None
    reads: Reads = "joints"
    geometry: Mlp | None = None

    @property
    def width(self) -> int:
        """Width of the latent, L."""
        return self.decoder.width_in

    @property
    def joints(self) -> tuple[str, ...]:
        return self.kinematics.joints

    @property
    def limits(self) -> Limits:
        return self.kinematics.limits

    def encode(self, qpos: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch L"]:
        """The latent of a hand posture: the posterior mean, without sampling.

        Args:
            qpos: Actuated joints of this codec's hand [rad, m], up to 5 mrad outside the limits.

        Returns:
            Latent, unitless, comparable across every hand trained against the same space.

        Raises:
            LimitViolation: Naming the joint furthest outside its limits, and the row it is in.
        """
        qpos = np.asarray(qpos, dtype=float)
        if qpos.shape[-1:] != self.kinematics.lower.shape:
            self._check_limits(qpos)
        read = self._scaling.normalized(qpos)
        if not self._scaling.allows(read):
            self._check_limits(qpos)
        if self.reads == "joints+deltas":
            deltas = self.kinematics.deltas(qpos).reshape(*read.shape[:-1], DELTAS)
            read = np.concatenate([read, deltas * DELTA_SCALE], axis=-1)
        read = read.astype(np.float32)
        latent = self._mean(read)
        if self.geometry is not None:
            latent += self._of_vectors(read[..., -DELTAS:])
        return self._snapped(latent)

    def decode(self, latent: Float[np.ndarray, "*batch L"]) -> Float[np.ndarray, "*batch D"]:
        """The posture of a latent; always within the limits.

        Args:
            latent: Unitless, of this codec's space.

        Returns:
            Actuated joints [rad, m].
        """
        latent = self._snapped(np.asarray(latent, dtype=np.float32))
        normalized = self.decoder(latent)
        np.tanh(normalized, out=normalized)
        return self._scaling.qpos(normalized)

    def _snapped(self, latent: Float[np.ndarray, "*batch L"]) -> Float[np.ndarray, "*batch L"]:
        return latent if self.codebook is None else self.codebook.snap(latent)

    def _check_limits(self, qpos: np.ndarray) -> None:
        check_limits(self.hand, self.joints, self.limits, qpos, LIMIT_TOLERANCE)

    @cached_property
    def _scaling(self) -> Scaling:
        return Scaling.of(self.limits)

    @cached_property
    def _mean(self) -> Mlp:
        """The encoder without the log-variance."""
        return self.encoder.answering(self.width)

    @cached_property
    def _of_vectors(self) -> Mlp:
        """The geometry encoder without the log-variance, told of this hand's fingers once."""
        assert self.geometry is not None
        return self.geometry.answering(self.width).knowing(self.kinematics.has.astype(np.float32))

    def require(self, kinematics: HandKinematics, hand: str) -> None:
        """Raises CodecMismatch when this codec was trained for another hand.

        Args:
            kinematics: The hand at hand, as the space sees it.
            hand: Its id, for the message.
        """
        if difference := kinematics.difference(self.kinematics):
            raise CodecMismatch(
                f"the codec of {self.hand} was trained for another hand than {hand} ({difference}). "
                f"Run `xlvla onboard {hand}` again."
            )
