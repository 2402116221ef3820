from __future__ import annotations

from pathlib import Path

import pytest

from tests.learning.demonstrations import reaches
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.shape import Shape
from xlvla_sdk.learning.training import Recipe, train

TINY = Shape(0, 0, 0, channels=16, heads=2, context_layers=1, expert_layers=1)
BRIEF = Recipe(steps=40, batch=8, rate=2e-2, warm=5, every=12)


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Of four episodes; they are only read."""
    return Samples.of(reaches(tmp_path_factory.mktemp("reaches") / "d"))


@pytest.fixture(scope="session")
def losses() -> list[float]:
    """The running loss of every step of the training of `trained`."""
    return []


@pytest.fixture(scope="session")
def trained(
    samples: Samples, losses: list[float], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A policy that was trained on them for a moment; it is only read."""
    folder = tmp_path_factory.mktemp("trained") / "reaches"
    train(samples, folder, BRIEF, shape=TINY, told=lambda _, __, loss: losses.append(loss))
    return folder
