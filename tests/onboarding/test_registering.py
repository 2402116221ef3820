"""A plugin joins a running program, and its hands the latent space."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.claw_hand import claw_hand
from tests.specs.test_arm import arm
from xlvla_sdk import hookimpl, register
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.errors import PluginError
from xlvla_sdk.hookspecs import Register
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec


def plugin_of(*specs: object) -> SimpleNamespace:
    @hookimpl
    def xlvla_register_devices(register: Register) -> None:
        for spec in specs:
            register(spec)  # type: ignore[arg-type]

    return SimpleNamespace(xlvla_register_devices=xlvla_register_devices, __name__="made_up")


@pytest.fixture
def hand(tmp_path: Path) -> HandSpec:
    return claw_hand(tmp_path, "new", length=0.045)


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_with_onboard_every_hand_gets_its_codec_and_arms_none(
    hand: HandSpec, space: LatentSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("xlvla_sdk.onboarding.finding.load_space", lambda: space)
    devices = register(plugin_of(hand, arm(tmp_path)), onboard=True, progress=False)
    assert [device.spec.id for device in devices] == ["new:right", "lifter"]
    assert user_codec(space.id, "new:right").is_file()
    assert len(list(user_codec(space.id, "new:right").parent.iterdir())) == 1


def test_without_onboard_nothing_is_trained(hand: HandSpec, data_folder: Path):
    register(plugin_of(hand))
    assert registry().hand("new:right") is hand
    assert not (data_folder / "codecs").exists()


def test_a_plugin_that_cannot_be_used_is_refused(data_folder: Path):
    with pytest.raises(PluginError, match="made_up"):
        register(SimpleNamespace(__name__="made_up"), onboard=True)
    assert not (data_folder / "codecs").exists()
