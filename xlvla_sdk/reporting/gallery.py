"""Cases with their pictures: every hand photographed once, all of its postures from one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlvla_sdk.registry import registry
from xlvla_sdk.reporting.cases import Case
from xlvla_sdk.reporting.pictures import photographed
from xlvla_sdk.sim import World, build_world
from xlvla_sdk.specs import HandSpec

SIZE = 320
"""Of a picture [px]; shown at about half of it."""
TOUCHES_MM, NEAR_MM = 5.0, 10.0


@dataclass(frozen=True)
class Shown:
    """A case with its pictures, as data; `wanted` is None where that hand is not installed."""

    case: Case
    wanted: str | None
    answer: str
    best: str

    @property
    def grade(self) -> str:
        """How near the finger came: `good`, `fair`, `poor`, or `beyond` what the hand can."""
        case = self.case
        if not case.able and case.best_mm > NEAR_MM:
            return "beyond"
        if case.answer_mm <= max(TOUCHES_MM, case.wanted_mm):
            return "good"
        return "fair" if case.answer_mm <= NEAR_MM else "poor"


def show(cases: Sequence[Case], spec: HandSpec, world: World) -> list[Shown]:
    """Photographs every case.

    Args:
        cases: Postures of other hands, and this hand's answers.
        spec: This hand.
        world: The world it stands in alone.
    """
    postures = [qpos for case in cases for qpos in (case.answer, case.best)]
    mine, _ = photographed(spec, world, postures, SIZE)
    wanted = _of_others(cases)
    return [
        Shown(case, wanted.get(index), *mine[2 * index : 2 * index + 2])
        for index, case in enumerate(cases)
    ]


def _of_others(cases: Sequence[Case]) -> Mapping[int, str]:
    """The other hands' postures, by the number of their case."""
    found: dict[int, str] = {}
    for source in dict.fromkeys(case.source for case in cases):
        device = registry().devices.get(source)
        rows = [index for index, case in enumerate(cases) if case.source == source]
        if device is not None and isinstance(device.spec, HandSpec):
            postures = [np.clip(cases[i].wanted, *device.spec.limits) for i in rows]
            taken, _ = photographed(device.spec, build_world(device.spec), postures, SIZE)
            found |= dict(zip(rows, taken, strict=True))
    return found
