"""`xlvla serve`: a policy behind openpi's wire."""

from __future__ import annotations

from typing import Annotated

import typer

from xlvla_sdk.cli.bodies import REPLAY, Array, From, FromStation, LayoutName, Mirror, replay
from xlvla_sdk.cli.hardware import station_of
from xlvla_sdk.cli.options import Space
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.cli.policies import trained_policy
from xlvla_sdk.errors import PolicyError


def serve(
    policy: Annotated[
        str, typer.Option(metavar="URI", help="replay:FILE, or a folder of `xlvla train`.")
    ],
    recorded: From = None,
    from_station: FromStation = None,
    array: Array = None,
    mirror: Mirror = False,
    layout: LayoutName = None,
    space: Space = None,
    rate: Annotated[float, typer.Option(min=0.001, metavar="HZ", help="Rows a second.")] = 20.0,
    horizon: Annotated[int, typer.Option(min=1, metavar="ROWS", help="Rows of an answer.")] = 64,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
) -> None:
    """Serve a policy to any openpi client.

    Says on stdout where it listens, and serves until Ctrl-C or SIGTERM. A trained policy has the
    rows, rate and horizon of its training; the options that say them are for recordings.

    \b
    Examples:
      xlvla serve --policy replay:teleop.npz --from inspire:right
      xlvla serve --policy replay:teleop.npz --from xarm7+inspire:right
      xlvla serve --policy replay:motion.npz --port 0 --rate 30
      xlvla serve --policy pushes-policy/
    """
    from xlvla_sdk.policy import PolicyServer

    served = trained_policy(policy)
    if served is None and not policy.startswith(REPLAY):
        raise PolicyError(
            f"'{policy}' cannot be served. Write it as in --policy replay:motion.npz, or name a folder "
            "that `xlvla train` wrote."
        )
    if served is None:
        stood = station_of(from_station)
        served = replay(policy, recorded, array, mirror, layout, space, rate, horizon, stood)
    with PolicyServer(served, host, port) as server:
        metadata = served.metadata
        space_said, hz = metadata.space or "no latent space", metadata.rate_hz
        note(f"{served.name}: {metadata.layout}, {space_said}, {hz:g} Hz")
        say(server.uri)
        server.wait()
