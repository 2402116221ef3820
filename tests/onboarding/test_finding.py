"""A hand's codec is found where it is, and one of another hand is never used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from tests.small_hand import small_hand
from xlvla_sdk import find_codec
from xlvla_sdk.codec import LatentCodec, LatentSpace, save_codec
from xlvla_sdk.codec.store import codec_name, user_codec
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.onboarding import locate_codec
from xlvla_sdk.specs import HandSpec, Side

Package = Callable[[HandSpec, LatentCodec], str]


@pytest.fixture
def newcomer(tmp_path: Path) -> HandSpec:
    return claw_hand(tmp_path, "new", length=0.045)


@pytest.fixture
def codec(newcomer: HandSpec, space: LatentSpace) -> LatentCodec:
    """A codec of the newcomer, trained by nobody."""
    return small_codec(newcomer, space.id, space.width)


@pytest.fixture
def package(tmp_path: Path, space: LatentSpace, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Writes a plugin's package that ships a codec; returns its name."""

    def write(spec: HandSpec, codec: LatentCodec) -> str:
        folder = tmp_path / "site" / f"xlvla_{spec.name}"
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        save_codec(codec, folder / "codecs" / space.name / codec_name(spec.id))
        monkeypatch.syspath_prepend(folder.parent)
        return folder.name

    return write


def located(spec: HandSpec, space: LatentSpace, package: str | None = None) -> str | None:
    """Where a codec is from."""
    found = locate_codec(spec, space, package=package)
    return found[1] if found else None


def test_a_founding_hand_is_known_whatever_it_is_called(space: LatentSpace, tmp_path: Path):
    found = locate_codec(claw_hand(tmp_path, "renamed"), space)
    assert found == (space.hands["claw:right"], "founding")


def test_an_exact_mirror_image_of_a_founding_hand_is_one(space: LatentSpace, tmp_path: Path):
    assert located(claw_hand(tmp_path, side=Side.LEFT), space) == "founding"


def test_a_hand_nobody_trained_has_none(newcomer: HandSpec, space: LatentSpace):
    assert locate_codec(newcomer, space) is None


def test_a_plugins_package_ships_codecs(
    newcomer: HandSpec, codec: LatentCodec, space: LatentSpace, package: Package
):
    assert located(newcomer, space, package(newcomer, codec)) == "shipped"


def test_the_users_codec_is_told_by_its_day(
    newcomer: HandSpec, codec: LatentCodec, space: LatentSpace
):
    save_codec(codec, user_codec(space.id, newcomer.id))
    assert located(newcomer, space) == date.today().isoformat()
    assert find_codec(newcomer, space).hand == "new:right"


def test_what_ships_goes_before_what_the_user_has(
    newcomer: HandSpec, codec: LatentCodec, space: LatentSpace, package: Package
):
    save_codec(codec, user_codec(space.id, newcomer.id))
    assert located(newcomer, space, package(newcomer, codec)) == "shipped"


def test_the_other_side_shares_its_codec_when_it_is_the_mirror_image(
    newcomer: HandSpec, codec: LatentCodec, space: LatentSpace, tmp_path: Path
):
    save_codec(codec, user_codec(space.id, newcomer.id))
    found = locate_codec(claw_hand(tmp_path, "new", Side.LEFT, 0.045), space)
    assert found is not None
    assert found[0].hand == "new:left"
    assert located(claw_hand(tmp_path, "new", Side.LEFT, 0.046), space) is None


def test_a_codec_whose_hand_changed_is_not_used_and_it_is_said(
    newcomer: HandSpec,
    codec: LatentCodec,
    space: LatentSpace,
    package: Package,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    save_codec(codec, user_codec(space.id, newcomer.id))
    name = package(newcomer, codec)
    changed = claw_hand(tmp_path, "new", length=0.045001)
    with caplog.at_level(logging.WARNING):
        assert located(changed, space, name) is None
    assert len(caplog.messages) == 2
    assert "new-right.safetensors was trained for another hand (geometry of" in caplog.messages[0]


def test_a_codec_of_another_space_is_not_used_and_it_is_said(
    newcomer: HandSpec, codec: LatentCodec, space: LatentSpace, caplog: pytest.LogCaptureFixture
):
    save_codec(replace(codec, space="tiny-1@00000000"), user_codec(space.id, newcomer.id))
    with caplog.at_level(logging.WARNING):
        assert located(newcomer, space) is None
    assert f"is of space tiny-1@00000000, not {space.id}: not used" in caplog.text


def test_a_damaged_codec_is_refused_and_not_trained_over(
    newcomer: HandSpec, codec: LatentCodec, space: LatentSpace
):
    path = user_codec(space.id, newcomer.id)
    save_codec(codec, path)
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(CodecMismatch, match=r"new-right\.safetensors: is cut off"):
        find_codec(newcomer, space)


def test_training_can_be_forbidden(
    newcomer: HandSpec, space: LatentSpace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XLVLA_TRAIN", "0")
    said = rf"new:right has no codec in {space.id}.*Run `xlvla onboard new:right` first"
    with pytest.raises(CodecMismatch, match=said):
        find_codec(newcomer, space)
    assert not user_codec(space.id, newcomer.id).exists()


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_what_is_not_there_is_trained_then_and_there_once(
    newcomer: HandSpec, space: LatentSpace, monkeypatch: pytest.MonkeyPatch
):
    first = find_codec(newcomer, space, progress=False)
    assert user_codec(space.id, newcomer.id).is_file()
    monkeypatch.setenv("XLVLA_TRAIN", "0")
    again = find_codec(newcomer, space)
    assert again.measures == first.measures
    assert again.kinematics.difference(first.kinematics) is None


def test_without_a_space_the_shipped_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XLVLA_TRAIN", "0")
    with pytest.raises(CodecMismatch, match="small:right has no codec in anthro4-1@"):
        find_codec(small_hand(tmp_path))
