"""Plugins written to disk as an installed distribution has them, for tests of discovery."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

from tests.small_hand import small_urdf
from xlvla_sdk.hookspecs import GROUP
from xlvla_sdk.specs import Side

HOOK = """\
from importlib.resources import files

from xlvla_sdk import HandSpec, Side, hookimpl

PLUGIN_API = (1, 0)


def hand(side):
    return HandSpec(
        name="{device}",
        side=side,
        urdf=files(__name__) / f"{{side}}.urdf",
        wrist_link="palm",
        velocity=5.0,
        tip_links={{"thumb": "thumb_tip", "index": "index_tip"}},
        source="made up for tests",
        license="Apache-2.0",
    )


@hookimpl
def xlvla_register_devices(register):
    for side in Side:
        register(hand(side))
"""


def write_plugin(
    site: Path, name: str, code: str | None = None, *, distribution: str | None = None
) -> Path:
    """Writes a package and its metadata into `site`, as pip would.

    Args:
        site: The folder that stands for site-packages.
        name: The entry point's name; the package is `xlvla_<name>`.
        code: The package's code; one that registers the small hand as `name` when left out.
        distribution: The distribution's name; `xlvla-<name>` when left out.

    Returns:
        The package's folder.
    """
    distribution = distribution or f"xlvla-{name}"
    package = site / distribution.replace("-", "_")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(HOOK.format(device=name) if code is None else code)
    for side in Side:
        (package / f"{side}.urdf").write_text(small_urdf(side))
    info = site / f"{package.name}-0.2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0.2.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {package.name}\n")
    return package


def entry_points_of(site: Path) -> Iterable[EntryPoint]:
    """The plugins' entry points of what is in `site`."""
    return [
        entry
        for distribution in distributions(path=[str(site)])
        for entry in distribution.entry_points
        if entry.group == GROUP
    ]
