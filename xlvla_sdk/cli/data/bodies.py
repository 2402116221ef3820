"""From the words of a command line to a body's layout and the codecs of its hands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlvla_sdk.codec import LatentCodec
    from xlvla_sdk.layouts import Layout
    from xlvla_sdk.specs import Embodiment, Station

Whose = Annotated[
    str, typer.Option("--embodiment", metavar="EMBODIMENT", help="As in xarm7+inspire:right.")
]
LayoutName = Annotated[
    str | None,
    typer.Option(
        "--layout", metavar="NAME", help="xl-1 (the latent) or raw-1 (joints). Left out: xl-1."
    ),
]
StationFile = Annotated[
    Path | None,
    typer.Option(
        "--station", metavar="FILE", help="Where arms stand; left out: where the makers' specs say."
    ),
]
ColumnsOption = Annotated[
    Path | None,
    typer.Option(
        "--columns", metavar="FILE", help="Says where each joint stands; see the guide on data."
    ),
]


@dataclass(frozen=True)
class Coded:
    """A body with its layout."""

    layout: Layout
    codecs: Mapping[str, LatentCodec]
    station: Station | None


def coded(text: str, layout: str | None, space: str | None, station: Path | None) -> Coded:
    """The body that a text names; codecs are found, or trained when there are none yet.

    Raises:
        UnknownDevice, SpecError, CodecMismatch, PolicyError: As finding them does.
    """
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.layouts import XL1, default_layout, make_layout
    from xlvla_sdk.onboarding import find_codec
    from xlvla_sdk.registry import registry
    from xlvla_sdk.specs import Station

    body: Embodiment = registry().embodiment(text)
    name = layout or default_layout(body)
    lab = Station.load(station) if station else None
    codecs: dict[str, LatentCodec] = {}
    if name == XL1.name:
        loaded = load_space(space or DEFAULT_SPACE)
        codecs = {hand.id: find_codec(hand, loaded) for hand in body.hands}
    return Coded(make_layout(name, body, codecs, lab), codecs, lab)
