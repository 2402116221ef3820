"""From qpos to a device and back; never torch."""

from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.drivers.safe import SafeDriver
from xlvla_sdk.drivers.simulated import SimulatedDriver
from xlvla_sdk.messages import JointState

__all__ = ["Driver", "JointState", "SafeDriver", "SimulatedDriver"]
