"""`xlvla eval`: how good the codecs of a space are."""

from __future__ import annotations

from typing import Annotated

import typer

from xlvla_sdk.cli.measures import measured_rows
from xlvla_sdk.cli.options import AsJson, Seed, Space
from xlvla_sdk.cli.output import columns, say, say_json
from xlvla_sdk.errors import SpecError


def evaluate(
    hands: Annotated[
        list[str] | None, typer.Argument(help="Hands to measure. Left out: the founding ones.")
    ] = None,
    oracle: Annotated[
        bool, typer.Option("--oracle", help="Beside what geometry allows; takes its time.")
    ] = False,
    seed: Seed = 7,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Measure the codecs of a space.

    Each against every other, as means over ordered pairs.

    RT are postures uniform within limits, CP closes the thumb on one finger after the other.

    \b
    Examples:
      xlvla eval --json
      xlvla eval xhand:right xhand:left inspire:right --oracle
    """
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.onboarding import find_codec
    from xlvla_sdk.registry import registry

    if hands and len(set(hands)) < 2:
        raise SpecError(
            "name two hands or more: measures are of pairs. Or none: the founding ones."
        )
    loaded = load_space(space or DEFAULT_SPACE)
    codecs = dict(loaded.hands)
    if hands:
        codecs = {name: find_codec(registry().hand(name), loaded) for name in hands}
    from xlvla_sdk.latent.evaluation import evaluate as measured

    evaluation = measured(codecs, with_oracle=oracle, seed=seed)
    if as_json:
        say_json({"space": loaded.id, "hands": list(codecs), **evaluation.to_json()})
        return
    say(columns(measured_rows(evaluation), right=range(1, 8)))
    say(f"{loaded.id}: {' '.join(codecs)}")
