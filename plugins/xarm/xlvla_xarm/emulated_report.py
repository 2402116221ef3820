"""The rich report of an emulated controller, 587 bytes in the order of the vendor's own structure."""

from __future__ import annotations

import struct

from xlvla_xarm.emulated_arm import EmulatedArm

LENGTH = 587


def rich_report(arm: EmulatedArm, now: float) -> bytes:
    """One report: sizes and counts big-endian, floats little-endian.

    Source: xArm-Python-SDK 1.18.4, `xarm/x3/report.py`, the structure of port 30002.
    """
    on = 0x7F if arm.enabled else 0
    axes, kind, *_, version = arm.version.split(",")
    parts = [
        struct.pack(">IBH", LENGTH, arm.shown_state(now) | arm.mode << 4, 0),
        struct.pack("<7f", *arm.joints.position(now)),
        bytes(24),  # the tool's pose, which nobody reads
        struct.pack("<7f", *arm.torque),
        bytes([on, on, arm.error, arm.warning]),
        bytes(24),  # the tool's offset
        struct.pack("<4f", *arm.load),
        bytes([3, 3]),
        struct.pack("<3f", 0.0, 0.0, -1.0),  # gravity
        bytes([int(kind), int(axes), 0, 0, 0, 0]),
        version.encode().ljust(30, b"\0"),
        struct.pack("<5f", 1000.0, 1.0, 50000.0, 0.1, 1000.0),  # the tool's limits [mm]
        struct.pack("<5f", 20.0, 0.01, 20.0, 0.0001, 4.0),  # the joints' [rad]
        struct.pack("<2f", 2.3, 2.7),
        b"".join(bytes(pair) for pair in arm.servo),
        bytes(2),  # the tool's input and output
        struct.pack("7b", *(int(degrees) for degrees in arm.temperature)),
        bytes(4 + 28),  # speeds of targets
        bytes(4),  # a counter
        bytes(24),  # the world's offset
        bytes([0, 0, 0, 1, 0]),  # resets, simulated, collision detection, tool type
        bytes(24),  # the tool's shape
        struct.pack(">7H", *[4800] * 7),  # [10 mV]
        struct.pack("<7f", *arm.current),
    ]
    told = b"".join(parts)
    return told.ljust(LENGTH, b"\0")
