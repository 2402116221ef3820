"""write_package: a complete plugin around a hand's description, whole or not at all."""

from __future__ import annotations

import keyword
import re
import shutil
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from xlvla_sdk import __version__
from xlvla_sdk.errors import SpecError
from xlvla_sdk.scaffold.package_hand import PackagedHand
from xlvla_sdk.scaffold.package_readme import readme_values
from xlvla_sdk.scaffold.package_text import filled, literal
from xlvla_sdk.specs import HandSpec
from xlvla_sdk.storage import folder_written_beside

UNLICENSED = "LicenseRef-TODO"
"""The licence of a package whose maker has not chosen one."""


class Transport(StrEnum):
    """What a hand is reached by."""

    SERIAL = "serial"
    MODBUS = "modbus"
    TCP = "tcp"
    SDK = "sdk"
    NONE = "none"


WIRES = {"serial": "serial", "modbus": "modbus-rtu", "tcp": "tcp", "sdk": "sdk"}
"""Transport to the wire that stands in addresses."""

# File in the package's module to its template, by transport.
MODULES: Mapping[Transport, Mapping[str, str]] = {
    Transport.SERIAL: {
        "driver.py": "driver_line.py",
        "frames.py": "frames.py",
        "emulator.py": "emulator_line.py",
    },
    Transport.TCP: {
        "driver.py": "driver_line.py",
        "frames.py": "frames.py",
        "emulator.py": "emulator_line.py",
    },
    Transport.MODBUS: {
        "driver.py": "driver_modbus.py",
        "registers.py": "registers.py",
        "emulator.py": "emulator_modbus.py",
    },
    Transport.SDK: {
        "driver.py": "driver_sdk.py",
        "far_side.py": "far_side.py",
        "emulator.py": "emulator_sdk.py",
        "emulated_sdk/{name}_sdk.py": "emulated_sdk.py",
    },
    Transport.NONE: {},
}


def write_package(
    folder: Path, hands: Sequence[PackagedHand], transport: Transport
) -> tuple[Path, ...]:
    """Writes a plugin's folder.

    Args:
        folder: Where, a folder that is not there yet.
        hands: One side or both, of one name.
        transport: What the hand is reached by.

    Returns:
        The files, relative to the folder.

    Raises:
        SpecError: When the name is none for a package, or the hands are not two sides of one.
        DataError: When the folder exists.
    """
    name = checked_name(hands[0].spec.name)
    if len({hand.side for hand in hands}) < len(hands) or len({h.spec.name for h in hands}) > 1:
        raise SpecError(
            f"{name}: both URDFs are of the {hands[0].side} hand. Give one of each side, or say with "
            "--side which it is."
        )
    values = _values(name, hands, transport)
    with folder_written_beside(folder) as beside:
        _write_texts(beside, name, transport, values)
        _write_urdfs(beside / f"xlvla_{name}" / "urdf", name, hands)
        return tuple(sorted(p.relative_to(beside) for p in beside.rglob("*") if p.is_file()))


def checked_name(name: str) -> str:
    """A name that a device, a distribution and a module may have; SpecError for another."""
    if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) and not keyword.iskeyword(name):
        return name
    raise SpecError(
        f"'{name}' is no name for a package: it names a module, too. Write maker_model in small "
        "letters, digits and '_', as in acme_h6."
    )


def checked_license(name: str) -> str:
    """A licence as a distribution may state it, in its canonical spelling; SpecError for another."""
    try:
        return canonicalize_license_expression(name)
    except InvalidLicenseExpression as error:
        raise SpecError(
            f"'{name}' is no licence that a package may state. Give its SPDX name, as in Apache-2.0; "
            "for terms of your own LicenseRef-NAME, their text in LICENSE."
        ) from error


def _write_texts(folder: Path, name: str, transport: Transport, values: Mapping[str, str]) -> None:
    module = f"xlvla_{name}"
    templates = {
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        "CHANGELOG.md": "CHANGELOG.md",
        "LICENSE": "LICENSE",
        ".gitignore": "gitignore",
        ".github/workflows/test.yml": "ci.yml",
        "conftest.py": "conftest.py",
        f"tests/test_{name}.py": "test.py",
        f"{module}/__init__.py": "init.py",
        f"{module}/checks.toml": "checks.toml",
        **{f"{module}/{file.format(name=name)}": t for file, t in MODULES[transport].items()},
    }
    if transport is not Transport.NONE:
        templates[f"tests/test_{name}_driver.py"] = f"test_{_kind(transport)}.py"
    for place, template in templates.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(filled(template, values))
    (folder / module / "py.typed").touch()


