"""A codec that was trained here goes into the package, and the package's users find it there."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk import hookimpl
from xlvla_sdk.codec import LatentSpace, load_codec, save_codec
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.errors import CodecMismatch, PluginError, UnknownDevice
from xlvla_sdk.onboarding import locate_codec
from xlvla_sdk.onboarding.exporting import export
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import HandSpec, Side


class Vendor:
    """A plugin of claw hands, whose package lies in a folder."""

    __package__ = "xlvla_acme"

    def __init__(self, hands: list[HandSpec]) -> None:
        self.hands = hands

    @hookimpl
    def xlvla_register_devices(self, register) -> None:
        for hand in self.hands:
            register(hand)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Each test imports the package anew."""
    yield
    sys.modules.pop("xlvla_acme", None)


@pytest.fixture
def hands(tmp_path: Path) -> list[HandSpec]:
    return [claw_hand(tmp_path, "acme", side=side, length=0.045) for side in Side]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hands: list[HandSpec]) -> Path:
    """The package's folder; its hands are registered."""
    folder = tmp_path / "source" / "xlvla_acme"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.setenv("XLVLA_PLUGINS", "")
    monkeypatch.setenv("XLVLA_TRAIN", "0")
    registry().register_plugin(Vendor(hands), "acme")
    return folder


def keep(hand: HandSpec, space: LatentSpace) -> None:
    """The user has trained a codec of the hand."""
    save_codec(small_codec(hand, space.id, space.width), user_codec(space.id, hand.id))


def test_both_sides_are_put_into_the_package(
    package: Path, hands: list[HandSpec], space: LatentSpace
):
    keep(hands[0], space)
    done = export("acme", space=space)
    folder = package / "codecs" / space.name
    assert [one.path for one in done] == [
        folder / "acme-right.safetensors",
        folder / "acme-left.safetensors",  # the right one's: it is an exact mirror image
    ]
    assert load_codec(folder / "acme-left.safetensors").hand == "acme:left"
    user_codec(space.id, "acme:right").unlink()
    for hand in hands:
        found = locate_codec(hand, space)
        assert found is not None
        assert found[1] == "shipped"


def test_what_was_trained_here_goes_before_what_shipped_once(
    package: Path, hands: list[HandSpec], space: LatentSpace
):
    keep(hands[0], space)
    (first, _) = export("acme", space=space)
    assert first.path is not None
    before = first.path.read_bytes()
    codec = small_codec(hands[0], space.id, space.width)
    save_codec(
        type(codec)(**{**vars(codec), "measures": {"again": 1.0}}),
        user_codec(space.id, hands[0].id),
    )
    export("acme:right", space=space)
    assert first.path.read_bytes() != before


def test_a_codec_that_ships_already_is_left_as_it_is(
    package: Path, hands: list[HandSpec], space: LatentSpace
):
    keep(hands[0], space)
    (first, _) = export("acme", space=space)
    assert first.path is not None
    user_codec(space.id, hands[0].id).unlink()
    old = time.time() - 1000
    os.utime(first.path, (old, old))
    assert "already" in export("acme:right", space=space)[0].said
    assert first.path.stat().st_mtime == pytest.approx(old)


def test_another_folder_can_be_named(
    package: Path, hands: list[HandSpec], space: LatentSpace, tmp_path: Path
):
    keep(hands[0], space)
    with pytest.raises(PluginError, match="has no __init__"):
        export("acme", tmp_path, space)
    (tmp_path / "__init__.py").touch()
    (done, _) = export("acme", tmp_path, space)
    assert done.path == tmp_path / "codecs" / space.name / "acme-right.safetensors"


def test_an_installed_copy_is_refused(
    hands: list[HandSpec], space: LatentSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "site-packages" / "xlvla_acme"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder.parent)
    registry().register_plugin(Vendor(hands), "acme")
    with pytest.raises(PluginError, match=r"pip install -e.*--package"):
        export("acme", space=space)


def test_nothing_is_trained_where_that_is_forbidden(package: Path, space: LatentSpace):
    with pytest.raises(CodecMismatch, match="XLVLA_TRAIN=0"):
        export("acme", space=space)
    assert not (package / "codecs").exists()


def test_a_hand_that_is_none_is_named_with_what_is_near(package: Path, space: LatentSpace):
    with pytest.raises(UnknownDevice, match="acme:right"):
        export("acne", space=space)
