"""A codec file is read as it was written, or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from tests.codecs import small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentCodec, load_codec, save_codec
from xlvla_sdk.codec.file import codec_tensors, load_tensors, save_tensors
from xlvla_sdk.codec.mlp import Layer, Mlp
from xlvla_sdk.errors import CodecMismatch


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> LatentCodec:
    """A codec with a hidden layer, so that every kind of weight is in its file."""
    plain = small_codec(small_hand(tmp_path_factory.mktemp("hand")), width=4)
    rng = np.random.default_rng(0)

    def layer(width_in: int, width_out: int, normed: bool) -> Layer:
        weight = rng.normal(size=(width_out, width_in)).astype(np.float32)
        bias, scale, shift = rng.normal(size=(3, width_out)).astype(np.float32)
        return Layer(weight, bias, scale, shift) if normed else Layer(weight, bias)

    encoder = Mlp((layer(2, 3, True), layer(3, 8, False)))
    decoder = Mlp((layer(4, 3, True), layer(3, 2, False)))
    measures = {"recon_deg": 1.5, "contact_mm": None}
    return replace(plain, encoder=encoder, decoder=decoder, measures=measures)


@pytest.fixture(scope="module")
def whole(codec: LatentCodec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codecs") / "small-right.safetensors"
    save_codec(codec, path)
    return path


def test_a_codec_comes_back_bit_for_bit(codec: LatentCodec, whole: Path):
    again = load_codec(whole)
    assert (again.hand, again.space) == (codec.hand, codec.space)
    assert again.measures == codec.measures
    assert again.kinematics.to_json() == codec.kinematics.to_json()
    ours, theirs = codec_tensors(codec), codec_tensors(again)
    assert list(theirs) == list(ours)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    qpos = np.array([[0.1, 0.2], [1.2, 1.5]])
    np.testing.assert_array_equal(
        again.decode(again.encode(qpos)), codec.decode(codec.encode(qpos))
    )


def test_an_activation_is_kept_and_relu_goes_without_saying(codec: LatentCodec, tmp_path: Path):
    path = tmp_path / "silu.safetensors"
    decoder = replace(codec.decoder, activation="silu")
    save_codec(replace(codec, decoder=decoder), path)
    again = load_codec(path)
    assert (again.encoder.activation, again.decoder.activation) == ("relu", "silu")
    latent = np.ones(4)
    assert not np.allclose(again.decode(latent), codec.decode(latent))
    assert "encoder.activation" not in load_tensors(path, "codec")[0]


def test_an_activation_nobody_knows_is_refused(codec: LatentCodec, whole: Path, tmp_path: Path):
    tensors, card = load_tensors(whole, "codec")
    path = tmp_path / "odd.safetensors"
    save_tensors(tensors | {"encoder.activation": np.frombuffer(b"gelu", np.uint8)}, card, path)
    with pytest.raises(CodecMismatch, match=r"is no whole codec .*gelu"):
        load_codec(path)


def reading_deltas(codec: LatentCodec) -> LatentCodec:
    """The codec with an encoder that reads thumb-to-finger vectors, too."""
    first, *rest = codec.encoder.layers
    weight = np.pad(first.weight, ((0, 0), (0, 12)), constant_values=0.5)
    encoder = Mlp((replace(first, weight=weight), *rest))
    return replace(codec, encoder=encoder, reads="joints+deltas")


def test_what_an_encoder_reads_is_kept_and_joints_go_without_saying(
    codec: LatentCodec, whole: Path, tmp_path: Path
):
    path = tmp_path / "deltas.safetensors"
    save_codec(reading_deltas(codec), path)
    assert load_codec(path).reads == "joints+deltas"
    assert "reads" not in load_tensors(whole, "codec")[1]
    assert load_codec(whole).reads == "joints"


@pytest.mark.parametrize(
    ("reads", "said"),
    [("joints", "do not read 2 numbers"), ("pixels", r"joints or joints\+deltas, not 'pixels'")],
)
def test_an_encoder_of_another_width_than_it_reads_is_refused(
    codec: LatentCodec, tmp_path: Path, reads: str, said: str
):
    path = tmp_path / "deltas.safetensors"
    save_codec(reading_deltas(codec), path)
    tensors, card = load_tensors(path, "codec")
    save_tensors(tensors, {**card, "reads": reads}, path)
    with pytest.raises(CodecMismatch, match=rf"is no whole codec .*{said}"):
        load_codec(path)


def test_the_same_codec_gives_the_same_bytes_in_every_process(whole: Path, tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from xlvla_sdk.codec import load_codec, save_codec\n"
        "codec = load_codec(Path(sys.argv[1]))\n"
        "for path in sys.argv[2:]: save_codec(codec, Path(path))"
    )
    copies = [tmp_path / f"{index}.safetensors" for index in range(6)]
    subprocess.run([sys.executable, "-c", code, whole, *copies], check=True)
    assert {path.read_bytes() for path in copies} == {whole.read_bytes()}


@given(data=st.data())
def test_a_byte_that_changed_is_seen(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
):
    content = bytearray(whole.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / "changed.safetensors"
    path.write_bytes(content)
    with pytest.raises(CodecMismatch, match=r"changed\.safetensors: "):
        load_codec(path)


def test_no_bit_of_the_card_can_change_unseen(whole: Path, tmp_path: Path):
    content = whole.read_bytes()
    path = tmp_path / "changed.safetensors"
    for at in range(0, 8 + int.from_bytes(content[:8], "little"), 9):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(CodecMismatch):
            load_codec(path)


@pytest.mark.parametrize("part", [0.0, 0.001, 0.01, 0.3, 0.8, 0.99])
def test_a_file_that_is_cut_off_is_refused(whole: Path, tmp_path: Path, part: float):
    path = tmp_path / "cut.safetensors"
    content = whole.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(CodecMismatch, match=r"cut off .*Delete it and onboard the hand again"):
        load_codec(path)


def test_more_than_was_written_is_refused(whole: Path, tmp_path: Path):
    path = tmp_path / "long.safetensors"
    path.write_bytes(whole.read_bytes() + b"more")
    with pytest.raises(CodecMismatch):
        load_codec(path)


def test_what_is_there_is_no_codec(tmp_path: Path, codec: LatentCodec):
    with pytest.raises(CodecMismatch, match="there is no such file"):
        load_codec(tmp_path / "none.safetensors")
    with pytest.raises(CodecMismatch, match="cut off or no safetensors file"):
        load_codec(tmp_path)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": np.zeros(3)}, foreign)
    with pytest.raises(CodecMismatch, match="none of xlvla_sdk's"):
        load_codec(foreign)


def test_another_kind_or_format_is_refused(tmp_path: Path):
    path = tmp_path / "other.safetensors"
    save_tensors({"a": np.zeros(1)}, {"kind": "space"}, path)
    with pytest.raises(CodecMismatch, match=r"a space of format 1; wanted is a codec of format 1"):
        load_codec(path)
    save_tensors({"a": np.zeros(1)}, {"kind": "codec", "format": 2}, path)
    with pytest.raises(CodecMismatch, match="a codec of format 2; wanted is a codec of format 1"):
        load_codec(path)


def without_hand(card: dict) -> None:
    del card["hand"]


def without_a_finger(card: dict) -> None:
    del card["kinematics"]["fingers"][0]["tip"]


def with_half_a_drive(card: dict) -> None:
    card["kinematics"]["fingers"][0]["screws"][0]["drive"] = [1.0]


def with_a_joint_more(card: dict) -> None:
    card["kinematics"]["joints"].append("more")


@pytest.mark.parametrize(
    "change", [without_hand, without_a_finger, with_half_a_drive, with_a_joint_more]
)
def test_a_sealed_card_that_says_too_little_is_refused(
    whole: Path, tmp_path: Path, change: Callable[[dict], None]
):
    tensors, card = load_tensors(whole, "codec")
    change(card)
    path = tmp_path / "odd.safetensors"
    save_tensors(tensors, card, path)
    with pytest.raises(CodecMismatch, match=r"is no whole codec .*Onboard the hand again"):
        load_codec(path)


@pytest.mark.parametrize("name", ["encoder.0.weight", "decoder.1.weight", "encoder.0.scale"])
def test_a_sealed_file_without_a_weight_is_refused(whole: Path, tmp_path: Path, name: str):
    tensors, card = load_tensors(whole, "codec")
    del tensors[name]
    path = tmp_path / "less.safetensors"
    save_tensors(tensors, card, path)
    with pytest.raises(CodecMismatch, match="is no whole codec"):
        load_codec(path)


def test_a_failing_write_leaves_the_codec_that_was_there(
    codec: LatentCodec, whole: Path, monkeypatch: pytest.MonkeyPatch
):
    before = whole.read_bytes()

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        save_codec(replace(codec, space="other@1"), whole)
    assert whole.read_bytes() == before
    assert list(whole.parent.iterdir()) == [whole]


def test_the_card_is_plain_text_for_whoever_looks(whole: Path):
    content = whole.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    card = json.loads(header["__metadata__"]["xlvla"])
    assert (card["hand"], card["kinematics"]["joints"]) == (
        "small:right",
        ["thumb_yaw", "index_bend"],
    )
