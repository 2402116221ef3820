"""The codec's bench counts every call, and its made-up codecs are codecs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.codec import Times, histogram, made_up, microseconds
from tests.codecs import small_codec
from tests.small_hand import small_hand
from xlvla_sdk.codec import load_codec, save_codec
from xlvla_sdk.codec.mlp import Activation


def test_every_call_stands_in_a_bin_and_the_tail_is_cut_after_the_last():
    lines = histogram(np.array([5.0, 25.0, 25.0, 39.9, 40.0])).splitlines()
    assert [int(line.split("us")[1].split()[0]) for line in lines] == [1, 2, 1, 1]
    assert [line.count("#") for line in lines] == [25, 50, 25, 25]
    assert histogram(np.array([900.0])).splitlines()[-1].startswith(" 800 us and up")


def test_every_call_is_timed_and_inputs_take_turns():
    seen: list[float] = []
    times = microseconds(lambda given: seen.append(float(given[0])), [np.zeros(1), np.ones(1)], 4)
    assert times.shape == (4,)
    assert (times > 0).all()
    assert seen == [0.0, 1.0] * 3


@pytest.mark.parametrize("activation", ["relu", "silu"])
@pytest.mark.parametrize("deltas", [False, True])
def test_a_made_up_codec_is_saved_loaded_and_timed(
    activation: Activation, deltas: bool, tmp_path: Path
):
    codec = made_up(small_codec(small_hand(tmp_path)), activation, deltas)
    save_codec(codec, tmp_path / "made.safetensors")
    again = load_codec(tmp_path / "made.safetensors")
    assert (again.encoder.activation, again.reads != "joints") == (activation, deltas)
    assert np.abs(again.encode(again.limits.upper)).max() > 0.1
    row = Times.of("made", again, 4).row()
    assert row[0] == "made"
    assert all(float(cell) > 0 for cell in row[1:])
