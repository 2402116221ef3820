"""`xlvla onboard`: a hand gets its encoder and decoder in a frozen space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.options import (
    AsJson,
    Name,
    Seed,
    Space,
    Tip,
    Urdf,
    UrdfSide,
    Velocity,
    Wrist,
    described_hand,
)
from xlvla_sdk.cli.output import note, say, say_json
from xlvla_sdk.errors import SpecError

if TYPE_CHECKING:
    from xlvla_sdk.specs import HandSpec


def onboard(
    hand: Annotated[str | None, typer.Argument(help="As `xlvla devices` lists it.")] = None,
    urdf: Urdf = None,
    side: UrdfSide = None,
    tip: Tip = None,
    name: Name = None,
    wrist: Wrist = None,
    velocity: Velocity = None,
    again: Annotated[
        bool, typer.Option("--again", help="Train although there is a codec.")
    ] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Keep a codec judged poor.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Train, and write the codec here.")
    ] = None,
    seed: Seed = 7,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Give a hand its codec in the latent space.

    Says how good it is, beside the founding hands. Trains only where there is none yet. A hand
    described by --urdf is kept in the data folder; from then on it is a device like any other.

    \b
    Examples:
      xlvla onboard xhand:left
      xlvla onboard --urdf allegro.urdf --side right --name allegro --velocity 6.0 \\
          --tip thumb=link_15.0_tip --tip index=link_3.0_tip
    """
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.onboarding import onboard as onboarded
    from xlvla_sdk.registry import registry
    from xlvla_sdk.specs.saved import save_hand

    if (hand is None) == (urdf is None):
        raise SpecError("name one hand, as in `xlvla onboard xhand:left`, or give --urdf.")
    given = None if urdf is None else described_hand(urdf, side, tip, name, wrist, velocity)
    spec = registry().hand(str(hand)) if given is None else _new(given)
    report = onboarded(
        spec, load_space(space or DEFAULT_SPACE), seed=seed, again=again, accept=accept, out=out
    )
    if given is not None:
        note(f"{spec.id} is kept in {save_hand(spec)}")
    if as_json:
        say_json(report.to_json())
    else:
        say(report.table())


def _new(spec: HandSpec) -> HandSpec:
    from xlvla_sdk.registry import DATA_FOLDER, registry

    known = registry().devices.get(spec.id)
    if known is not None and known.plugin.name != DATA_FOLDER:
        raise SpecError(
            f"'{spec.id}' is a device of {known.plugin.label}. Call this hand something else with "
            "--name."
        )
    return spec
