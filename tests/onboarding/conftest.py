"""Onboarding in little: a recipe of a few steps, measured on a few postures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.space import save_space
from xlvla_sdk.registry import registry


@pytest.fixture
def space(tiny_space: LatentSpace, data_folder) -> LatentSpace:
    """The tiny space, where `load_space` finds it."""
    save_space(tiny_space, data_folder / "spaces")
    return tiny_space


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training and measuring take a moment; what comes of it is poor and is not judged so."""
    from tests.trained import TINY
    from xlvla_sdk.latent import evaluation, fitting, sampling, trials
    from xlvla_sdk.onboarding import report

    def uniform(hand, count, generator, *_, **how):
        return sampling.uniform(hand, count, generator)

    monkeypatch.setattr(sampling, "closing", uniform)
    monkeypatch.setattr(fitting, "FIT", TINY)
    monkeypatch.setattr(fitting, "FIT_TWIN", TINY)
    monkeypatch.setattr(evaluation, "evaluate", partial(evaluation.evaluate, count=8))
    monkeypatch.setattr(trials, "ORACLE_STEPS", 2)
    monkeypatch.setattr(report, "FAIR", 1e9)


@pytest.fixture(autouse=True)
def fresh_registry() -> Iterator[None]:
    """What a test registers is gone afterwards."""
    registry.cache_clear()
    yield
    registry.cache_clear()
