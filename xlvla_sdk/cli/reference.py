"""The pages of docs/reference that are made from the program itself.

`python -m xlvla_sdk.cli.reference docs/reference` writes them; a test fails when they are stale.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from typer.testing import CliRunner

from xlvla_sdk.cli.app import app
from xlvla_sdk.plugin import Device
from xlvla_sdk.registry import Registry, registry
from xlvla_sdk.specs import HandSpec

VERBS = ("devices", "check", "onboard", "retarget", "run", "serve", "demo", "eval", "pretrain")
_MADE = "<!-- Made by `python -m xlvla_sdk.cli.reference docs/reference`. Do not edit. -->"


def cli_page() -> str:
    """Every command's help text."""
    parts = [f"# Commands\n\n{_MADE}\n\n{_help()}"]
    parts += [f"## xlvla {verb}\n\n{_help(verb)}" for verb in VERBS]
    return "\n".join(parts)


def devices_page(found: Registry) -> str:
    """A table of the devices that plugins offer.

    Args:
        found: Where they are registered; hands of the data folder are left out.
    """
    devices = [device for device in found.devices.values() if device.plugin.distribution]
    lines = [
        f"# Devices\n\n{_MADE}\n",
        "| Device | Sides | Joints | Mimic | Fingers | Plugin |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, group in groupby(devices, lambda device: device.spec.name):
        lines.append(_row(name, list(group)))
    return "\n".join(lines) + "\n"


def _row(name: str, devices: list[Device]) -> str:
    spec = devices[0].spec
    sides = ", ".join(device.spec.side for device in devices if device.spec.side) or "-"
    mimic = sum(joint.mimic is not None for joint in spec.model.joints.values())
    fingers = ", ".join(spec.fingers) if isinstance(spec, HandSpec) else "an arm"
    cells = (f"`{name}`", sides, len(spec.joints), mimic, fingers, devices[0].plugin.distribution)
    return f"| {' | '.join(map(str, cells))} |"


def _help(*words: str) -> str:
    runner = CliRunner(env={"COLUMNS": "80"})
    said = runner.invoke(app, [*words, "--help"], prog_name="xlvla").output
    lines = [line.rstrip() for line in said.strip().splitlines()]
    return "\n".join(["```text", *lines, "```", ""])


def write(folder: Path) -> None:
    """Writes the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cli.md").write_text(cli_page())
    (folder / "devices.md").write_text(devices_page(registry()))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
