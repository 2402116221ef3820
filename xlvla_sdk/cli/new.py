"""`xlvla new`: a whole plugin around a hand that is found in its URDF."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.finding import found_table
from xlvla_sdk.cli.output import note, say
from xlvla_sdk.errors import SpecError
from xlvla_sdk.scaffold.package import Transport
from xlvla_sdk.specs import Side

if TYPE_CHECKING:
    from xlvla_sdk.scaffold import Answers, HandDraft, Question
    from xlvla_sdk.scaffold.package_hand import PackagedHand


def new(
    name: Annotated[str, typer.Argument(help="What to call the hand: maker_model.")],
    urdf: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="The hand's URDF: the right one's, or a robot's with its hands."
        ),
    ],
    transport: Annotated[Transport, typer.Option(help="What the hand is reached by.")],
    left: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The left hand's URDF, if there are two.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The package's folder. Left out: ./NAME.")
    ] = None,
    side: Annotated[
        Side | None, typer.Option(help="The side of a hand alone; of two hands, which.")
    ] = None,
    tip: Annotated[
        list[str] | None,
        typer.Option(metavar="FINGER=LINK", help="A finger's tip link, where it is not found."),
    ] = None,
    wrist: Annotated[
        str | None, typer.Option(metavar="LINK", help="Where the hand begins, if not found.")
    ] = None,
    velocity: Annotated[
        float | None,
        typer.Option(
            metavar="RAD/S", help="Every joint's limit, from the data sheet, not the URDF."
        ),
    ] = None,
    license_name: Annotated[
        str | None, typer.Option("--license", metavar="SPDX", help="The package's licence.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Say what was found and draw it, NAME_SIDE.png; write nothing else."
        ),
    ] = False,
) -> None:
    """Write a plugin package for a hand, from its URDF.

    Finds where the hand begins, its joints, fingers, tips, palm frame, side and postures, and says
    how sure it is of each; what it cannot decide it asks, or, without a terminal, stops and names the
    option that answers. Of a robot with a right and a left hand both are written, and without the
    robot. The package is whole: it installs, its tests pass on an emulator of its own,
    and what only its maker knows says TODO.

    \b
    Examples:
      xlvla new acme_h11 --urdf acme_right.urdf --left acme_left.urdf --transport serial
      xlvla new acme_h11 --urdf robot.urdf --transport none
      xlvla new acme_h11 --urdf acme.urdf --side left --transport none --velocity 6.0
      xlvla new acme_h11 --urdf acme.urdf --transport modbus --tip thumb=link_15 --dry-run
    """
    from xlvla_sdk.scaffold.package import checked_license, checked_name, write_package

    checked_name(name)
    license_name = None if license_name is None else checked_license(license_name)
    drafts = _drafts(urdf, left, side, tip or (), wrist)
    for draft in drafts:
        say(found_table(draft))
    for draft in drafts:
        draft.check_answered()
    if dry_run:
        _draw(drafts, name, out or Path(name))
        return
    hands = [_packaged(draft, name, velocity, license_name) for draft in drafts]
    folder = out or Path(name)
    files = write_package(folder, hands, transport)
    _say_faults(hands)
    say(f"{folder}: {len(files)} files, {transport} for {' and '.join(h.spec.id for h in hands)}")
    note(f"next: cd {folder}; pip install -e .; pytest; xlvla check {hands[0].spec.id}")


def _drafts(
    urdf: Path, left: Path | None, side: Side | None, tips: Sequence[str], wrist: str | None
) -> list[HandDraft]:
    """What is found in each file, with what was answered."""
    from xlvla_sdk.scaffold import Answers
    from xlvla_sdk.scaffold.asking import every_side, one_side

    ask = _ask if sys.stdin.isatty() else None
    if left is None:
        return every_side(urdf, Answers(side, wrist, _tips(tips, urdf, (urdf,))), ask)
    if side is not None:
        raise SpecError("--side is for a hand given alone. Leave it out beside --left.")
    both = (urdf, left)
    found = []
    for file, its_side in ((urdf, Side.RIGHT), (left, Side.LEFT)):
        answers: Answers = Answers(None, wrist, _tips(tips, file, both))
        found.append(one_side(file, its_side, answers, ask))
    return found


def _tips(tips: Sequence[str], urdf: Path, every: Sequence[Path]) -> dict[str, str]:
    """Those of --tip that name a link of this file; each has to be in one of the files."""
    from xlvla_sdk.specs import load_urdf

    links = {file: load_urdf(file).links for file in every}
    found: dict[str, str] = {}
    for tip in tips:
        finger, equals, link = tip.partition("=")
        if not (finger and equals and link):
            raise SpecError(f"--tip {tip} is not FINGER=LINK, as in --tip thumb=thumb_tip.")
        if not any(link in known for known in links.values()):
            load_urdf(urdf).require_link(link, f"--tip {finger}")
        if link in links[urdf]:
            found[finger] = link
    return found


def _ask(question: Question) -> str:
    """A question to the person at the terminal."""
    note(question.what)
    for number, choice in enumerate(question.choices, 1):
        note(f"  {number}  {choice}")

    def chosen(text: str) -> str:
        number = int(text) if text.isdecimal() else 0
        if not 1 <= number <= len(question.choices):
            raise typer.BadParameter(f"type a number from 1 to {len(question.choices)}.")
        return question.choices[number - 1]

    return typer.prompt("Which", value_proc=chosen, err=True)


def _packaged(
    draft: HandDraft, name: str, velocity: float | None, license_name: str | None
) -> PackagedHand:
    from xlvla_sdk.scaffold.package_hand import packaged

    return packaged(draft, name, velocity, license_name or "not stated")


def _say_faults(hands: Sequence[PackagedHand]) -> None:
    """What the package's own tests will fail for until the URDF is mended."""
    from xlvla_sdk.checks import check_device
    from xlvla_sdk.checks.motion import check_mirror

    found = [
        (hand.spec.id, result)
        for hand in hands
        for result in check_device(hand.spec, lambda _: None)
        if not (result.name == "meshes" and hand.missing)
    ]
    if len(hands) == 2:
        found.append((hands[1].spec.id, check_mirror(hands[0].spec, hands[1].spec)))
    for name, result in found:
        if not result.ok:
            note(f"{name}: {result.name}: {result.text}. {result.mend or ''}".strip())


def _draw(drafts: Sequence[HandDraft], name: str, package: Path) -> None:
    """A picture of each hand, beside where the package would be."""
    from xlvla_sdk.sim.hand_map import draw_hand_map

    for draft in drafts:
        path = package.with_name(f"{name}_{draft.side}.png")
        draw_hand_map(path, draft.spec(name))
        say(f"drawn: {path}")
