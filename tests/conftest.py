"""Shape annotations are enforced while tests run, and no test touches the user's data folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

if TYPE_CHECKING:
    from xlvla_sdk.codec import LatentSpace

install_import_hook("xlvla_sdk", "beartype.beartype")

# The same examples in every run, and no deadline that a busy machine breaks.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

# torch reads it when it is imported; the networks of tests are too small to share among cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    folder = tmp_path / "xlvla-data"
    monkeypatch.setenv("XLVLA_DATA", str(folder))
    for name in [name for name in os.environ if name.startswith("XLVLA_") and name != "XLVLA_DATA"]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture(scope="session")
def tiny_space(tmp_path_factory: pytest.TempPathFactory) -> LatentSpace:
    """A space of two small hands, trained for a few steps."""
    from tests.trained import train_tiny_space

    return train_tiny_space(tmp_path_factory.mktemp("founding"))
