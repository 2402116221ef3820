"""Options that several verbs share, and hands described by them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import HandSpec, Side, hand_from_urdf

if TYPE_CHECKING:
    from xlvla_sdk.checks.device import Locate

AsJson = Annotated[bool, typer.Option("--json", help="Say the same for programs.")]
Space = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The latent space: a name, name@hash8, or a .safetensors file. Left out: the "
        "shipped one.",
    ),
]
Seed = Annotated[int, typer.Option(help="Of everything drawn at random.")]
Urdf = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A hand without a plugin: its URDF.")
]
UrdfSide = Annotated[Side | None, typer.Option(help="With --urdf: the hand's side.")]
Tip = Annotated[
    list[str] | None,
    typer.Option(metavar="FINGER=LINK", help="With --urdf: a finger's tip link; once a finger."),
]
Name = Annotated[str | None, typer.Option(help="With --urdf: what to call the hand.")]
Wrist = Annotated[
    str | None,
    typer.Option(metavar="LINK", help="With --urdf: where the hand begins, if not at the root."),
]
Velocity = Annotated[
    float | None,
    typer.Option(
        metavar="RAD/S", help="With --urdf: every joint's limit, from the hardware's sheet."
    ),
]


def described_hand(
    urdf: Path,
    side: Side | None,
    tips: Sequence[str] | None,
    name: str | None,
    wrist: str | None,
    velocity: float | None,
) -> HandSpec:
    """The hand that the options describe, with the palm frame found; SpecError as HandSpec has it."""
    from xlvla_sdk.kinematics import with_palm_found

    if side is None or not tips:
        raise SpecError(
            "--urdf needs --side and a --tip for every finger, as in --side right "
            "--tip thumb=thumb_tip --tip index=index_tip."
        )
    name = name or urdf.stem
    return with_palm_found(hand_from_urdf(urdf, side, _tip_links(tips), name, wrist, velocity))


def _tip_links(tips: Sequence[str]) -> dict[str, str]:
    links: dict[str, str] = {}
    for tip in tips:
        finger, equals, link = tip.partition("=")
        if not (finger and equals and link):
            raise SpecError(
                f"--tip {tip} is not FINGER=LINK. Write it as in --tip thumb=thumb_tip."
            )
        if finger in links:
            raise SpecError(f"--tip names the {finger} twice. Leave one of the two out.")
        links[finger] = link
    return links


def locator(space: str | None) -> Locate:
    """Finds a hand's codec in a space, and never trains."""
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.onboarding import locate_codec

    loaded = load_space(space or DEFAULT_SPACE)
    return lambda spec: locate_codec(spec, loaded)
