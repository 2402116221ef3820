"""From qpos to a device and back; never torch.

What needs pyserial or pymodbus loads on first use: finding the plugins does without.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.drivers.cutter import Cutter
from xlvla_sdk.drivers.driver import Driver, Identity
from xlvla_sdk.drivers.helper_process import HelperProcess
from xlvla_sdk.drivers.link import Counts, Link, Parser
from xlvla_sdk.drivers.safe import SafeDriver
from xlvla_sdk.drivers.simulated import SimulatedDriver
from xlvla_sdk.drivers.targets import checked_target, single_precision
from xlvla_sdk.drivers.tcp import TcpLine
from xlvla_sdk.drivers.thresholds import Thresholds
from xlvla_sdk.drivers.transport import Connect, Transport, no_transport
from xlvla_sdk.messages import JointState

if TYPE_CHECKING:
    from xlvla_sdk.drivers.modbus import Modbus, ModbusRtu, ModbusTcp, Refused
    from xlvla_sdk.drivers.serial_port import SerialPort

_LATER = {
    "Modbus": "modbus",
    "ModbusRtu": "modbus",
    "ModbusTcp": "modbus",
    "Refused": "modbus",
    "SerialPort": "serial_port",
}

__all__ = [
    "Address",
    "Camera",
    "Connect",
    "Counts",
    "Cutter",
    "Driver",
    "Frame",
    "HelperProcess",
    "Identity",
    "JointState",
    "Link",
    "Modbus",
    "ModbusRtu",
    "ModbusTcp",
    "Parser",
    "Refused",
    "SafeDriver",
    "SerialPort",
    "SimulatedDriver",
    "TcpLine",
    "Thresholds",
    "Transport",
    "checked_target",
    "no_transport",
    "single_precision",
]


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'xlvla_sdk.drivers' has no attribute '{name}'")
    return getattr(import_module(f"xlvla_sdk.drivers.{_LATER[name]}"), name)
