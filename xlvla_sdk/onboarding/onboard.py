"""onboard: trains a hand's codec against the frozen space, measures it, judges it, saves it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec, LatentSpace, load_space, save_codec
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import hand_kinematics, shared_kinematics
from xlvla_sdk.onboarding.curve import TrainingCurve
from xlvla_sdk.onboarding.finding import locate_codec
from xlvla_sdk.onboarding.lock import one_at_a_time
from xlvla_sdk.onboarding.progress import training_bar
from xlvla_sdk.onboarding.report import OnboardReport, judge
from xlvla_sdk.onboarding.task import TaskRecording, on_every_hand, task_gain
from xlvla_sdk.specs import HandSpec

if TYPE_CHECKING:
    from xlvla_sdk.latent.evaluation import Evaluation
    from xlvla_sdk.latent.presets import Preset

log = logging.getLogger(__name__)


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
    task: TaskRecording | None = None,
) -> OnboardReport:
    """Gives a hand its encoder and decoder in a frozen space.

    Several processes may ask for the same hand at once: one trains, the others wait and find what
    it saved.

    Args:
        spec: The hand.
        space: The latent space; the shipped one when left out.
        preset: The recipe of training; the one of the method that trained the space when left out.
        seed: Of everything drawn in training.
        again: Train even when the hand has a codec already.
        accept: Save a codec that is judged poor.
        out: Where to write; the user's data folder when left out. Given, it always trains.
        progress: Whether to show a bar on stderr; on a terminal when left out.
        task: A recording to train near to: its postures are mixed into training, and the report says
            what that gained on a part held out. Given, it always trains, and twice: once without it,
            to compare with.

    Returns:
        The codec, its measures and the verdict.

    Raises:
        SpecError: When the hand's URDF is read otherwise by pytorch_kinematics.
        XlvlaError: When the codec is poor and not accepted; nothing is saved then.
    """
    space = space or load_space()
    train = again or out is not None or task is not None
    if not train and (known := _known(spec, space)):
        return known
    path = out or user_codec(space.id, spec.id)
    with one_at_a_time(space.id, spec.id) if out is None else nullcontext():
        # Another process may have trained it since, or while this one waited.
        if not train and (known := _known(spec, space)):
            return known
        with _told_when_stopped(spec.id, path):
            report = _trained(spec, space, preset, seed, progress, task)
        return _saved(report, accept, path)


def _known(spec: HandSpec, space: LatentSpace) -> OnboardReport | None:
    """The report on the codec a hand has already."""
    if not (found := locate_codec(spec, space)):
        return None
    codec, origin = found
    return report_on(codec, space, origin=origin, seconds=0.0)


def _trained(
    spec: HandSpec,
    space: LatentSpace,
    preset: Preset | None,
    seed: int,
    progress: bool | None,
    task: TaskRecording | None,
) -> OnboardReport:
    # torch and pytorch_kinematics take seconds to import, and only training needs them.
    from xlvla_sdk.kinematics.reference import check_against_reference
    from xlvla_sdk.latent.methods import join_space

    check_against_reference(spec, hand_kinematics(spec))
    kinematics = shared_kinematics(spec)

    def trained(near: Mapping[str, Float[np.ndarray, "_ _"]]) -> LatentCodec:
        with training_bar(spec.id, progress) as told:
            curve = TrainingCurve(told)
            codec = join_space(space, spec.id, kinematics, preset, seed, curve, near)
        return replace(codec, measures={**codec.measures, "curve": curve.points()})

    near = {} if task is None else on_every_hand(task, spec.id, kinematics, space)
    began = perf_counter()
    codec = trained(near)
    seconds = perf_counter() - began
    report = report_on(codec, space, origin="trained", seconds=seconds)
    return replace(report, gain=task and task_gain(task, space, trained({}), codec))


@contextmanager
def _told_when_stopped(hand: str, path: Path) -> Iterator[None]:
    """Ctrl-C and SIGTERM go on their way; the log says that nothing was saved."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        before = f"; {path.name} is as it was" if path.exists() else ""
        log.warning("%s: training was stopped, and nothing was saved%s", hand, before)
        raise


def report_on(
    codec: LatentCodec, space: LatentSpace, *, origin: str, seconds: float
) -> OnboardReport:
    """Measures a codec against the founding hands of its space, and judges it.

    A founding twin is left out where there are others: between hands that move alike geometry allows
    everything, and a ratio to nothing says nothing.
    """
    from xlvla_sdk.latent.diagnosis import diagnose
    from xlvla_sdk.latent.evaluation import evaluate
    from xlvla_sdk.latent.fitting import twin

    alike = twin(space, codec.kinematics)
    others = {h: c for h, c in space.hands.items() if alike is None or h != alike.hand}
    others = others or dict(space.hands)
    # A hand that has changed since it founded the space is compared with what it was, too.
    name = f"{codec.hand} (new)" if codec.hand in others else codec.hand
    codecs = {**others, name: codec}
    pairs = [pair for hand in others for pair in ((hand, name), (name, hand))]
    measured = evaluate(codecs, pairs, with_oracle=True, closings=space.closings)
    known = [other.kinematics for other in others.values()]
    verdict = judge(measured, diagnose(name, codec.kinematics, known, measured.trials))
    founding = _founding(space)
    return OnboardReport(codec, space.id, measured, founding, verdict, origin, seconds, None)


def _founding(space: LatentSpace) -> Evaluation:
    """The founding hands' own measures: what the space's card says, else taken now."""
    from xlvla_sdk.latent.evaluation import Evaluation, evaluate

    said = space.card.get("measures")
    return Evaluation.from_json(said) if said else evaluate(space.hands, closings=space.closings)


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
