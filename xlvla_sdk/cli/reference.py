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

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "hands": (
        "Hands and packages",
        ("devices", "plugins", "doctor", "new", "check", "onboard", "export", "demo"),
    ),
    "hardware": (
        "Real devices and cameras",
        ("scan", "read", "move", "release", "calibrate", "emulate", "cameras", "look"),
    ),
    "policies": (
        "Recordings and policies",
        ("retarget", "run", "serve", "bridge", "tasks", "evaluate"),
    ),
    "training": ("Training and measures", ("train", "pretrain", "eval")),
    "datasets": (
        "Datasets",
        (
            "data",
            *(f"data {verb}" for verb in ("info", "check", "import", "record", "synth", "render")),
        ),
    ),
    "rows": (
        "Datasets of rows",
        tuple(f"data {verb}" for verb in ("encode", "merge", "decode", "replay", "convert")),
    ),
}
"""Pages of commands: file, title, and the verbs on it in their order."""

VERBS = tuple(verb for _, verbs in GROUPS.values() for verb in verbs)
_MADE = "<!-- Made by `python -m xlvla_sdk.cli.reference docs/reference`. Do not edit. -->"


def cli_pages() -> dict[str, str]:
    """Every command's help text, a page a group, and a first page that names them all.

    Returns:
        File name in `docs/reference/cli` to its text.
    """
    return {"index.md": _first_page()} | {
        f"{group}.md": _group_page(title, verbs) for group, (title, verbs) in GROUPS.items()
    }


def _first_page() -> str:
    rows = [f"| [{title}]({group}.md) | {_links(group)} |" for group, (title, _) in GROUPS.items()]
    table = "\n".join(["| page | commands |", "| --- | --- |", *rows])
    return f"# Commands\n\n{_MADE}\n\n{table}\n\n{_help()}"


def _links(group: str) -> str:
    verbs = GROUPS[group][1]
    return ", ".join(f"[`{verb}`]({group}.md#xlvla-{verb.replace(' ', '-')})" for verb in verbs)


def _group_page(title: str, verbs: tuple[str, ...]) -> str:
    parts = [f"# {title}\n\n{_MADE}\n"]
    return "\n".join(parts + [f"## xlvla {verb}\n\n{_help(*verb.split())}" for verb in verbs])


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
    (folder / "cli").mkdir(parents=True, exist_ok=True)
    for name, text in cli_pages().items():
        (folder / "cli" / name).write_text(text)
    (folder / "devices.md").write_text(devices_page(registry()))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
