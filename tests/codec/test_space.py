"""A space is found by name, sealed by its hash, and knows its founding hands by their kinematics."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentCodec, LatentSpace, load_space
from xlvla_sdk.codec.codec import DELTAS
from xlvla_sdk.codec.file import codec_tensors, load_tensors, save_tensors
from xlvla_sdk.codec.mlp import Activation, Layer, Mlp
from xlvla_sdk.codec.space import save_space, space_files, space_hash
from xlvla_sdk.codec.store import codec_name, user_codec
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.specs import HandSpec, Side

CARD = {"seed": 3, "preset": {"name": "none"}}


def space_of(*hands: HandSpec, name: str = "pair-1") -> LatentSpace:
    plain = {hand.id: small_codec(hand) for hand in hands}
    digest = space_hash({hand: (c.kinematics, codec_tensors(c)) for hand, c in plain.items()})
    codecs = {hand.id: small_codec(hand, f"{name}@{digest[:8]}") for hand in hands}
    return LatentSpace(name, digest, codecs, CARD)


@pytest.fixture
def space(tmp_path: Path) -> LatentSpace:
    return space_of(small_hand(tmp_path), small_hand(tmp_path, "petite", Side.LEFT))


@pytest.fixture
def folder(data_folder: Path, space: LatentSpace) -> Path:
    """The data folder's place for spaces, with the space in it."""
    save_space(space, data_folder / "spaces")
    return data_folder / "spaces"


def test_a_space_comes_back_as_it_was_saved(space: LatentSpace, folder: Path):
    again = load_space("pair-1")
    assert (again.id, again.hash, again.card, again.width) == (
        space.id,
        space.hash,
        CARD,
        space.width,
    )
    assert list(again.hands) == ["small:right", "petite:left"]
    for hand, codec in space.hands.items():
        ours, theirs = codec_tensors(codec), codec_tensors(again.hands[hand])
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
        assert again.hands[hand].space == space.id


def test_it_is_found_by_name_by_id_and_by_path(space: LatentSpace, folder: Path):
    path = folder / "pair-1.safetensors"
    assert path in space_files()
    for name in ("pair-1", space.id, f"pair-1@{space.hash}", str(path)):
        assert load_space(name).hash == space.hash


def test_the_card_beside_it_says_the_same(space: LatentSpace, folder: Path):
    card = json.loads((folder / "pair-1.json").read_text())
    assert (card["hash"], card["seed"]) == (space.hash, 3)
    sums = [entry["kinematics_sha256"] for entry in card["hands"]]
    assert sums == [codec.kinematics.hash for codec in space.hands.values()]


def test_an_unknown_name_is_refused_with_those_there_are(folder: Path):
    with pytest.raises(CodecMismatch, match=r"no latent space is called 'pear-1'.*pair-1"):
        load_space("pear-1")


def test_another_hash_is_refused(space: LatentSpace, folder: Path):
    with pytest.raises(CodecMismatch, match=rf"is {space.id}, not pair-1@00000000: it was trained"):
        load_space("pair-1@00000000")


def test_a_damaged_space_is_refused(folder: Path):
    path = folder / "pair-1.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CodecMismatch, match="was changed after it was written"):
        load_space("pair-1")
    path.write_bytes(content[:500])
    with pytest.raises(CodecMismatch, match="is cut off"):
        load_space("pair-1")


def test_a_sealed_space_whose_weights_are_others_is_refused(folder: Path):
    path = folder / "pair-1.safetensors"
    tensors, card = load_tensors(path, "space")
    tensors["small:right.encoder.0.bias"] = tensors["small:right.encoder.0.bias"] + 1
    save_tensors(tensors, card, path)
    with pytest.raises(CodecMismatch, match=r"weights hash to .*, its card says"):
        load_space("pair-1")


def test_a_sealed_space_without_a_hands_weights_is_refused(folder: Path):
    path = folder / "pair-1.safetensors"
    tensors, card = load_tensors(path, "space")
    kept = {name: array for name, array in tensors.items() if not name.startswith("petite")}
    save_tensors(kept, card, path)
    with pytest.raises(CodecMismatch, match=r"is no whole space .*Install it again"):
        load_space("pair-1")


def test_a_codec_is_no_space(folder: Path, tmp_path: Path):
    path = tmp_path / "codec.safetensors"
    save_tensors({}, {"kind": "codec"}, path)
    with pytest.raises(CodecMismatch, match="is a codec of format 1; wanted is a space"):
        load_space(str(path))


def test_a_founding_hand_is_known_by_its_kinematics_and_not_its_name(
    space: LatentSpace, tmp_path: Path
):
    called_otherwise = shared_kinematics(small_hand(tmp_path, "renamed"))
    codec = space.founding_codec(called_otherwise)
    assert codec is not None
    assert codec.hand == "small:right"
    changed = replace(called_otherwise, upper=called_otherwise.upper + 1e-8)
    assert space.founding_codec(changed) is None


def test_the_hash_covers_weights_kinematics_and_names(space: LatentSpace):
    def hands(**changed: str) -> dict:
        codecs = {changed.get(hand.split(":")[0], hand): c for hand, c in space.hands.items()}
        return {hand: (c.kinematics, codec_tensors(c)) for hand, c in codecs.items()}

    assert space_hash(hands()) == space.hash
    assert space_hash(hands(small="smaller:right")) != space.hash
    other = hands()
    kinematics, tensors = other["small:right"]
    other["small:right"] = (replace(kinematics, upper=kinematics.upper + 0.1), tensors)
    assert space_hash(other) != space.hash
    tensors = {**tensors, "encoder.0.bias": tensors["encoder.0.bias"] + np.float32(1e-6)}
    other["small:right"] = (kinematics, tensors)
    assert space_hash(other) != space.hash


