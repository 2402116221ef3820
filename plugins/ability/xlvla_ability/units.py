"""The Ability Hand's units: counts, rotor speeds and touch readings to radians, rad/s and newton.

Source: PSYONIC's interface control document (ICD) 1.8, section 3.4.
"""

from __future__ import annotations

import numpy as np

from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import checked_target

WIRE_JOINTS = ("index_q1", "middle_q1", "ring_q1", "pinky_q1", "thumb_q2", "thumb_q1")
"""ICD table 14: the four fingers, thumb flexor, thumb rotator."""
TOUCH_FINGERS = ("index", "middle", "ring", "pinky", "thumb")  # ICD 3.4.6

COUNTS_PER_RAD = 32767 / 150 * 180 / np.pi  # ICD 3.4.1
STEP = 1 / COUNTS_PER_RAD
"""What a count is [rad]: a target no further outside its limits is one at them."""
FURTHEST = int(100 * 32767 / 150)  # 100 degrees, what the maker's wrapper says the hand takes
LOWER = np.array([0, 0, 0, 0, 0, -FURTHEST])  # the rotator flexes negative, ICD 3.4.1
UPPER = np.array([FURTHEST, FURTHEST, FURTHEST, FURTHEST, FURTHEST, 0])
GEAR = np.array([649, 649, 649, 649, 649, 162.45])  # ICD 3.4.3
ROTOR_STEP = 0.25  # [rad/s], ICD 3.4.3
COUNTS_PER_AMPERE = 620.606079  # functions.py of the wrapper at 34c9a9324d37; a hand's own: `Rv`

# ICD 3.4.6: the resistance of a site and the force that it estimates. Not calibrated, it says.
VOLT_PER_COUNT = 3.3 / 4096
DIVIDER, SERIES = 33000.0, 10000.0
NEWTON_OHM = 121591.0
NEWTON_AT_REST = 0.878894


class Wiring:
    """The order of a hand's joints against the order on the wire.

    Args:
        spec: The hand.
    """

    def __init__(self, spec: HandSpec) -> None:
        self.spec = spec
        self._to_wire = np.array([spec.joints.index(name) for name in WIRE_JOINTS])
        self._to_spec = np.argsort(self._to_wire)

    def ordered(self, values: np.ndarray) -> np.ndarray:
        """Values of the motors, in the order of the spec's joints."""
        return values[self._to_spec]

    def radians(self, counts: np.ndarray) -> np.ndarray:
        """Positions from the wire [rad], in the order of the spec's joints."""
        return self.ordered(counts / COUNTS_PER_RAD)

    def counts(self, qpos: np.ndarray) -> np.ndarray:
        """Targets for the wire; LimitViolation for one outside the joints' limits, DriverError for
        another number of joints.

        Cut towards zero as the maker's wrapper does, so that the 100 degrees that the hand takes are
        not exceeded; what was read comes out as it was.
        """
        wanted = checked_target(self.spec, qpos, STEP)
        exact = wanted[self._to_wire] * COUNTS_PER_RAD
        whole = np.trunc(exact + np.copysign(1e-6, exact))
        return np.clip(whole, LOWER, UPPER).astype(int)


def conductance(touch: np.ndarray) -> np.ndarray:
    """One by the resistance of each site [1/ohm]; 0 for one that reads 0."""
    volt = touch * VOLT_PER_COUNT
    return volt / (DIVIDER + SERIES * volt)


def newton(touch: np.ndarray, at_rest: np.ndarray | None) -> np.ndarray:
    """The estimated force at each site [N].

    Args:
        touch: 12-bit readings.
        at_rest: Readings that count as 0 N; None for the estimate as it is, which is 0.88 N at a
            site nobody touches and 0 at one that is not there.
    """
    if at_rest is None:
        return np.where(touch > 0, NEWTON_OHM * conductance(touch) + NEWTON_AT_REST, 0.0)
    return NEWTON_OHM * (conductance(touch) - conductance(at_rest))
