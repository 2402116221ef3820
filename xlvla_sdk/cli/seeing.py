"""What a policy sees and is told, as options and a station say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.errors import DriverError, PolicyError

if TYPE_CHECKING:
    from xlvla_sdk.drivers import Camera
    from xlvla_sdk.specs import Station

CameraOf = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=ADDRESS",
        help="What the policy looks through, as in front=/dev/video0 or front=video:clip.mp4; "
        "names are front, side, right_wrist, left_wrist; once a camera.",
    ),
]


def cameras_of(
    given: Sequence[str] | None,
    station: Station,
    now: Callable[[], float],
    simulated: Callable[[str], Camera] | None = None,
) -> dict[str, Camera]:
    """The cameras by name, not opened; those given go before the station's.

    Args:
        given: `NAME=ADDRESS`.
        station: The lab's.
        now: Gives the time of their frames [s].
        simulated: Gives a simulation's camera by its name, for `mujoco:NAME`.

    Raises:
        DriverError: A name or an address that is none.
        PluginError: A kind of camera that cannot be used.
    """
    from xlvla_sdk.drivers.looking import named_cameras
    from xlvla_sdk.registry import SIMULATED_CAMERA, registry

    cameras: dict[str, Camera] = {}
    for name, address in named_cameras(given or (), station.cameras, station.source).items():
        own = simulated if address.wire == SIMULATED_CAMERA else None
        cameras[name] = own(address.place) if own else registry().camera(address, now)
    return cameras


def timely(cameras: dict[str, Camera], simulated_time: bool) -> dict[str, Camera]:
    """The same; DriverError for a real one where time is simulated."""
    for name, camera in cameras.items():
        if simulated_time and not camera.simulated:
            raise DriverError(
                f"--sim-clock is for simulations; camera '{name}' is real and keeps its own time. "
                f"Leave --sim-clock out, or write --camera {name}=video:FILE."
            )
    return cameras


def prompt_text(prompt: str | None) -> str | None:
    """What the policy is told; PolicyError for bytes that are no text."""
    try:
        (prompt or "").encode()
    except UnicodeEncodeError as error:
        raise PolicyError(
            f"--prompt is no text: its character {error.start + 1} is none. Type it in UTF-8."
        ) from error
    return prompt