def test_the_hash_covers_the_activation_and_relu_goes_without_saying(space: LatentSpace):
    def hashed(activation: Activation) -> str:
        codecs = {
            h: replace(c, decoder=replace(c.decoder, activation=activation)) for h, c in hands
        }
        return space_hash({h: (c.kinematics, codec_tensors(c)) for h, c in codecs.items()})

    hands = space.hands.items()
    assert hashed("relu") == space.hash
    assert hashed("silu") != space.hash


def test_a_space_keeps_what_its_encoders_read(space: LatentSpace, data_folder: Path):
    def reading_deltas(codec: LatentCodec) -> LatentCodec:
        (layer,) = codec.encoder.layers
        weight = np.pad(layer.weight, ((0, 0), (0, DELTAS)))
        return replace(codec, encoder=Mlp((replace(layer, weight=weight),)), reads="joints+deltas")

    hands = {hand: reading_deltas(codec) for hand, codec in space.hands.items()}
    digest = space_hash({h: (c.kinematics, codec_tensors(c)) for h, c in hands.items()})
    assert digest != space.hash
    save_space(replace(space, name="deltas-1", hash=digest, hands=hands), data_folder / "spaces")
    assert {c.reads for c in load_space("deltas-1").hands.values()} == {"joints+deltas"}


def with_geometry(space: LatentSpace, seed: int = 0) -> LatentSpace:
    """The same hands with a geometry encoder, and pinches of the first of them."""
    rng = np.random.default_rng(seed)
    geometry = Mlp(
        (
            Layer(*(rng.random(s).astype(np.float32) for s in ((5, 16), 5, 5, 5))),
            Layer(*(rng.random(s).astype(np.float32) for s in ((64, 5), 64))),
        ),
        "silu",
    )
    weights = {h: (c.kinematics, codec_tensors(c)) for h, c in space.hands.items()}
    digest = space_hash(weights, geometry)
    pinches = {"small:right": rng.random((7, 2)).astype(np.float16)}
    return replace(space, name="whole-1", hash=digest, geometry=geometry, pinches=pinches)


def test_a_space_keeps_its_geometry_encoder_and_its_pinches(space: LatentSpace, data_folder: Path):
    whole = with_geometry(space)
    save_space(whole, data_folder / "spaces")
    again = load_space("whole-1")
    assert (again.hash, again.card) == (whole.hash, CARD)
    assert whole.geometry is not None
    assert again.geometry is not None
    assert again.geometry.activation == "silu"
    ours, theirs = (made.tensors("geometry") for made in (whole.geometry, again.geometry))
    assert list(ours) == list(theirs)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert list(again.pinches) == ["small:right"]
    np.testing.assert_array_equal(again.pinches["small:right"], whole.pinches["small:right"])
    assert again.pinches["small:right"].dtype == np.float16


def test_a_space_keeps_its_test_postures(space: LatentSpace, data_folder: Path):
    rows = np.random.default_rng(0).random((9, 2)).astype(np.float32)
    save_space(replace(space, closings={"small:right": rows}), data_folder / "spaces")
    again = load_space(f"{space.name}@{space.hash}")
    assert list(again.closings) == ["small:right"]
    np.testing.assert_array_equal(again.closings["small:right"], rows)


def test_a_space_from_before_there_were_geometry_encoders_is_read(folder: Path):
    tensors, _ = load_tensors(folder / "pair-1.safetensors", "space")
    assert not [name for name in tensors if name.startswith(("geometry", "pinches"))]
    again = load_space("pair-1")
    assert (again.geometry, dict(again.pinches)) == (None, {})


def test_the_hash_covers_the_geometry_encoder_but_not_the_pinches(
    space: LatentSpace, data_folder: Path
):
    whole = with_geometry(space)
    assert len({space.hash, whole.hash, with_geometry(space, seed=1).hash}) == 3
    fewer = {hand: rows[:3] for hand, rows in whole.pinches.items()}
    save_space(replace(whole, pinches=fewer), data_folder / "spaces")
    again = load_space(f"whole-1@{whole.hash}")
    assert len(again.pinches["small:right"]) == 3


@pytest.mark.parametrize("spoilt", ["changed", "without"])
def test_a_sealed_space_whose_geometry_encoder_is_another_is_refused(
    space: LatentSpace, data_folder: Path, spoilt: str
):
    save_space(with_geometry(space), data_folder / "spaces")
    path = data_folder / "spaces" / "whole-1.safetensors"
    tensors, card = load_tensors(path, "space")
    if spoilt == "changed":
        tensors["geometry.0.bias"] = tensors["geometry.0.bias"] + 1
    else:
        tensors = {n: array for n, array in tensors.items() if not n.startswith("geometry")}
    save_tensors(tensors, card, path)
    with pytest.raises(CodecMismatch, match=r"weights hash to .*, its card says"):
        load_space("whole-1")


def test_a_copy_in_another_folder_is_the_same_space(space: LatentSpace, folder: Path, tmp_path):
    copy = shutil.copy(folder / "pair-1.safetensors", tmp_path / "copy.safetensors")
    assert load_space(str(copy)).id == space.id


def test_a_users_codecs_lie_by_space_and_hand(data_folder: Path):
    assert codec_name("xhand:right") == "xhand-right.safetensors"
    path = user_codec("anthro4-1@0123abcd", "xhand:right")
    assert path == data_folder / "codecs" / "anthro4-1@0123abcd" / "xhand-right.safetensors"
