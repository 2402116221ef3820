"""Thresholds: measured currents and temperatures above which a device has to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import ArmSpec, HandSpec

FIRST_S = 1.0
"""How long a value that has a threshold may be missing at first [s]."""


@dataclass(frozen=True)
class Thresholds:
    """What a device may measure before it has to hold; None watches nothing.

    Attributes:
        current: Motor current [A] in either direction, one number or by joint.
        temperature: Motor temperature [deg C], one number or by joint.
        current_s: How long without a break a current may be above: motors start with more [s].
    """

    current: float | Mapping[str, float] | None = None
    temperature: float | Mapping[str, float] | None = None
    current_s: float = 0.5

    def over(self, other: Thresholds) -> Thresholds:
        """These, and the other's where these say nothing."""
        return Thresholds(
            other.current if self.current is None else self.current,
            other.temperature if self.temperature is None else self.temperature,
            self.current_s if self.current is not None else other.current_s,
        )


class Watch:
    """Compares one device's readings with its thresholds.

    Args:
        spec: The device.
        thresholds: Its thresholds; a joint they do not name is not watched.
    """

    def __init__(self, spec: HandSpec | ArmSpec, thresholds: Thresholds) -> None:
        self._joints = spec.joints
        self._watched = [
            (name, unit, _by_joint(spec.joints, limit), longest_s)
            for name, unit, limit, longest_s in (
                ("current", "A", thresholds.current, thresholds.current_s),
                ("temperature", "deg C", thresholds.temperature, 0.0),
            )
            if limit is not None
        ]
        self._above_since: dict[tuple[str, int], float] = {}
        self._missing_since: dict[str, float] = {}

    def exceeded(self, state: JointState, now: float) -> str | None:
        """What is too high, in words naming the joint and how much; None when nothing is."""
        for name, unit, limits, longest_s in self._watched:
            values = getattr(state, name)
            if values is None:
                missing_s = now - self._missing_since.setdefault(name, now)
                if missing_s > FIRST_S:
                    return f"a threshold is set for its {name}, which it does not measure"
                continue
            self._missing_since[name] = float("inf")
            if name == "current":
                values = np.abs(values)  # a motor that pushes the other way draws a negative one
            if (at := self._longest_above(name, values > limits, longest_s, now)) is not None:
                return (
                    f"the {name} of '{self._joints[at]}' is {values[at]:.3g} {unit}, above its "
                    f"threshold of {limits[at]:.3g} {unit}"
                )
        return None

    def _longest_above(
        self, name: str, above: np.ndarray, longest_s: float, now: float
    ) -> int | None:
        for at, high in enumerate(above):
            if not high:
                self._above_since.pop((name, at), None)
            elif now - self._above_since.setdefault((name, at), now) >= longest_s:
                return at
        return None


def _by_joint(joints: tuple[str, ...], limit: float | Mapping[str, float]) -> np.ndarray:
    if isinstance(limit, Mapping):
        return np.array([limit.get(joint, np.inf) for joint in joints])
    return np.full(len(joints), float(limit))
