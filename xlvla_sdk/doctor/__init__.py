"""`xlvla doctor`: what of this computer keeps hands from moving, and how to mend it."""

from xlvla_sdk.doctor.examining import examine
from xlvla_sdk.doctor.health import Health, State

__all__ = ["Health", "State", "examine"]
