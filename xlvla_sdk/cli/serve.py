"""`xlvla serve`: a policy behind openpi's wire."""

from __future__ import annotations

from typing import Annotated

import typer

from xlvla_sdk.cli.bodies import REPLAY, Array, From, LayoutName, Mirror, replay
from xlvla_sdk.cli.options import Space
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.errors import PolicyError


def serve(
    policy: Annotated[str, typer.Option(metavar="replay:FILE", help="What answers.")],
    recorded: From = None,
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

    Says on stdout where it listens, and serves until Ctrl-C or SIGTERM.

    \b
    Examples:
      xlvla serve --policy replay:teleop.npz --from inspire:right
      xlvla serve --policy replay:motion.npz --port 0 --rate 30
    """
    from xlvla_sdk.policy import PolicyServer

    if not policy.startswith(REPLAY):
        raise PolicyError(
            f"'{policy}' cannot be served. Write it as in --policy replay:motion.npz."
        )
    served = replay(policy, recorded, array, mirror, layout, space, rate, horizon)
    with PolicyServer(served, host, port) as server:
        metadata = served.metadata
        note(
            f"{served.name}: {metadata.layout}, {metadata.space or 'no latent space'}, {rate:g} Hz"
        )
        say(server.uri)
        server.wait()
