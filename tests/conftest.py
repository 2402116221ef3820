"""Shape annotations are enforced while tests run, and no test touches the user's data folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

if TYPE_CHECKING:
    from xlvla_sdk.codec import LatentSpace

PACKAGE = Path(__file__).resolve().parents[1] / "xlvla_sdk"

# Modules without a shape gain nothing by it, and instrumenting them costs each process of a test run
# seconds. A package's front has no shapes; its name would mean all that it holds.
install_import_hook(
    [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and b"jaxtyping" in path.read_bytes()
    ],
    "beartype.beartype",
)

# The same examples in every run, and no deadline that a busy machine breaks.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

# A shell that starts a job in the background has it ignore Ctrl-C, which tests are about; what
# they start inherits the default from here.
signal.signal(signal.SIGINT, signal.default_int_handler)

# torch reads it when it is imported; the networks of tests are too small to share among cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")


DATA_FOLDERS = count()


@pytest.fixture(autouse=True)
def data_folder(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A data folder of the test's own, which is not made yet.

    A test that asks for no folder gets a path alone: finding a new folder's number takes longer with
    every folder that is there, and thousands of tests want none.
    """
    if "tmp_path" in request.fixturenames:
        folder = request.getfixturevalue("tmp_path") / "xlvla-data"
    else:
        folder = tmp_path_factory.getbasetemp() / f"xlvla-data-{next(DATA_FOLDERS)}"
    monkeypatch.setenv("XLVLA_DATA", str(folder))
    for name in [name for name in os.environ if name.startswith("XLVLA_") and name != "XLVLA_DATA"]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def listening() -> Iterator[None]:
    """Signals leave as they do under `xlvla`, however the tests were started: `nohup` ignores one."""
    from xlvla_sdk.leaving import ENDING, forget, listen

    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in ENDING}
    listen()
    yield
    forget()
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def tiny_space(tmp_path_factory: pytest.TempPathFactory) -> LatentSpace:
    """A space of two small hands, trained for a few steps."""
    from tests.trained import train_tiny_space

    return train_tiny_space(tmp_path_factory.mktemp("founding"))
