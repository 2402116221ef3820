"""learn_map: which tip is best called which finger, where no anatomy says it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from time import perf_counter
from typing import Any

import numpy as np

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics, with_palm_found
from xlvla_sdk.specs import FINGERS, HandSpec

log = logging.getLogger(__name__)

FITTED = 3
"""So many of the best maps are fitted."""
STEPS = 150
"""Optimiser steps of these fits: enough to tell them apart; what is kept is trained in full."""
SAME = 1e-7
"""Maps whose vectors never differ by more are one [m]."""


@dataclass(frozen=True)
class RankedMap:
    """One way to name a hand's tips.

    Attributes:
        spec: The hand so named, its palm frame found.
        optimum: Its cost where every frozen posture is answered as well as geometry allows.
        fitted: Its cost by a codec that was fitted to it; None where none was.
    """

    spec: HandSpec
    optimum: float
    fitted: float | None = None

    @property
    def tips(self) -> Mapping[str, str]:
        """Finger to tip link, thumb first."""
        return {finger: self.spec.tip_links[finger] for finger in self.spec.fingers}


@dataclass(frozen=True)
class LearnedMap:
    """What was found.

    Attributes:
        ranked: The maps, the one kept first: those fitted by what fitting made of them, the others
            by their optimum.
        refused: How many named no hand: its palm cannot be where the names would have it.
        seconds: How long it took [s].
    """

    ranked: tuple[RankedMap, ...]
    refused: int
    seconds: float

    @property
    def kept(self) -> RankedMap:
        return self.ranked[0]

    @property
    def runner_up(self) -> RankedMap | None:
        """The second best of those fitted; None where there is one map alone."""
        return self.ranked[1] if len(self.ranked) > 1 else None

    def table(self) -> str:
        """The maps that were fitted, and how many there were."""
        lines = [f"{'MAP':8}  {'OPTIMUM':>7}  {'FITTED':>6}  TIPS"]
        for place, found in enumerate(self.ranked[:FITTED]):
            name = ("kept", "second", "third")[place]
            fitted = "-" if found.fitted is None else f"{found.fitted:.3f}"
            tips = " ".join(f"{finger}={link}" for finger, link in found.tips.items())
            lines.append(f"{name:8}  {found.optimum:7.3f}  {fitted:>6}  {tips}")
        refused = f", {self.refused} more that name no hand" if self.refused else ""
        lines.append(f"{len(self.ranked)} maps ranked in {self.seconds:.1f} s{refused}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """As plain data, without the maps that were not fitted."""
        return {
            "maps": [
                {"tips": dict(m.tips), "optimum": m.optimum, "fitted": m.fitted}
                for m in self.ranked[:FITTED]
            ],
            "ranked": len(self.ranked),
            "refused": self.refused,
            "seconds": round(self.seconds, 2),
        }


def learn_map(spec: HandSpec, space: LatentSpace, seed: int = 7) -> LearnedMap:
    """Names a hand's tips by geometry: all ways are ranked, the best few fitted, the best is kept.

    Args:
        spec: The hand; what its tips are called, and its palm frame, are not looked at.
        space: The frozen space it is to join.
        seed: Of everything drawn.

    Raises:
        SpecError: When under no map a palm is found.
    """
    # torch takes seconds to import, and only training needs it.
    from xlvla_sdk.latent.fitting import FIT
    from xlvla_sdk.latent.maps import best_costs, codec_cost, frozen_postures
    from xlvla_sdk.latent.methods import join_space

    began = perf_counter()
    named, refused = _named(spec, _fingers(space))
    frozen = frozen_postures(space, seed)
    hands = [shared_kinematics(other) for other in named]
    costs = best_costs(frozen, hands, seed)
    order = sorted(range(len(named)), key=lambda index: (round(costs[index], 6), index))
    ranked = [RankedMap(named[index], costs[index]) for index in order]
    quick = replace(FIT, steps=min(STEPS, FIT.steps))
    fitted = [
        replace(found, fitted=codec_cost(frozen, codec))
        for found in ranked[:FITTED]
        for codec in [join_space(space, spec.id, shared_kinematics(found.spec), quick, seed)]
    ]
    fitted.sort(key=lambda found: found.fitted or 0.0)
    return LearnedMap((*fitted, *ranked[FITTED:]), refused, perf_counter() - began)


def _fingers(space: LatentSpace) -> tuple[str, ...]:
    """The fingers beside the thumb that a hand of the space has: under other names nothing aligns it."""
    known = {name for codec in space.hands.values() for name in codec.kinematics.finger_names}
    return tuple(finger for finger in FINGERS[1:] if finger in known)


def _named(spec: HandSpec, fingers: tuple[str, ...]) -> tuple[list[HandSpec], int]:
    """The hand under every map that gives it a palm and differs from those before, and the refused."""
    found: list[HandSpec] = []
    seen: list[tuple[HandKinematics, np.ndarray]] = []
    refused = 0
    for tips in _maps(tuple(spec.tip_links[finger] for finger in spec.fingers), fingers):
        fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
        try:
            named = with_palm_found(HandSpec(**{**fields, "tip_links": tips}))
        except SpecError as error:
            log.debug("%s is no map of %s: %s", tips, spec.id, error)
            refused += 1
            continue
        kinematics = shared_kinematics(named)
        vectors = _vectors(kinematics)
        if not any(
            other.finger_names == kinematics.finger_names
            and float(np.abs(theirs - vectors).max()) < SAME
            for other, theirs in seen
        ):
            seen.append((kinematics, vectors))
            found.append(named)
    if not found:
        raise SpecError(
            f"{spec.id}: no naming of its {len(spec.tip_links)} tips gives it a palm: fingers would "
            "close away from it, or are more than the space's hands have. Give the other --side, or look "
            "whether the tips are the fingers' ends."
        )
    return found, refused


def _maps(tips: tuple[str, ...], fingers: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Every way to call some tips thumb and fingers; those that keep their order come first."""
    for some in combinations(fingers, len(tips) - 1):
        for order in permutations(tips):
            yield dict(zip(("thumb", *some), order, strict=True))


def _vectors(kinematics: HandKinematics) -> np.ndarray:
    """Thumb-to-finger vectors at some postures, always the same ones [m]."""
    part = np.random.default_rng(0).random((16, len(kinematics.joints)))
    return kinematics.deltas(kinematics.lower + (kinematics.upper - kinematics.lower) * part)
