"""Thumb-to-finger vectors as one linear map of products of cosines and sines; numpy.

A turning joint's pose is `A + B cos q + C sin q`, a sliding one's `A + B q`, with constant matrices. So
a chain's tip, multiplied out, is a sum of constant vectors, each times a product of its joints'
cosines and sines. Five fingers of two to four joints have some hundred products: to gather,
multiply and sum them takes a few calls of numpy, however many fingers and rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from xlvla_sdk.kinematics.finger import Finger, Screw
from xlvla_sdk.specs import FINGERS

DEEPEST = 6
"""Joints a chain may have: each triples the products."""
BLOCK = 512
"""Rows taken at once, so that what lies between stays in the processor's cache."""
_LEAST = 1e-12
"""Vectors shorter than this [m] are left out."""


@dataclass(frozen=True)
class ProductMap:
    """A function of qpos: a matrix times products of factors.

    Factor 0 is the number one; the next S are the cosines of the S joints' positions (of one that
    slides, the position itself), the last S their sines.

    Attributes:
        drive, offset: From qpos to the joints' positions [rad, m].
        slides: Which joints slide.
        factors: Which factors are multiplied, K for each of N products.
        weights: The matrix [m].
    """

    drive: Float[np.ndarray, "S D"]
    offset: Float[np.ndarray, "S 1"]
    slides: Int[np.ndarray, " slides"]
    factors: Int[np.ndarray, "K N"]
    weights: Float[np.ndarray, "W N"]

    def __call__(self, qpos: Float[np.ndarray, "rows D"]) -> Float[np.ndarray, "rows W"]:
        """The function's values [m] at every row's qpos [rad, m]."""
        if len(qpos) <= BLOCK:
            return self._block(qpos)
        blocks = range(0, len(qpos), BLOCK)
        return np.concatenate([self._block(qpos[at : at + BLOCK]) for at in blocks])

    def _block(self, qpos: np.ndarray) -> np.ndarray:
        # Rows lie last, so that every step runs along them.
        q = self.drive @ qpos.T
        q += self.offset
        count = len(q)
        factor = np.empty((1 + 2 * count, len(qpos)))
        factor[0] = 1.0
        np.cos(q, out=factor[1 : 1 + count])
        np.sin(q, out=factor[1 + count :])
        if len(self.slides):
            factor[1 + self.slides] = q[self.slides]
        product = factor.take(self.factors[0], axis=0)
        for which in self.factors[1:]:
            product *= factor.take(which, axis=0)
        return (self.weights @ product).T


def delta_map(fingers: Sequence[Finger], joints: int) -> ProductMap:
    """The map to thumb tip minus fingertip [m], index to pinky, zeros for one that is not there.

    Args:
        fingers: Thumb first.
        joints: How many joints qpos has, D.
    """
    screws = [screw for finger in fingers for screw in finger.screws]
    drive = np.zeros((len(screws), joints))
    for row, screw in zip(drive, screws, strict=True):
        row[screw.joint] = screw.multiplier
    factors, weights = _delta_terms(fingers, len(screws))
    return ProductMap(
        drive,
        np.array([[screw.offset] for screw in screws]),
        np.array([i for i, screw in enumerate(screws) if screw.prismatic], dtype=np.intp),
        factors,
        weights,
    )


def _delta_terms(fingers: Sequence[Finger], screws: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors (K, N) and weights (12, N) [m], without those that are nearly zero."""
    depth = max(1, *(len(finger.screws) for finger in fingers))
    others = [FINGERS.index(finger.name) - 1 for finger in fingers[1:]]
    factors, weights, first = [], [], 0
    for index, finger in enumerate(fingers):
        products, vectors = _tip_terms(finger, first, screws)
        weight = np.zeros((len(vectors), len(FINGERS) - 1, 3))
        if index == 0:
            weight[:, others] = vectors[:, None]
        else:
            weight[:, others[index - 1]] = -vectors
        factors.append(np.pad(products, ((0, 0), (0, depth - products.shape[1]))))
        weights.append(weight.reshape(len(vectors), -1))
        first += len(finger.screws)
    whole = np.concatenate(weights)
    kept = np.abs(whole).max(axis=1) > _LEAST
    return np.ascontiguousarray(np.concatenate(factors)[kept].T), whole[kept].T.copy()


def _tip_terms(finger: Finger, first: int, screws: int) -> tuple[np.ndarray, np.ndarray]:
    """A tip multiplied out: products (n, k) of factors, and the vectors (n, 3) [m] beside them.

    `first` is how many joints stand before the finger's.
    """
    products, vectors = np.zeros((1, 0), dtype=np.intp), np.append(finger.tip, 1.0)[None]
    for number, screw in reversed(list(enumerate(finger.screws, first + 1))):
        chosen = np.repeat([0, number, number + screws], len(products))[:, None]
        products = np.concatenate([chosen, np.tile(products, (3, 1))], axis=1)
        vectors = np.concatenate([vectors @ matrix.T for matrix in _motion(screw)])
    return products, vectors[:, :3]


def _motion(screw: Screw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The matrices A, B, C of a joint's pose."""
    A, B, C = np.eye(4), np.zeros((4, 4)), np.zeros((4, 4))
    if screw.prismatic:
        B[:3, 3] = screw.axis
        return A, B, C
    A[:3, :3] = np.outer(screw.axis, screw.axis)
    B[:3, :3] = np.eye(3) - A[:3, :3]
    C[:3, :3] = np.cross(screw.axis, np.eye(3)).T
    A[:3, 3] = B[:3, :3] @ screw.point
    B[:3, 3] = -A[:3, 3]
    C[:3, 3] = -C[:3, :3] @ screw.point
    return A, B, C
