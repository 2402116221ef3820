"""What `--driver mujoco` simulates, films and shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.output import note
from xlvla_sdk.errors import DriverError

if TYPE_CHECKING:
    from xlvla_sdk.sim import Film, Simulation
    from xlvla_sdk.specs import Embodiment, Station

SceneName = Annotated[
    str | None,
    typer.Option(
        "--scene", metavar="NAME", help="In MuJoCo: what is before the body, empty or table."
    ),
]
RenderTo = Annotated[
    Path | None,
    typer.Option("--render", metavar="FILE", help="In MuJoCo: a film of the front camera, as MP4."),
]
View = Annotated[
    bool, typer.Option("--view", help="In MuJoCo: a live 3D page, for a browser on this machine.")
]


@dataclass(frozen=True)
class Showing:
    """What of a simulation is shown.

    Attributes:
        scene: Name of the scene.
        film: Where its film goes.
        page: Whether a live page is served.
    """

    scene: str | None
    film: Path | None
    page: bool

    def require_mujoco(self) -> None:
        """Refuses its options for a body that is not simulated in MuJoCo."""
        if self.scene or self.film or self.page:
            raise DriverError(
                "--scene, --render and --view are for simulations in MuJoCo. Add --driver mujoco."
            )


def simulation_of(
    body: Embodiment, station: Station, scene: str | None, now: Callable[[], float]
) -> Simulation:
    """The body before a scene, on a clock's time; SpecError for a scene that is not there."""
    from xlvla_sdk.sim import Simulation, build_world
    from xlvla_sdk.sim.scene import EMPTY, NEAR, find_scene

    chosen = EMPTY if scene is None else find_scene(scene)
    if chosen is EMPTY and not station.task_base and not any(side.arm for side in body.sides):
        chosen = NEAR
    return Simulation(build_world(body, station, chosen), now)


@contextmanager
def shown(simulation: Simulation | None, showing: Showing) -> Iterator[None]:
    """Films and serves while it lasts; the film is written whatever ends it."""
    with ExitStack() as until:
        if simulation is not None and showing.page:
            from xlvla_sdk.sim import LivePage

            page = until.enter_context(LivePage(simulation))
            note(f"live at {page.url}")
        if simulation is not None and showing.film is not None:
            from xlvla_sdk.sim import Film

            until.callback(_write, Film(simulation), showing.film)
        yield


def _write(film: Film, path: Path) -> None:
    if len(film):
        film.save(path)
        note(f"{path}: {len(film)} pictures")
