"""The demonstration end to end, with hands and codecs small enough for a quick test."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.codecs import slow_wave, small_codec
from tests.small_hand import TIPS, small_hand
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.demo import demo
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.plugin import Device, Offer, PluginInfo
from xlvla_sdk.registry import Registry
from xlvla_sdk.specs import HandSpec, Side, hand_from_urdf


@pytest.fixture
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[HandSpec, HandSpec]:
    """Two hands, codecs that need no training, and an onboarding that only leaves a trace."""
    first, second = small_hand(tmp_path, "first"), small_hand(tmp_path, "second")
    known = Registry()
    monkeypatch.setattr(demo, "registry", lambda: known)

    def register(plugin: object, **_: object) -> tuple[Device, ...]:
        (Path(os.environ["XLVLA_DATA"]) / "trained").touch()
        devices = tuple(Device(spec, PluginInfo("small")) for spec in (first, second))
        known._keep(Offer(tuple(devices)))
        return devices[1:]

    def find_codec(spec: HandSpec, **_: object) -> LatentCodec:
        return small_codec(spec)

    monkeypatch.setattr(demo, "register", register)
    monkeypatch.setattr(demo, "find_codec", find_codec)
    monkeypatch.setattr(demo, "load_example_plugin", SimpleNamespace)
    return first, second


def test_a_recording_is_played_on_every_hand_and_everything_is_written(
    small_world: tuple[HandSpec, HandSpec], tmp_path: Path, data_folder: Path
):
    first, _ = small_world
    out = tmp_path / "out"
    report = demo.run_demo(out, slow_wave(first, seconds=1.0), first)
    with Image.open(out / "contact_sheet.png") as sheet:
        assert sheet.width > 600
    with Image.open(out / "demo.gif") as animation:
        assert getattr(animation, "n_frames", 1) > 3
    written = json.loads((out / "measures.json").read_text())
    assert written == report.to_json()
    assert set(written["episodes"]) == {"first:right", "second:right"}
    assert written["onboarded"] == ["second:right"]
    assert written["passed"]
    assert "drawn with" in report.table() or "rendered with" in report.table()
    assert not data_folder.exists(), "the demo's own data folder was used"


@pytest.mark.slow
def test_every_hand_follows_the_recording(
    small_world: tuple[HandSpec, HandSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first, second = small_world
    recording = slow_wave(first, seconds=1.0)
    performances = []
    play = demo._play
    monkeypatch.setattr(demo, "_play", lambda *a: performances.extend(play(*a)) or performances)
    demo.run_demo(tmp_path / "out", recording, first)
    for done, spec in zip(performances, (first, second), strict=True):
        assert done.spec == spec
        middle = recording.qpos[25]
        np.testing.assert_allclose(done.asked(0.5), middle, atol=0.2)
        np.testing.assert_allclose(done.reached(0.5), done.asked(0.5), atol=0.1)


def test_a_hand_that_nothing_may_move_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    known, mover = Registry(), small_hand(tmp_path, "mover")
    still = hand_from_urdf(Path(str(mover.urdf)), Side.RIGHT, TIPS, "still")
    known._keep(Offer(tuple(Device(spec, PluginInfo("small")) for spec in (still, mover))))
    monkeypatch.setattr(demo, "registry", lambda: known)
    assert demo._right_hands(mover, ()) == [mover]
    assert "still:right is left out" in caplog.text


def test_without_the_extra_nothing_is_trained(
    small_world: tuple[HandSpec, HandSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def missing() -> None:
        raise XlvlaError("simulation needs MuJoCo. Install it with `pip install 'xlvla-sdk[sim]'`.")

    trained = []
    monkeypatch.setattr(demo, "load_mujoco", missing)
    monkeypatch.setattr(demo, "register", lambda plugin, **_: trained.append(plugin))
    with pytest.raises(XlvlaError, match=r"xlvla-sdk\[sim\]"):
        demo.run_demo(tmp_path / "out")
    assert not trained
    assert not (tmp_path / "out").exists()
