"""Whether what the SDK needs is installed, in versions that it was made for."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from xlvla_sdk import __version__
from xlvla_sdk.doctor.health import Health

DISTRIBUTION = "xlvla-sdk"
PYTHON = SpecifierSet(">=3.11,<3.13")
"""As pyproject.toml has it."""
EXTRAS = {
    "camera": "cameras and video files",
    "data": "datasets",
    "sim": "simulation and pictures",
    "view": "a live page",
}
"""What people use beside the core, and for what."""

Installed = Callable[[str], str]
"""The version of a distribution; PackageNotFoundError where there is none."""


def look_at_python(found: str = platform.python_version()) -> Health:
    """Whether this Python is one that the SDK was made for."""
    if found in PYTHON:
        return Health("python", "ok", f"{found}, xlvla-sdk {__version__}")
    mend = "Make an environment with Python 3.11 or 3.12, and install xlvla-sdk into it."
    return Health("python", "fail", f"{found} is not {PYTHON}", mend)


def look_at_packages(
    needed: Iterable[str] | None = None, installed: Installed = version
) -> Iterator[Health]:
    """What the core needs: one line together, and one for each that is missing or another.

    Args:
        needed: Requirements; the SDK's own when left out.
        installed: Gives versions.
    """
    wanted = [
        Requirement(text) for text in (requires(DISTRIBUTION) if needed is None else needed) or ()
    ]
    core = [one for one in wanted if not one.marker or one.marker.evaluate({"extra": ""})]
    faults = [fault for one in core if (fault := _fault(one, installed))]
    if not faults:
        yield Health("packages", "ok", f"{len(core)} of {len(core)} that the core needs")
    yield from faults


def look_at_extras(
    needed: Iterable[str] | None = None, installed: Installed = version
) -> Iterator[Health]:
    """Each extra: whether what it needs is there."""
    wanted = [
        Requirement(text) for text in (requires(DISTRIBUTION) if needed is None else needed) or ()
    ]
    for extra, what_for in EXTRAS.items():
        mine = [
            one
            for one in wanted
            if one.marker
            and one.marker.evaluate({"extra": extra})
            and not one.marker.evaluate({"extra": ""})
        ]
        name = f"extra {extra}"
        if not mine:  # of an editable installation older than the extra
            mend = "Install xlvla-sdk again, so that its metadata is of this version."
            yield Health(name, "warn", "the installed metadata does not know it", mend)
            continue
        faults = [fault for one in mine if (fault := _fault(one, installed))]
        if not faults:
            said = ", ".join(f"{one.name} {installed(one.name)}" for one in mine)
            yield Health(name, "ok", f"{what_for}: {said}")
            continue
        mend = f"`pip install 'xlvla-sdk[{extra}]'` gives {what_for}."
        yield Health(name, "warn", "; ".join(fault.text for fault in faults), mend)


def _fault(one: Requirement, installed: Installed) -> Health | None:
    """What is wrong with a requirement, or None."""
    mend = f"`pip install '{one.name}{one.specifier}'`."
    try:
        found = installed(one.name)
    except PackageNotFoundError:
        return Health(one.name, "fail", f"{one.name} is not installed", mend)
    if one.specifier.contains(found, prereleases=True):
        return None
    return Health(one.name, "fail", f"{one.name} {found} is not {one.specifier}", mend)
