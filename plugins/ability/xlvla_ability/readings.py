"""What an Ability Hand says of itself, in SI and in words."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from xlvla_ability.frames import Feedback
from xlvla_ability.options import Options
from xlvla_ability.units import GEAR, ROTOR_STEP, TOUCH_FINGERS, WIRE_JOINTS, Wiring, newton
from xlvla_sdk.drivers import JointState


class Readings:
    """Makes joint states of what one hand says.

    Args:
        wiring: The order of its joints.
        options: The scale of its currents, and whether touch has a zero.

    Attributes:
        at_rest: Touch readings that count as 0 N, (5, 6).
    """

    def __init__(self, wiring: Wiring, options: Options) -> None:
        self.at_rest: np.ndarray | None = None
        self._wiring = wiring
        self._options = options

    def joint_state(self, state: Feedback, time_s: float, faults: tuple[str, ...]) -> JointState:
        """A reading that arrived at a time [s], with faults beyond those of its status."""
        ordered, scale = self._wiring.ordered, self._options.counts_per_ampere
        currents, rotors = state.currents, state.rotors
        return JointState(
            qpos=self._wiring.radians(state.positions),
            time_s=time_s,
            current=None if currents is None else ordered(currents / scale),
            velocity=None if rotors is None else ordered(rotors * ROTOR_STEP / GEAR),
            touch=self._touch(state.touch),
            faults=(*_limited(state.status), *faults),
        )

    def _touch(self, touch: np.ndarray | None) -> MappingProxyType[str, np.ndarray]:
        if touch is None:
            return MappingProxyType({})
        forces = newton(touch, self.at_rest if self._options.touch_zero else None)
        return MappingProxyType(dict(zip(TOUCH_FINGERS, forces, strict=True)))


def _limited(status: int) -> tuple[str, ...]:
    """ICD table 12; the maker's wrapper calls the same bits collisions."""
    return tuple(
        f"{joint} is limited by the hand: it met something, or its motor is hot. Open it a little, "
        "or let it cool."
        for bit, joint in enumerate(WIRE_JOINTS)
        if status >> bit & 1
    )
