"""Loads MuJoCo, with an OpenGL platform that works on this machine, or with none.

MuJoCo chooses its OpenGL platform once, while it is imported, from `MUJOCO_GL`. A platform whose
library is missing breaks that import for the whole process, so each candidate is tried in a process
of its own first. A `MUJOCO_GL` the user has set is the only candidate.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from xlvla_sdk.errors import XlvlaError

VARIABLE = "MUJOCO_GL"
OFF = ("disable", "disabled", "off", "false", "0")
"""What MuJoCo itself takes for 'no OpenGL'."""
LIBRARIES = {"egl": "libEGL.so.1", "osmesa": "libOSMesa.so.8"}
MEND = "`apt-get install libegl1 libgl1-mesa-dri` (or libosmesa6) gives rendered pictures"
_TRIAL = "import mujoco; context = mujoco.GLContext(16, 16); context.make_current(); context.free()"


@dataclass(frozen=True)
class GlPlatform:
    """How pictures can be rendered here.

    Attributes:
        name: Value for `MUJOCO_GL`; None where no OpenGL loads.
        reason: Why none does, and what mends it; empty where one does.
    """

    name: str | None
    reason: str = ""


def load_mujoco() -> Any:
    """The module `mujoco`, imported on the first call.

    Raises:
        XlvlaError: Naming the extra to install, when MuJoCo is not there.
    """
    if "mujoco" in sys.modules:
        return sys.modules["mujoco"]
    with _platform_chosen():
        return _imported("mujoco", "simulation needs MuJoCo")


def load_matplotlib() -> ModuleType:
    """The module `matplotlib`; XlvlaError naming the extra when it is not there."""
    return _imported("matplotlib", "pictures need matplotlib")


def load_pillow() -> Any:
    """The module `PIL.Image`; XlvlaError naming the extra when it is not there."""
    return _imported("PIL.Image", "pictures need pillow")


@cache
def gl_platform() -> GlPlatform:
    """The OpenGL platform for this process, found once."""
    given = os.environ.get(VARIABLE, "").lower().strip()
    if given in OFF:
        return GlPlatform(None, f"{VARIABLE}={given} turns OpenGL off")
    if given:
        works = _works(given)
        reason = "" if works else f"{VARIABLE}={given} does not work here; {MEND}"
        return GlPlatform(given if works else None, reason)
    if not sys.platform.startswith("linux"):
        return GlPlatform("")  # MuJoCo's own choice: the window system's
    for name, library in LIBRARIES.items():
        if _loads(library) and _works(name):
            return GlPlatform(name)
    return GlPlatform(None, f"no OpenGL library loads here; {MEND}")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _works(name: str) -> bool:
    environment = {**os.environ, VARIABLE: name}
    with suppress(OSError, subprocess.TimeoutExpired):
        trial = subprocess.run(
            [sys.executable, "-c", _TRIAL], env=environment, capture_output=True, timeout=60
        )
        return trial.returncode == 0
    return False


@contextmanager
def _platform_chosen() -> Iterator[None]:
    before = os.environ.get(VARIABLE)
    name = gl_platform().name
    os.environ[VARIABLE] = OFF[0] if name is None else name
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def _imported(module: str, what: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise XlvlaError(
            f"{what}, which does not load here ({error}). "
            "Install it with `pip install 'xlvla-sdk[sim]'`."
        ) from error
