"""What plugins are tested with: the kit, emulated devices on real wires, scripted exchanges.

The kit loads on first use: emulators, which import from here, do without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from xlvla_sdk.testing.emulator import Emulator, Firmware
from xlvla_sdk.testing.faults import Faults
from xlvla_sdk.testing.joints import EmulatedJoints, JointRecord
from xlvla_sdk.testing.scripted import Receive, ScriptedTransport, Send
from xlvla_sdk.testing.serial_wire import SerialWire
from xlvla_sdk.testing.subject import Rig, Subject
from xlvla_sdk.testing.tcp_wire import TcpWire
from xlvla_sdk.testing.truth import Truth
from xlvla_sdk.testing.wire import Wire

if TYPE_CHECKING:
    from xlvla_sdk.testing.kit import HandKit

_LATER = {"HandKit": "kit"}

__all__ = [
    "EmulatedJoints",
    "Emulator",
    "Faults",
    "Firmware",
    "HandKit",
    "JointRecord",
    "Receive",
    "Rig",
    "ScriptedTransport",
    "Send",
    "SerialWire",
    "Subject",
    "TcpWire",
    "Truth",
    "Wire",
]


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module 'xlvla_sdk.testing' has no attribute '{name}'")
    return getattr(import_module(f"xlvla_sdk.testing.{_LATER[name]}"), name)
