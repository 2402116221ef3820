"""Film: keeps what a simulation did, and renders it when it is over.

Rendering takes longer than simulating. A film keeps the joints alone while time passes, so that it
never holds up a run; every picture is rendered from them afterwards.
"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from xlvla_sdk.errors import DataError, XlvlaError
from xlvla_sdk.sim.camera import Eye, SimulatedCamera
from xlvla_sdk.sim.engine import load_mujoco
from xlvla_sdk.sim.simulation import Simulation
from xlvla_sdk.storage import written_beside

RATE_HZ = 25.0
SIZE = (640, 480)
"""Width and height [px]; both even, as the codec wants it."""
CODEC, PIXELS = "libx264", "yuv420p"
"""H.264 as every browser plays it."""


class Film:
    """What one camera saw of a simulation, from now on.

    Args:
        simulation: Filmed from now on, on every 1/25 s of its time.
        camera: One of its cameras.

    Raises:
        SpecError: No camera of that name.
        DriverError: OpenGL does not work here: nothing could be rendered later.
        XlvlaError: PyAV is not installed, naming the extra.
    """

    def __init__(self, simulation: Simulation, camera: str = "front") -> None:
        self._av = _load_av()
        with SimulatedCamera(simulation, camera):  # said before time passes, not after
            pass
        self._simulation = simulation
        self._camera = camera
        self._states: list[np.ndarray] = []
        simulation.watch(RATE_HZ, lambda: self._states.append(simulation.data.qpos.copy()))

    def __len__(self) -> int:
        return len(self._states)

    def save(self, path: Path) -> None:
        """Renders and writes the film, as MP4.

        Raises:
            DataError: Nothing was filmed, or the file cannot be written.
            DriverError: OpenGL does not work here.
        """
        if not self._states:
            raise DataError(f"{path}: no time has passed, so there is nothing to show.")
        replay = Simulation(self._simulation.world)
        eye = Eye(replay, SIZE)
        try:
            with written_beside(path) as beside:
                self._write(beside, replay, eye)
        except OSError as error:
            raise DataError(f"{path}: cannot be written ({error}).") from error
        finally:
            eye.close()

    def _write(self, path: Path, replay: Simulation, eye: Eye) -> None:
        with self._av.open(str(path), "w", format="mp4") as container:
            stream = container.add_stream(CODEC, rate=Fraction(RATE_HZ))
            stream.width, stream.height = SIZE
            stream.pix_fmt = PIXELS
            for qpos in self._states:
                replay.data.qpos[:] = qpos
                load_mujoco().mj_forward(replay.world.model, replay.data)
                picture = eye.picture(self._camera)
                frame = self._av.VideoFrame.from_ndarray(picture, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())


def _load_av() -> Any:
    try:
        return import_module("av")
    except ImportError as error:
        raise XlvlaError(
            f"films need PyAV, which does not load here ({error}). "
            "Install it with `pip install 'xlvla-sdk[sim]'`."
        ) from error
