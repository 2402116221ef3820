"""Where the fact sheets' URDFs and the recording lie, for tests and benches that use them."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_path(relative: str) -> Path:
    """A file of the shared data; the calling test skips when it is not there."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"needs {relative} of the shared data, which lies beside the checkout")
    return path
