"""Chunks are learnt from rows whose whole chunk is in the episode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlvla_sdk.errors import DataError
from xlvla_sdk.integrations.pi0.tails import whole_chunk_rows


def test_the_last_rows_of_each_episode_are_left_out():
    assert whole_chunk_rows([4, 2, 3], 3).tolist() == [0, 1, 6]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(1, 8))
def test_every_chunk_lies_in_one_episode_and_none_is_missed(lengths: list[int], horizon: int):
    episode = np.repeat(np.arange(len(lengths)), lengths)
    wanted = [
        k for k in range(len(episode) - horizon + 1) if episode[k] == episode[k + horizon - 1]
    ]
    if wanted:
        assert whole_chunk_rows(lengths, horizon).tolist() == wanted
    else:
        with pytest.raises(DataError, match="the longest has"):
            whole_chunk_rows(lengths, horizon)
