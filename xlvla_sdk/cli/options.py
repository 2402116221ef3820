"""Options that several verbs share, and hands described by them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import FINGERS, HandSpec, Side, hand_from_urdf

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
Replan = Annotated[
    float | None,
    typer.Option(
        min=0.25, metavar="S", help="How old a chunk is when the next takes over; else its end."
    ),
]
Urdf = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A hand without a plugin: its URDF.")
]
UrdfSide = Annotated[Side | None, typer.Option(help="With --urdf: the hand's side, if not found.")]
Tip = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FINGER=LINK",
        help="With --urdf: a finger's tip link, where it is not found. With --side and two or more: "
        "these fingers and no others.",
    ),
]
Name = Annotated[str | None, typer.Option(help="With --urdf: what to call the hand.")]
Wrist = Annotated[
    str | None,
    typer.Option(metavar="LINK", help="With --urdf: where the hand begins, if not found."),
]
Velocity = Annotated[
    float | None,
    typer.Option(
        metavar="RAD/S",
        help="With --urdf: every joint's limit, from the hardware's sheet, not the URDF.",
    ),
]
FEWEST_TIPS = 2
"""A hand has a thumb and a finger at least."""


def described_hand(
    urdf: Path,
    side: Side | None,
    tips: Sequence[str] | None,
    name: str | None,
    wrist: str | None,
    velocity: float | None,
    named: bool = True,
) -> HandSpec:
    """The hand that the options describe, with the palm frame found; SpecError as HandSpec has it.

    With a side and two tips or more, exactly those are taken; with less, the hand is found in its
    URDF, and what is given answers beforehand. Where `named` is not set, tips may be given without
    a finger's name, and the palm is left to be found once they have one.
    """
    from xlvla_sdk.cli.finding import found_hand
    from xlvla_sdk.kinematics import with_palm_found
    from xlvla_sdk.scaffold import Answers

    name, tips = name or urdf.stem, tips or ()
    if named and (side is None or len(tips) < FEWEST_TIPS):
        return found_hand(urdf, Answers(side, wrist, _tip_links(tips)), name, velocity)
    if side is None or not tips:
        raise SpecError(
            "--learn-map needs --side and a --tip for every finger, as in --side right "
            "--tip left_pad --tip right_pad."
        )
    links = _tip_links(tips if named else _provisional(tips))
    hand = hand_from_urdf(urdf, side, links, name, wrist, velocity)
    return with_palm_found(hand) if named else hand


def _provisional(tips: Sequence[str]) -> list[str]:
    """Tips under fingers' names, in the order they are given, for whom names are still to be found."""
    if len(tips) > len(FINGERS):
        raise SpecError(f"a hand has {len(FINGERS)} tips at most; {len(tips)} are given.")
    links = [tip.rpartition("=")[2] for tip in tips]
    return [f"{finger}={link}" for finger, link in zip(FINGERS, links, strict=False)]


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


def listed(text: str | None) -> tuple[str, ...] | None:
    """The names between commas, each once; None where the option is left out."""
    if text is None:
        return None
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
