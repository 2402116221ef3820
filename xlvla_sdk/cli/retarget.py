"""`xlvla retarget`: a recording of one hand or robot becomes a recording of another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlvla_sdk.cli.bodies import FromStation
from xlvla_sdk.cli.options import AsJson, Space
from xlvla_sdk.cli.output import note, say, say_json
from xlvla_sdk.cli.robots import (
    Shift,
    Stand,
    Stations,
    is_robot,
    report_robots,
    retarget_robots,
)
from xlvla_sdk.errors import DataError

if TYPE_CHECKING:
    from xlvla_sdk.codec.retarget import RetargetReport
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.specs import HandSpec

    Retargeted = tuple[Recording, RetargetReport]


class How(StrEnum):
    """What finds the target's postures."""

    LATENT = "latent"
    REFINED = "refined"
    OPTIMISATION = "optimisation"


def retarget(
    recording: Annotated[Path, typer.Argument(metavar="IN.npz", help="The recording.")],
    source: Annotated[str, typer.Option("--from", metavar="EMBODIMENT", help="Whose it is.")],
    target: Annotated[
        list[str],
        typer.Option("--to", metavar="EMBODIMENT", help="Whose it becomes; may be repeated."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="OUT.npz", help="Where to write; a folder when there are several --to."
        ),
    ],
    clip: Annotated[
        bool, typer.Option("--clip", help="Clip joints more than 5 mrad outside their limits too.")
    ] = False,
    method: Annotated[
        How | None,
        typer.Option(
            help="latent: what a policy gets. refined: from there to the geometry's best; the "
            "default. optimisation: the same without any codec.",
        ),
    ] = None,
    refine: Annotated[
        bool | None,
        typer.Option("--refine/--latent-only", help="Short for --method refined, or latent."),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            "--layout",
            metavar="NAME",
            help="raw-1: joint by joint, as policies on raw joints would; to compare with.",
        ),
    ] = None,
    shift: Shift = None,
    station: Stand = None,
    from_station: FromStation = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Turn one hand's recording into another's, or one whole robot's.

    Columns are found by name; those of other devices are kept as they are, and so is time_s. A
    hand without a codec is onboarded first.

    With an arm, as in xarm7+inspire:right, the grasp stays where it was: the other hand's pinch
    point and palm stand where the first one's stood, in the task frame. A robot that can follow less
    than 95 % of the rows is refused, with the shift that helps. Robots' hands are refined only with
    --refine.

    The latent's answer is then refined: thumb-to-finger distances and directions are brought as
    near to the source's as the hand's geometry allows, some 10 to 20 ms a row. Policies
    cannot do that, for they see latents only; --method latent shows what they get. --space takes
    any space, also one that `xlvla pretrain --method lad` or `vq` made.

    \b
    Examples:
      xlvla retarget teleop.npz --from inspire:right --to xhand:right --out xhand.npz
      xlvla retarget teleop.npz --from inspire:right --to xhand:right --to paxini:right --out hands/
      xlvla retarget teleop.npz --from inspire:right --to xhand:right --out o.npz \\
          --method optimisation
      xlvla retarget teleop.npz --from xarm7+inspire:right --to g1+inspire:right --out g1.npz
    """
    from xlvla_sdk.messages import Recording
    from xlvla_sdk.registry import registry

    how = _how(method, refine)
    raw = layout not in (None, "xl-1")
    if raw and (method or refine) is not None:
        raise DataError(f"--layout {layout} has no latent to refine. Leave --method out.")
    if (raw or how is How.OPTIMISATION) and space is not None:
        what = f"--layout {layout}" if raw else "--method optimisation"
        raise DataError(f"{what} reads no latent space. Leave --space out.")
    paths = _paths(recording, target, out)
    bodies = [registry().embodiment(name) for name in (source, *target)]
    loaded = Recording.load(recording)
    if any(is_robot(body) for body in bodies):
        if how is How.OPTIMISATION:
            raise DataError("--method optimisation is for hands alone. Leave it out.")
        stations = Stations(from_station, station)
        asked = (
            method is not None or refine is not None
        )  # decisions.md says why it must be asked for
        refine = asked and how is How.REFINED
        done = retarget_robots(loaded, bodies, stations, shift, clip, refine, layout, space)
        for path, (result, _) in zip(paths, done, strict=True):
            result.save(path)
        report_robots(source, list(zip(target, paths, done, strict=True)), as_json)
        return
    if shift or station or from_station:
        raise DataError("--shift and --station are for robots with arms; these are hands alone.")
    specs = [registry().hand(name) for name in (source, *target)]
    loaded.columns(specs[0].joints)  # before a codec is trained for nothing
    if raw:
        results = _by_layout(loaded, specs, clip, str(layout))
    elif how is How.OPTIMISATION:
        results = _optimised(loaded, specs, clip)
    else:
        results = _through_latent(loaded, specs, clip, space, how is How.REFINED)
    for path, (result, _) in zip(paths, results, strict=True):
        result.save(path)
    for joint in results[0][1].clipped:
        note(f"{recording}: {joint}")
    facts = [
        _facts(source, name, path, result, report)
        for name, path, (result, report) in zip(target, paths, results, strict=True)
    ]
    if as_json:
        say_json(facts)
        return
    for fact in facts:
        kept = f"; kept as they are: {', '.join(fact['kept'])}" if fact["kept"] else ""
        said = f"{fact['rows']} rows at {fact['rate_hz']:.2f} Hz, {source} to {fact['to']}{kept}"
        say(f"{fact['out']}: {said}")


def _how(method: How | None, refine: bool | None) -> How:
    short = None if refine is None else How.REFINED if refine else How.LATENT
    if method is not None and short not in (None, method):
        raise DataError(
            f"--method {method} and --{'refine' if refine else 'latent-only'} contradict each "
            "other. Leave one of them out."
        )
    return method or short or How.REFINED


def _optimised(recording: Recording, specs: list[HandSpec], clip: bool) -> list[Retargeted]:
    from xlvla_sdk.codec.retarget import PlainHand, retarget_by_optimisation
    from xlvla_sdk.kinematics import shared_kinematics

    first, *others = (PlainHand(spec.id, shared_kinematics(spec)) for spec in specs)
    return [retarget_by_optimisation(recording, first, hand, clip) for hand in others]


def _by_layout(
    recording: Recording, specs: list[HandSpec], clip: bool, layout: str
) -> list[Retargeted]:
    from xlvla_sdk.layouts import make_layout, retarget_rows
    from xlvla_sdk.registry import registry

    first, *others = (make_layout(layout, registry().embodiment(spec.id), {}) for spec in specs)
    return [retarget_rows(recording, first, rows, clip) for rows in others]


def _through_latent(
    recording: Recording, specs: list[HandSpec], clip: bool, space: str | None, refine: bool
) -> list[Retargeted]:
    from xlvla_sdk.codec import DEFAULT_SPACE, load_space
    from xlvla_sdk.codec.retarget import retarget as retargeted
    from xlvla_sdk.onboarding import find_codec

    used = load_space(space or DEFAULT_SPACE)
    first, *others = (find_codec(spec, used) for spec in specs)
    return [retargeted(recording, first, codec, clip, refine) for codec in others]


def _paths(recording: Path, targets: list[str], out: Path) -> list[Path]:
    if len(set(targets)) < len(targets):
        raise DataError("--to names a hand twice. Leave one of the two out.")
    if len(targets) == 1 and not out.is_dir():
        return [out]
    if out.exists() and not out.is_dir():
        raise DataError(f"{out}: is a file, but {len(targets)} hands need a folder. Name one.")
    return [out / f"{recording.stem}-{name.replace(':', '-')}.npz" for name in targets]


def _facts(
    source: str, target: str, path: Path, result: Recording, report: RetargetReport
) -> dict[str, Any]:
    return {
        "from": source,
        "to": target,
        "out": str(path),
        "rows": report.rows,
        "rate_hz": report.rate_hz,
        "columns": list(result.joint_names),
        "kept": list(report.passed_through),
        "clipped": [vars(joint) for joint in report.clipped],
    }
