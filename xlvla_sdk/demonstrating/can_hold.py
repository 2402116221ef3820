"""CanHold: how a limb holds a can from above, and from where about the can its hand has room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.demonstrating.clearance import Outline, clearance
from xlvla_sdk.demonstrating.grip import Grip, downwards, find_grip
from xlvla_sdk.demonstrating.limb import Limb
from xlvla_sdk.demonstrating.plan import Plan, Situation
from xlvla_sdk.demonstrating.taking import CLEAR, leave
from xlvla_sdk.sim.things import CAN_HEIGHT, CAN_RADIUS

BREADTH = 0.03
"""Of a can's side that fingers lie on [m]: index and middle finger hold it between them."""
GROUND = 0.022
"""Between fingertips and what a can stands on [m]."""
LEANS = 0.1
"""A can that leans further has fallen over [rad]."""
ANGLES = 2.0 * np.pi * np.arange(16) / 16
"""From where a hand may come, about the vertical [rad]."""
FEW = 5
"""How many of these are weighed for a can, or for a place where it is put."""
ROOM = 0.01
"""Between the hand and what is beside it [m]; less speaks against a plan."""


@dataclass(frozen=True)
class CanHold:
    """How a limb holds a can: by which grip, and how high on the can its thumb presses [m]."""

    limb: Limb
    grip: Grip
    height: float

    @staticmethod
    def of(limb: Limb) -> CanHold:
        """The hold of this limb."""
        grip = find_grip(limb, 2.0 * CAN_RADIUS, BREADTH)
        return CanHold(limb, grip, grip.beyond + GROUND)

    @property
    def over(self) -> float:
        """From around a can up to where fingertips are clear of it [m]."""
        return CAN_HEIGHT - GROUND + CLEAR

    def around(self, at: Float[np.ndarray, "3"], angle: float) -> Float[np.ndarray, "4 4"]:
        """The palm with the open hand around a can that stands at a point [m]."""
        R = downwards(np.array([np.cos(angle), np.sin(angle)]))
        return self.grip.palm(at + np.array([0.0, 0.0, self.height]), R)

    def leave(self, situation: Situation, can: str) -> Plan:
        """Upwards, with a can that stands in the middle; about one that fell over, straight up."""
        palm = self.limb.palm(situation.qpos[self.limb.columns])
        thing = situation.state[can]
        if thing.tilt < LEANS:
            palm = self.around(thing.position, float(np.arctan2(palm[1, 0], palm[0, 0])))
        return leave(self.limb, self.grip, palm, self.over)


def roomy(
    hold: CanHold, palms: Sequence[np.ndarray], beside: Sequence[Outline]
) -> list[tuple[float, np.ndarray]]:
    """Palms with the room their open hands have there, ROOM at the most: all around, or the clearest.

    Args:
        hold: Whose open hand.
        palms: T_task_palm, one for each of ANGLES.
        beside: What stands there.
    """
    rooms = [min(ROOM, clearance(hold.limb, T, hold.grip.around, beside)) for T in palms]
    enough = [k for k, room in enumerate(rooms) if room >= ROOM]
    clearest = sorted(range(len(palms)), key=lambda k: -rooms[k])
    chosen = enough if len(enough) >= FEW else clearest[:FEW]
    spread = np.linspace(0, len(chosen), FEW, endpoint=False).astype(int)
    return [(rooms[chosen[k]], palms[chosen[k]]) for k in spread]