def _write_urdfs(folder: Path, name: str, hands: Sequence[PackagedHand]) -> None:
    folder.mkdir(parents=True)
    for hand in hands:
        (folder / f"{name}_{hand.side}.urdf").write_text(hand.text)
        for place, source in hand.meshes.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / place)


def _kind(transport: Transport) -> str:
    return "sdk" if transport is Transport.SDK else "stub"


def _values(name: str, hands: Sequence[PackagedHand], transport: Transport) -> dict[str, str]:
    """What the templates name."""
    title = name.replace("_", " ").title()
    wire = WIRES.get(transport, "")
    license_name = hands[0].spec.license
    return {
        "name": name,
        "module": f"xlvla_{name}",
        "distribution": f"xlvla-{name.replace('_', '-')}",
        "title": title,
        "Class": title.replace(" ", ""),
        "sdk": ".".join(__version__.split(".")[:2]),
        "next_sdk": _next(__version__),
        "license": UNLICENSED if license_name == "not stated" else license_name,
        "hands": _hands_literal(hands),
        "velocity_from": hands[0].velocity_from,
        "source": literal(", ".join(hand.origin.name for hand in hands) + " of the maker"),
        "first_side": str(hands[0].side),
        "fingers": " ".join(hands[0].spec.fingers),
        "joints": str(len(hands[0].spec.joints)),
        "wire": wire,
        "register": _register(name, transport, wire),
        "line": _line(transport),
        "exempt": _exempt(hands),
        "patient": "3" if transport is Transport.SDK else "1",
        "impatient": "0.5" if transport is Transport.SDK else "0.06",
        **readme_values(hands, wire),
    }


def _next(version: str) -> str:
    major, minor = version.split(".")[:2]
    return f"{major}.{int(minor) + 1}"


def _hands_literal(hands: Sequence[PackagedHand]) -> str:
    """The fields of each side's spec, as Python; once, where both sides have the same."""
    fields = {hand.side: _fields(hand.spec) for hand in hands}
    sides = [f"Side.{side.name}" for side in fields]
    first, *others = fields.values()
    if others == [first]:
        return f"{{\n    side: {literal(first, 4)}\n    for side in ({', '.join(sides)})\n}}"
    rows = [
        f"    {side}: {literal(said, 4)},"
        for side, said in zip(sides, fields.values(), strict=True)
    ]
    return "\n".join(["{", *rows, "}"])


def _fields(spec: HandSpec) -> dict[str, object]:
    return {
        "wrist_link": spec.wrist_link,
        "joints": tuple(spec.joints),
        "velocity": _velocity(spec),
        "tip_links": dict(spec.tip_links),
        "palm_xyz": tuple(spec.palm_xyz),
        "palm_rpy": tuple(spec.palm_rpy),
        "postures": {key: dict(posture) for key, posture in spec.postures.items()},
    }


def _velocity(spec: HandSpec) -> object:
    """One number, where every joint has the same."""
    limits = set(spec.velocity_limits.tolist())
    return limits.pop() if len(limits) == 1 else spec.velocity


def _register(name: str, transport: Transport, wire: str) -> str:
    """The call that offers a hand, with its driver and emulator by wire."""
    if transport is Transport.NONE:
        return "register(hand(side))"
    made = name.replace("_", " ").title().replace(" ", "")
    lines = [
        "register(",
        "            hand(side),",
        f'            drivers={{"{wire}": "xlvla_{name}.driver:{made}Driver"}},',
        f'            emulators={{"{wire}": "xlvla_{name}.emulator:{made}Emulator"}},',
        "        )",
    ]
    return "\n".join(lines)


def _line(transport: Transport) -> str:
    """How a driver gets its line."""
    if transport is Transport.TCP:
        return "TcpLine.at(address, PORT)"
    return "SerialPort.at(address, BAUD)"


def _exempt(hands: Sequence[PackagedHand]) -> str:
    """What a new package cannot keep to yet, and why; every line is to be taken out."""
    lines = ['todo = "new: the places that say so are still to be filled"']
    if hands[0].spec.license == "not stated":
        lines.append('terms = "new: the licence is still to be chosen"')
    if missing := sorted({name for hand in hands for name in hand.missing}):
        lines.append(f'meshes = "{len(missing)} did not come with the URDF: put them into urdf/"')
    return "\n".join(lines)
