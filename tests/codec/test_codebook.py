"""A discrete latent takes values of its codebook, in memory and in files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codecs import small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentCodec, LatentSpace, load_codec, load_space, save_codec
from xlvla_sdk.codec.codebook import Codebook
from xlvla_sdk.codec.file import codec_tensors, load_tensors, save_tensors
from xlvla_sdk.codec.space import save_space, space_hash
from xlvla_sdk.errors import CodecMismatch

BOOK = Codebook(np.random.default_rng(1).uniform(-1.0, 1.0, (2, 5, 2)).astype(np.float32))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> LatentCodec:
    return small_codec(small_hand(tmp_path_factory.mktemp("hand")), width=4)


@pytest.fixture(scope="module")
def discrete(plain: LatentCodec) -> LatentCodec:
    return replace(plain, codebook=BOOK)


@given(st.lists(st.floats(-3.0, 3.0, width=32), min_size=4, max_size=4))
def test_no_latent_of_the_book_is_nearer(numbers: list[float]):
    latent = np.array(numbers, np.float32)
    snapped = BOOK.snap(latent)
    every = [np.concatenate([a, b]) for a in BOOK.entries[0] for b in BOOK.entries[1]]
    least = min(np.square(latent - other).sum() for other in every)
    assert np.square(latent - snapped).sum() == pytest.approx(least, abs=1e-5)


def test_what_is_in_the_book_stays():
    latent = np.concatenate([BOOK.entries[0], BOOK.entries[1][::-1]], axis=-1)
    assert np.array_equal(BOOK.snap(latent), latent)
    assert BOOK.tokens(latent).tolist() == [[i, 4 - i] for i in range(5)]


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4)])
def test_it_goes_row_by_row(shape: tuple[int, ...]):
    latent = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    rows = [BOOK.snap(row) for row in latent.reshape(-1, 4)]
    assert np.array_equal(BOOK.snap(latent).reshape(-1, 4), rows)
    assert BOOK.tokens(latent).shape == (*shape[:-1], 2)


def test_encode_gives_values_of_the_book_and_decode_takes_the_nearest(
    plain: LatentCodec, discrete: LatentCodec
):
    qpos = np.array([[0.1, 0.2], [1.2, 1.5], [0.6, 0.7]])
    latent = discrete.encode(qpos)
    assert np.array_equal(latent, BOOK.snap(plain.encode(qpos)))
    assert np.array_equal(BOOK.snap(latent), latent)
    moved = latent + 1e-4
    assert np.array_equal(discrete.decode(moved), discrete.decode(latent))
    assert not np.array_equal(plain.decode(moved), plain.decode(latent))


def test_the_book_is_kept_in_the_codecs_file(discrete: LatentCodec, tmp_path: Path):
    path = tmp_path / "discrete.safetensors"
    save_codec(discrete, path)
    again = load_codec(path)
    assert again.codebook is not None
    assert np.array_equal(again.codebook.entries, BOOK.entries)
    qpos = np.array([0.4, 0.9])
    assert np.array_equal(again.encode(qpos), discrete.encode(qpos))


def test_a_book_of_another_width_is_refused(discrete: LatentCodec, tmp_path: Path):
    path = tmp_path / "odd.safetensors"
    save_codec(discrete, path)
    tensors, card = load_tensors(path, "codec")
    save_tensors(tensors | {"codebook": np.zeros((3, 5, 2), np.float32)}, card, path)
    with pytest.raises(CodecMismatch, match=r"no whole codec .*the codebook is of another width"):
        load_codec(path)


def hashed(codec: LatentCodec) -> str:
    return space_hash({codec.hand: (codec.kinematics, codec_tensors(codec))})


def test_the_space_is_named_by_its_book_too(plain: LatentCodec, discrete: LatentCodec):
    other = replace(discrete, codebook=Codebook(BOOK.entries + 1.0))
    assert len({hashed(codec) for codec in (plain, discrete, other)}) == 3
    assert "codebook" not in codec_tensors(plain)


def test_a_discrete_space_comes_back(discrete: LatentCodec, data_folder: Path):
    digest = hashed(discrete)
    codec = replace(discrete, space=f"book-1@{digest[:8]}")
    save_space(LatentSpace("book-1", digest, {codec.hand: codec}, {}), data_folder / "spaces")
    again = load_space("book-1").hands[codec.hand]
    assert again.codebook is not None
    assert np.array_equal(again.codebook.entries, BOOK.entries)
