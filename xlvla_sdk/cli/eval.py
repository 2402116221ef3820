"""`xlvla eval`: how good the codecs of a space are, and how shared it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.measures import measured_rows
from xlvla_sdk.cli.options import AsJson, Seed, Space
from xlvla_sdk.cli.output import columns, say, say_json
from xlvla_sdk.cli.sharing import sharing_tables, smoothness_table
from xlvla_sdk.errors import DataError, SpecError

if TYPE_CHECKING:
    from xlvla_sdk.codec import LatentCodec, LatentSpace
    from xlvla_sdk.latent.smoothness import Smoothness


def evaluate(
    hands: Annotated[
        list[str] | None, typer.Argument(help="Hands to measure. Left out: the founding ones.")
    ] = None,
    oracle: Annotated[
        bool, typer.Option("--oracle", help="Beside what geometry allows; takes its time.")
    ] = False,
    sharing: Annotated[
        bool,
        typer.Option("--sharing/--no-sharing", help="Measure how shared the space is, or not."),
    ] = True,
    recording: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Measure how smooth this motion stays on other hands."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="HAND",
            help="With --recording: whose it is, if its columns do not say.",
        ),
    ] = None,
    refine: Annotated[
        bool,
        typer.Option(
            "--refine/--latent-only", help="With --recording: refined too, or the latent alone."
        ),
    ] = True,
    clip: Annotated[
        bool,
        typer.Option("--clip", help="With --recording: clip joints more than 5 mrad outside too."),
    ] = False,
    seed: Seed = 7,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Measure the codecs of a space.

    Each against every other, as means over ordered pairs.

    RT are postures uniform within limits, CP closes the thumb on one finger after the other.

    Then how shared the space is: whether hands have the same codes for the same geometry, what is
    decoded from codes drawn at random, and from codes between two pinches.

    \b
    Examples:
      xlvla eval --json
      xlvla eval xhand:right xhand:left inspire:right --oracle
      xlvla eval --recording teleop.npz --from inspire:right
    """
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.onboarding import find_codec
    from xlvla_sdk.registry import registry

    if hands and len(set(hands)) < 2:
        raise SpecError(
            "name two hands or more: measures are of pairs. Or none: the founding ones."
        )
    if source is not None and recording is None:
        raise DataError("--from says whose recording it is. Give --recording too.")
    loaded = load_space(space or DEFAULT_SPACE)
    codecs = dict(loaded.hands)
    if hands:
        codecs = {name: find_codec(registry().hand(name), loaded) for name in hands}
    smooth = recording and _smooth(recording, source, codecs, loaded, refine, clip)
    from xlvla_sdk.latent.evaluation import evaluate as measured

    closings = {} if hands else loaded.closings
    evaluation = measured(codecs, None, oracle, seed, with_sharing=sharing, closings=closings)
    if as_json:
        facts = {"space": loaded.id, "hands": list(codecs), **evaluation.to_json()}
        say_json({**facts, **({"smoothness": smooth.to_json()} if smooth else {})})
        return
    say(columns(measured_rows(evaluation), right=range(1, 8)))
    if evaluation.sharing:
        say(f"\n{sharing_tables(evaluation.sharing)}")
    if smooth:
        say(f"\n{smoothness_table(smooth)}")
    say(f"\n{loaded.id}: {' '.join(codecs)}")


def _smooth(
    recording: Path,
    source: str | None,
    codecs: dict[str, LatentCodec],
    space: LatentSpace,
    refine: bool,
    clip: bool,
) -> Smoothness:
    from xlvla_sdk.latent.smoothness import measure_smoothness, recorded_hand
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.onboarding import find_codec
    from xlvla_sdk.registry import registry

    loaded = Recording.load(recording)
    source = source or recorded_hand(loaded, codecs)
    if source not in codecs:
        spec = registry().hand(source)
        loaded.columns(spec.joints)  # before a codec is trained for nothing
        codecs = {**codecs, source: find_codec(spec, space)}
    targets = {hand: codec for hand, codec in codecs.items() if hand != source}
    return measure_smoothness(loaded, codecs[source], targets, refine, clip)
