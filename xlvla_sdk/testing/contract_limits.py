"""The contract at the ends of the range: what is within the limits in radians is so on the wire."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.testing.contract import NEAR
from xlvla_sdk.testing.subject import Subject


def reaches_its_limits(subject: Subject) -> None:
    """Sent to either end of every joint, the device is never told to go beyond, and arrives."""
    with subject.opened() as rig:
        start = np.clip(rig.settled(), *subject.spec.limits)
        for end in subject.spec.limits:
            target = np.where(rig.moved, end, start)
            rig.go(target)
            assert np.abs(rig.settled() - target)[rig.moved].max() < NEAR
        rig.check_commands()
