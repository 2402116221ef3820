"""`xlvla onboard`: a hand gets its encoder and decoder in a frozen space."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from xlvla_sdk.errors import DataError, SpecError

if TYPE_CHECKING:
    from xlvla_sdk.codec import LatentSpace
    from xlvla_sdk.onboarding import LearnedMap, OnboardReport, TaskRecording
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
    learn_map: Annotated[
        bool,
        typer.Option(
            "--learn-map",
            help="With --urdf: find out which tip is best called which finger; then --tip LINK will do.",
        ),
    ] = False,
    recording: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Train near this motion too, and say what that gains on a part held out.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="HAND",
            help="With --recording: whose it is, if its columns do not say.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write all that is known of the hand as one HTML page."),
    ] = None,
    seed: Seed = 7,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Give a hand its codec in the latent space.

    Says how good it is, beside the founding hands. Trains only where there is none yet. Of a hand
    given by --urdf, fingers, palm and side are found; it is kept in the data folder, and from then
    on is a device like any other.

    \b
    Examples:
      xlvla onboard xhand:left
      xlvla onboard xhand:left --report xhand-left.html
      xlvla onboard --urdf acme_right.urdf --name acme_h11
      xlvla onboard --urdf allegro.urdf --side right --name allegro --velocity 6.0 \\
          --tip thumb=link_15.0_tip --tip index=link_3.0_tip
      xlvla onboard xhand:left --recording teleop.npz --from inspire:right
      xlvla onboard --urdf jaws.urdf --side right --learn-map --tip left_pad --tip right_pad
    """
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.registry import registry
    from xlvla_sdk.specs.saved import save_hand

    if (hand is None) == (urdf is None):
        raise SpecError("name one hand, as in `xlvla onboard xhand:left`, or give --urdf.")
    if learn_map and urdf is None:
        raise SpecError(
            f"--learn-map is for a hand given by --urdf: {hand}'s plugin says which tip is which finger."
        )
    if source is not None and recording is None:
        raise DataError("--from says whose recording it is. Give --recording too.")
    loaded = load_space(space or DEFAULT_SPACE)
    given = urdf and described_hand(urdf, side, tip, name, wrist, velocity, named=not learn_map)
    spec = registry().hand(str(hand)) if given is None else _new(given)
    learned = _learned(spec, loaded, seed) if learn_map else None
    spec = learned.kept.spec if learned else spec
    task = recording and _task(recording, source, spec, loaded)
    how = {"seed": seed, "again": again, "accept": accept, "out": out, "task": task}
    done = _onboarded(report, spec, loaded, **how)
    if given is not None:
        note(f"{spec.id} is kept in {save_hand(spec)}")
    if as_json:
        say_json({**done.to_json(), **({"map": learned.to_json()} if learned else {})})
        return
    if learned:
        say(f"{learned.table()}\n")
    say(done.table())


def _task(path: Path, source: str | None, spec: HandSpec, space: LatentSpace) -> TaskRecording:
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.onboarding import find_codec, task_recording
    from xlvla_sdk.policy import recorded_hand
    from xlvla_sdk.registry import registry
    from xlvla_sdk.specs import HandSpec

    recording = Recording.load(path)
    if source is None:
        known = [device.spec for device in registry().devices.values()]
        hands = [hand for hand in known if isinstance(hand, HandSpec) and hand.id != spec.id]
        recorded = recorded_hand(recording, [spec, *hands])
    else:
        recorded = spec if source == spec.id else registry().hand(source)
    recording.columns(recorded.joints)  # before a codec is trained for nothing
    codec = None if recorded.id == spec.id else find_codec(recorded, space)
    return task_recording(recording, recorded, codec)


def _learned(spec: HandSpec, space: LatentSpace, seed: int) -> LearnedMap:
    from xlvla_sdk.onboarding import learn_map

    return learn_map(spec, space, seed)


def _onboarded(page: Path | None, spec: HandSpec, space: LatentSpace, **how: Any) -> OnboardReport:
    if page is None:
        from xlvla_sdk.onboarding import onboard

        return onboard(spec, space, **how)
    from xlvla_sdk.reporting import onboard_with_page

    done = onboard_with_page(page, spec, space, **how)
    note(f"the report is in {page}")
    return done


def _new(spec: HandSpec) -> HandSpec:
    from xlvla_sdk.registry import DATA_FOLDER, registry

    known = registry().devices.get(spec.id)
    if known is not None and known.plugin.name != DATA_FOLDER:
        raise SpecError(
            f"'{spec.id}' is a device of {known.plugin.label}. Call this hand something else with "
            "--name."
        )
    return spec
