"""Shape annotations are enforced while tests run, and no test touches the user's data folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

install_import_hook("xlvla_sdk", "beartype.beartype")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    folder = tmp_path / "xlvla-data"
    monkeypatch.setenv("XLVLA_DATA", str(folder))
    for name in [name for name in os.environ if name.startswith("XLVLA_") and name != "XLVLA_DATA"]:
        monkeypatch.delenv(name)
    return folder
