"""The walk over an example's emulated wire takes half a minute: `make test-slow` takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
WALKS = ("test_wire", "test_safety")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the kit's tests that drive an emulator as slow."""
    for item in items:
        walks = isinstance(item, pytest.Function) and item.originalname in WALKS
        if walks and item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
