"""What a new package's README says: wiring to fill, where the URDF is from, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlvla_sdk.scaffold.package_hand import PackagedHand
from xlvla_sdk.scaffold.package_text import table

PLACES = {
    "serial": "/dev/ttyUSB0",
    "modbus-rtu": "/dev/ttyUSB0",
    "tcp": "192.168.1.10",
    "sdk": "/dev/ttyUSB0",
}
"""Wire to a place that stands in examples of addresses."""
ASKED = {
    "serial": ("connector and pins", "level (TTL, RS232, RS485)", "baud rate", "device id"),
    "modbus-rtu": ("connector and pins", "level (RS485)", "baud rate", "unit"),
    "tcp": ("connector", "address as delivered", "port", "how the address is changed"),
    "sdk": ("connector", "SDK, its version and Python", "driver or udev rule"),
}
"""Wire to what a person with a cable has to know of it."""


def readme_values(hands: Sequence[PackagedHand], wire: str) -> dict[str, str]:
    """What the README's template names, and a few lines that differ by transport."""
    return {
        "sides": " and ".join(f"`{hand.spec.id}`" for hand in hands),
        "wiring": _wiring(wire),
        "provenance": _provenance(hands),
        "edits": _edits(hands),
        "found": "\n\n".join(_found(hand) for hand in hands),
        "joint_table": "\n\n".join(_joints(hand) for hand in hands),
        "example_place": PLACES.get(wire, ""),
        **_by_wire(wire),
    }


def _by_wire(wire: str) -> Mapping[str, str]:
    """What driver and emulator call their line."""
    serial = wire != "tcp"
    return {
        "protocol": "registers" if wire == "modbus-rtu" else "frames",
        "line_class": "SerialPort" if serial else "TcpLine",
        "line_constant": "BAUD = 115200  # TODO: the manual's page"
        if serial
        else "PORT = 7000  # TODO: the manual's page",
        "emulator_constant": "\nBAUD = 115200" if serial else "",
        "wire_class": "SerialWire" if serial else "TcpWire",
        "wire_made": "SerialWire(firmware, BAUD, self.faults, timed)"
        if serial
        else "TcpWire(firmware, self.faults, timed)",
    }


def _wiring(wire: str) -> str:
    if not wire:
        return (
            "The package has no driver yet: the hand moves in simulation. TODO: how is it reached?"
        )
    rows = [(what, "TODO") for what in ("supply [V], [A]", *ASKED[wire])]
    said = table(("what", "value"), rows)
    return (
        f"{said}\n\nAddress: `{wire}:{PLACES[wire]}`. What is spoken on it is a placeholder still."
    )


def _provenance(hands: Sequence[PackagedHand]) -> str:
    rows = [(h.spec.id, f"`{h.origin.name}`", f"`{h.sha256[:16]}`", "TODO") for h in hands]
    header = ("hand", "the maker's file", "SHA-256, its beginning", "version, licence and address")
    return table(header, rows)


def _edits(hands: Sequence[PackagedHand]) -> str:
    edits = list(dict.fromkeys(edit for hand in hands for edit in hand.edits))
    said = "\n".join(f"{at}. {edit}" for at, edit in enumerate(edits, 1)) or "Nothing."
    missing = sorted({name for hand in hands for name in hand.missing})
    if not missing:
        return said
    listed = ", ".join(f"`{name}`" for name in missing[:4]) + (", ..." if missing[4:] else "")
    return (
        f"{said}\n\nMeshes that it names and that did not come with it ({len(missing)}): {listed}"
    )


def _found(hand: PackagedHand) -> str:
    rows = [(f.what, f.found, f"{f.certainty:.2f}", f.reason) for f in hand.findings]
    return f"`{hand.spec.id}`:\n\n{table(('what', 'found', 'certainty', 'why'), rows)}"


def _joints(hand: PackagedHand) -> str:
    spec = hand.spec
    rows = []
    for joint, lower, upper, velocity in zip(
        spec.joints, *spec.limits, spec.velocity_limits, strict=True
    ):
        unit = "m" if spec.model.joints[joint].kind == "prismatic" else "rad"
        rows.append((f"`{joint}`", f"{lower:.4g}", f"{upper:.4g}", unit, f"{velocity:.4g}"))
    return f"`{spec.id}`:\n\n{table(('joint', 'lower', 'upper', 'unit', 'velocity [1/s]'), rows)}"
