"""onboard: trains a hand's codec against the frozen space, measures it, judges it, saves it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from xlvla_sdk.codec import LatentCodec, LatentSpace, load_space, save_codec
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import HandKinematics, hand_kinematics, shared_kinematics
from xlvla_sdk.onboarding.finding import locate_codec
from xlvla_sdk.onboarding.progress import training_bar
from xlvla_sdk.onboarding.report import OnboardReport, judge
from xlvla_sdk.specs import HandSpec

if TYPE_CHECKING:
    from xlvla_sdk.latent.presets import Preset


def onboard(
    spec: HandSpec,
    space: LatentSpace | None = None,
    *,
    preset: Preset | None = None,
    seed: int = 7,
    again: bool = False,
    accept: bool = False,
    out: Path | None = None,
    progress: bool | None = None,
) -> OnboardReport:
    """Gives a hand its encoder and decoder in a frozen space.

    Args:
        spec: The hand.
        space: The latent space; the shipped one when left out.
        preset: The recipe of training; the one `xlvla_sdk.latent.fitting.fit` takes when left out.
        seed: Of everything drawn in training.
        again: Train even when the hand has a codec already.
        accept: Save a codec that is judged poor.
        out: Where to write; the user's data folder when left out. Given, it always trains.
        progress: Whether to show a bar on stderr; on a terminal when left out.

    Returns:
        The codec, its measures and the verdict.

    Raises:
        SpecError: When the hand's URDF is read otherwise by pytorch_kinematics.
        XlvlaError: When the codec is poor and not accepted; nothing is saved then.
    """
    space = space or load_space()
    if out is None and not again and (found := locate_codec(spec, space)):
        codec, origin = found
        return report_on(codec, space, origin=origin, seconds=0.0)
    # torch and pytorch_kinematics take seconds to import, and only training needs them.
    from xlvla_sdk.kinematics.reference import check_against_reference
    from xlvla_sdk.latent.fitting import fit

    check_against_reference(spec, hand_kinematics(spec))
    kinematics = shared_kinematics(spec)
    began = perf_counter()
    with training_bar(spec.id, progress) as told:
        codec = fit(space, spec.id, kinematics, preset, seed, told)
    report = report_on(codec, space, origin="trained", seconds=perf_counter() - began)
    return _saved(report, accept, out or user_codec(space.id, spec.id))


def report_on(
    codec: LatentCodec, space: LatentSpace, *, origin: str, seconds: float
) -> OnboardReport:
    """Measures a codec against every founding hand of its space, and judges it."""
    from xlvla_sdk.latent.evaluation import evaluate

    others = {h: c for h, c in space.hands.items() if not _same(c.kinematics, codec.kinematics)}
    # A hand that has changed since it founded the space is compared with what it was, too.
    name = f"{codec.hand} (new)" if codec.hand in others else codec.hand
    codecs = {**others, name: codec}
    pairs = [pair for hand in others for pair in ((hand, name), (name, hand))]
    measured = evaluate(codecs, pairs, with_oracle=True)
    founding = evaluate(space.hands)
    verdict = judge(measured)
    return OnboardReport(codec, space.id, measured, founding, verdict, origin, seconds, None)


def _saved(report: OnboardReport, accept: bool, path: Path) -> OnboardReport:
    if report.verdict.grade == "poor" and not accept:
        raise XlvlaError(
            f"{report.codec.hand}: the codec is poor and was not saved. {report.verdict.reason} "
            "Mend the hand's description, or keep the codec all the same with --accept.",
            report=report,
        )
    codec = replace(report.codec, measures=report.summary())
    save_codec(codec, path)
    return replace(report, codec=codec, path=path)


def _same(one: HandKinematics, other: HandKinematics) -> bool:
    return one.difference(other) is None
