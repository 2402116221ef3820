"""Checks of what people read: README, change log, licence; and that nothing is left to fill."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from xlvla_sdk.checks.manifest import project_of
from xlvla_sdk.checks.result import CheckResult, failed, passed
from xlvla_sdk.plugin import Device

WANTED = ("README.md", "LICENSE", "CHANGELOG.md")
TODO = "TODO"
"""What marks a place to fill, in text and in Python."""
READ = (".md", ".py", ".toml")


def check_docs(device: Device) -> CheckResult:
    """Whether the package has what people look for: beside its Python, or in its metadata."""
    assert device.package is not None
    folder = project_of(device.package)
    if folder is None:
        return _shipped(device)
    missing = [name for name in WANTED if not (folder / name).is_file()]
    if missing:
        mend = f"Write {' and '.join(missing)}; `xlvla new` shows what stands in them."
        return failed("docs", f"{', '.join(missing)} not in {folder.name}/", mend)
    readme = (folder / "README.md").read_text()
    if device.spec.name not in readme:
        text = f"README.md does not name the device '{device.spec.name}'"
        return failed("docs", text, "Say what it is, how it is wired, where the URDF is from.")
    return passed("docs", ", ".join(WANTED))


def check_todo(device: Device) -> CheckResult:
    """Whether a place is left that says TODO: what `xlvla new` could not know."""
    assert device.package is not None
    folder = project_of(device.package)
    if folder is None:
        return passed("todo", "an installed package is not looked at")
    places = [place for path in _texts(folder, device.package) for place in _places(path, folder)]
    if not places:
        return passed("todo", "nothing is left to fill")
    listed = ", ".join(places[:4]) + (f" and {len(places) - 4} more" if len(places) > 4 else "")
    return failed("todo", f"left to fill: {listed}", "Fill them; each says what is wanted.")


def _texts(folder: Path, package: str) -> list[Path]:
    mine = [*folder.glob("*"), *(folder / package.split(".")[0]).rglob("*")]
    return sorted(path for path in mine if path.suffix in READ or path.name == "LICENSE")


def _places(path: Path, folder: Path) -> list[str]:
    lines = path.read_text(errors="replace").splitlines()
    where = path.relative_to(folder)
    return [f"{where}:{number}" for number, line in enumerate(lines, 1) if TODO in line]


def _shipped(device: Device) -> CheckResult:
    """Of an installed distribution: its description and its licence."""
    name = device.plugin.distribution
    try:
        said = metadata(name) if name else None
    except PackageNotFoundError:
        said = None
    if said is None:
        text = "the package is neither installed nor beside a pyproject.toml"
        return failed("docs", text, "Give it a pyproject.toml; `xlvla new` shows one.")
    if device.spec.name not in str(said.json.get("description", "")):
        text = f"the description of {name} does not name '{device.spec.name}'"
        return failed("docs", text, 'Write readme = "README.md" into its pyproject.toml.')
    if not {"License-Expression", "License"} & set(said):
        return failed(
            "docs", f"{name} names no licence", "Write license = ... into pyproject.toml."
        )
    return passed("docs", f"README and licence of {name}")
