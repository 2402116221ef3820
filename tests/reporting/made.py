"""A report on a hand that nobody trained for long, and its page, for tests of pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk import hookimpl
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.onboarding import OnboardReport, register
from xlvla_sdk.onboarding.onboard import report_on
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec

SOURCE = "<script>alert('&')</script>"
CURVE = [[10, 2.0], [20, 0.9], [30, 0.5], [40, 0.42]]


@contextmanager
def measured_quickly() -> Iterator[None]:
    """Measures are taken on a few postures, and the oracle takes a few steps."""
    from xlvla_sdk.latent import evaluation, sampling, trials
    from xlvla_sdk.reporting import beside, latency

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling, "_closed", partial(sampling._closed, steps=12, rate=0.5))
        few = partial(evaluation.evaluate, count=24)
        patch.setattr(evaluation, "evaluate", few)
        patch.setattr(beside, "evaluate", few)
        patch.setattr(trials, "ORACLE_STEPS", 3)
        patch.setattr(latency, "CALLS", 5)
        yield


@contextmanager
def claws_installed(folder: Path) -> Iterator[None]:
    """The tiny space's hand `claw` is installed; its hand `small` is not."""

    class Claws:
        @hookimpl
        def xlvla_register_devices(self, register) -> None:
            register(claw_hand(folder))

    registry.cache_clear()
    register(Claws())
    yield
    registry.cache_clear()


def newcomer(folder: Path) -> HandSpec:
    """A hand unlike the founding ones, from a source that means harm."""
    spec = claw_hand(folder, "new", length=0.075)
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    return HandSpec(**{**fields, "source": SOURCE})


def report_of(spec: HandSpec, space: LatentSpace) -> OnboardReport:
    """What is said of the hand with a codec that says its joints, and a curve that was made up."""
    codec = small_codec(spec, space.id, space.width)
    codec = replace(codec, measures={"curve": CURVE})
    return report_on(codec, space, origin="trained", seconds=1.5)
