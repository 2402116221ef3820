"""The command line in this process, and a space for it that nobody had to train."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from tests.line_device import LineEmulator, LinePlugin
from tests.spaces import save_toy_space
from xlvla_sdk.cli import main
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that says what was wrong."""
        lines = self.err.strip().splitlines()
        assert "Traceback" not in self.err, self.err
        assert self.code == 1, self
        return lines[-1]


class Command(Protocol):
    def __call__(self, *words: object) -> Done: ...


@pytest.fixture
def xlvla(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Runs a command line; training is forbidden, since none of these tests is about it."""
    monkeypatch.setenv("XLVLA_TRAIN", "0")
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def command(*words: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    yield command
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a space of the installed right hands."""
    return save_toy_space(tmp_path_factory.mktemp("spaces"))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of further installed plugins."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    registry.cache_clear()
    yield folder
    registry.cache_clear()
    for name in [name for name in sys.modules if "acme" in name]:
        del sys.modules[name]


def waving(hand: str, seconds: float = 2.0) -> Recording:
    """A recording of a hand whose joints go through the middle of their range, with an arm's column."""
    spec = registry().hand(hand)
    time_s = np.arange(0.0, seconds, 0.05)
    lower, upper = spec.limits
    qpos = lower + (upper - lower) * (0.5 + 0.3 * np.sin(time_s)[:, None])
    arm = np.cos(time_s)[:, None]
    return Recording(np.hstack([arm, qpos]), None, ("arm_joint", *spec.joints), time_s)


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    """A recording of the Inspire hand."""
    path = tmp_path / "motion.npz"
    waving("inspire:right").save(path)
    return path


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LineEmulator]:
    """The right line hand, registered and emulated, without the wire's time."""
    monkeypatch.setenv("XLVLA_PLUGINS", "")
    registry.cache_clear()
    registry().register_plugin(LinePlugin(tmp_path), "line")
    with LineEmulator(registry().hand("line:right"), "serial", timed=False) as emulator:
        yield emulator
    registry.cache_clear()
