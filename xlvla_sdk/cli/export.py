"""`xlvla export`: a hand's codecs go into its package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.options import AsJson, Space
from xlvla_sdk.cli.output import columns, say, say_json


def export(
    hand: Annotated[str, typer.Argument(help="A name, for both sides, or one of them.")],
    package: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="The package's folder. Left out: where it is installed from."
        ),
    ] = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Put a hand's codecs into its package.

    What `xlvla onboard` trained goes into the plugin's folder `codecs/`, and from there into its
    wheel: whoever installs it trains nothing. A side without a codec is trained now.

    \b
    Examples:
      xlvla export acme_h11
      xlvla export acme_h11:right --package acme_h11/xlvla_acme_h11
    """
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.onboarding.exporting import export as exported

    done = exported(hand, package, load_space(space or DEFAULT_SPACE))
    if as_json:
        say_json([{**vars(one), "path": one.path and str(one.path)} for one in done])
        return
    say(columns([(one.hand, one.path or "-", one.said) for one in done]))
