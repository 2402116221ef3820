"""How long a codec takes for one posture, as a control loop asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from xlvla_sdk.codec import LatentCodec

CALLS = 400
"""Timed calls of each kind."""
CHUNK = 64
"""Rows of a policy's answer, decoded at once."""


@dataclass(frozen=True)
class Latency:
    """How long calls took [us].

    Attributes:
        what: What was called.
        median: Half of the calls took less.
        most: 99 % of the calls took less.
    """

    what: str
    median: float
    most: float


def measure_latency(codec: LatentCodec) -> tuple[Latency, ...]:
    """Encoding one posture, decoding one code, and decoding a whole chunk, on this machine."""
    lower, upper = codec.limits
    part = np.random.default_rng(0).random((CHUNK, len(lower)))
    qpos = lower + (upper - lower) * part
    latent = codec.encode(qpos)
    return (
        _timed("encode one posture", lambda: codec.encode(qpos[0])),
        _timed("decode one code", lambda: codec.decode(latent[0])),
        _timed(f"decode a chunk of {CHUNK}", lambda: codec.decode(latent)),
    )


def _timed(what: str, call: Callable[[], object]) -> Latency:
    taken = []
    for _ in range(CALLS + 20):
        began = perf_counter()
        call()
        taken.append(perf_counter() - began)
    median, most = 1e6 * np.quantile(taken[20:], (0.5, 0.99))  # the first ones warm up
    return Latency(what, float(median), float(most))
