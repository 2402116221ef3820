"""What this computer has: where it computes, what it draws with, which ports it has, its data folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from xlvla_sdk.doctor.health import Health
from xlvla_sdk.drivers.ports import Port, serial_ports
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.storage import data_folder

try:
    import grp
except ImportError:  # Windows knows no groups of files
    grp = None


def look_at_computing(
    reached: Callable[[], tuple[str, str]] | None = None,
    card: str | None = shutil.which("nvidia-smi"),
) -> Health:
    """Where training computes.

    Args:
        reached: Gives `cpu` or `cuda`, and torch's version; asks torch when left out.
        card: Path of NVIDIA's own program, where its driver is installed.
    """
    where, found = (reached or _torch)()
    if where == "cuda":
        return Health("computing", "ok", f"on the GPU, by torch {found}")
    if card:
        mend = "Install a build of torch with CUDA: https://pytorch.org/get-started."
        text = f"on the CPU: there is a driver for a GPU, and torch {found} does not reach it"
        return Health("computing", "warn", text, mend)
    return Health("computing", "ok", f"on the CPU, by torch {found}; hands are small enough")


def look_at_drawing() -> Health:
    """What pictures of simulations are rendered with."""
    from xlvla_sdk.sim.engine import gl_platform, load_mujoco

    try:
        load_mujoco()
    except XlvlaError as error:
        text, _, mend = error.message.partition(". ")
        return Health("drawing", "warn", text.rstrip("."), mend or "Install the extra `sim`.")
    platform = gl_platform()
    if platform.name is None:
        text, _, mend = platform.reason.partition("; ")
        said = (
            f"{text}: pictures are drawn with matplotlib, and cameras of a simulation are not there"
        )
        return Health("drawing", "warn", said, mend or "Unset MUJOCO_GL.")
    return Health("drawing", "ok", f"MuJoCo with {platform.name or 'the window system'}")


def look_at_ports(
    ports: Callable[[], Sequence[Port]] = serial_ports,
    allowed: Callable[[str], bool] = lambda path: os.access(path, os.R_OK | os.W_OK),
) -> Iterator[Health]:
    """Every serial port with a device behind it, and whether this user may open it.

    Args:
        ports: Lists them.
        allowed: Whether a path may be read and written.
    """
    found = ports()
    if not found:
        yield Health("ports", "ok", "no serial port with a device behind it")
    for port in found:
        if allowed(port.path):
            yield Health(port.path, "ok", port.what)
            continue
        group = _group(port.path)
        mend = f"`sudo usermod -aG {group} $USER`, then log out and in again."
        yield Health(port.path, "fail", f"{port.what}: you may not open it", mend)


def look_at_data_folder(folder: Path | None = None) -> Health:
    """Whether codecs can be kept."""
    folder = folder or data_folder()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        said = f"{folder}" if there == folder else f"{folder}, made at first use"
        return Health("data folder", "ok", said)
    mend = "Give it to yourself (chown), or name another folder in XLVLA_DATA."
    return Health("data folder", "fail", f"nothing can be written to {there}", mend)


def _torch() -> tuple[str, str]:
    from importlib.metadata import version

    from xlvla_sdk.latent.where import Where, torch_device

    return torch_device(Where.AUTO).type, version("torch")


def _group(path: str) -> str:
    """The group that a port belongs to."""
    if grp is None:
        return "dialout"
    try:
        return grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (OSError, KeyError):
        return "dialout"
