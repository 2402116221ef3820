from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.synthesis.lifting import BODY, NAME, registered
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.synthesis import SynthPlan, synthesize


@pytest.fixture
def lift() -> Iterator[None]:
    """The task `lift` is among those that ship."""
    with registered():
        yield


@pytest.fixture(scope="session")
def lifts(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two demonstrations of it; they are only read."""
    folder = tmp_path_factory.mktemp("lifts") / "raw"
    with registered():
        synthesize(SynthPlan(NAME, BODY, 2), folder)
    return Dataset.open(folder)
