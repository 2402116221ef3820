from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.learning.demonstrations import HORIZON, ROWS, reaches
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.merging import merge
from xlvla_sdk.errors import CodecMismatch, DataError, PolicyError
from xlvla_sdk.learning.samples import ENDED, Samples
from xlvla_sdk.learning.scales import LEAST_HAND
from xlvla_sdk.learning.words import Words


def test_metadata_are_the_datasets(samples: Samples):
    said = samples.metadata
    assert (said.layout, said.space, said.latent_dim) == ("xl-1", "toy@00000000", 32)
    assert [str(part) for part in said.sides] == ["right arm and hand"]
    assert (said.rate_hz, said.horizon, said.things) == (20.0, HORIZON, True)


def test_a_chunk_stays_in_its_episode_and_repeats_its_last_row(samples: Samples):
    batch = samples.draw(np.random.default_rng(0), 200)
    ends = samples.action[ROWS - 1 :: ROWS]
    for state, chunk in zip(batch.state, batch.chunks, strict=True):
        begin = int(np.flatnonzero((samples.state == state).all(axis=1))[0])
        begin = (
            begin if state.any() else int(np.flatnonzero((samples.action == chunk[0]).all(1))[0])
        )
        rows = samples.action[begin : min(begin + HORIZON, begin - begin % ROWS + ROWS)]
        np.testing.assert_array_equal(chunk[: len(rows)], rows)
        assert (chunk[len(rows) :] == ends[begin // ROWS]).all()


def test_rows_that_only_repeat_the_last_count_little(samples: Samples):
    batch = samples.chunks(np.array([0, ROWS - 2]))
    np.testing.assert_allclose(batch.weights[0], 1.0)
    np.testing.assert_allclose(batch.weights[1], [1.0, 1.0] + [ENDED] * (HORIZON - 2))


def test_arms_are_scaled_as_they_differ_from_the_measured_row(samples: Samples):
    assert samples.arms == (32,)
    ahead = HORIZON - 1
    begins = [k for k in range(len(samples.state)) if k + ahead <= samples.last[k]]
    moved = np.stack([samples.action[k + ahead] - samples.state[k] for k in begins])[:, 32:35]
    np.testing.assert_allclose(samples.scales.action_mean[ahead, 32:35], moved.mean(0), atol=1e-6)
    np.testing.assert_allclose(samples.scales.action_std[ahead, 32:35], moved.std(0), atol=1e-6)
    np.testing.assert_allclose(
        samples.scales.position_std, samples.things[:, 0, :3].std(0), rtol=1e-4
    )


def test_a_hand_that_never_moved_is_not_looked_at_closely(samples: Samples):
    assert samples.state[:, :32].std() == 0.0
    np.testing.assert_array_equal(samples.scales.state_std[:32], np.float32(LEAST_HAND))
    assert (samples.scales.state_std[32:35] < 0.2).all()


def test_scenes_of_other_things_are_pooled_with_those_of_each_row(tmp_path: Path):
    parts = [reaches(tmp_path / thing, thing=thing, episodes=1) for thing in ("can", "red box")]
    merge(parts, tmp_path / "all")
    pooled = Samples.of(Dataset.open(tmp_path / "all"))
    assert (pooled.things.shape[1], pooled.there.all()) == (1, True)
    np.testing.assert_array_equal(pooled.things[:ROWS], Samples.of(parts[0]).things)
    np.testing.assert_array_equal(pooled.things[ROWS:], Samples.of(parts[1]).things)
    told = [[pooled.words.known[n - 1] for n in row[0] if n] for row in pooled.names[[0, -1]]]
    assert told == [["can"], ["red", "box"]]


@pytest.mark.parametrize(
    ("made", "wanted", "error", "words"),
    [
        ({}, "raw-1", CodecMismatch, "rows are in layout xl-1, wanted is raw-1"),
        ({"layout": None}, None, DataError, "holds raw joints"),
        ({"things": False}, None, DataError, "does not say where things are"),
    ],
)
def test_a_dataset_it_cannot_learn_from_is_refused(
    tmp_path: Path, made: dict, wanted: str | None, error: type[Exception], words: str
):
    with pytest.raises(error, match=words):
        Samples.of(reaches(tmp_path / "d", episodes=1, **made), wanted)


def test_an_unknown_word_is_left_out_and_said_once(caplog: pytest.LogCaptureFixture):
    words = Words.of(["push the can", "red_can"])
    assert words.known == ("can", "push", "red", "the")
    for _ in range(2):
        assert words.numbers("Push the blue can!", "it") == [2, 4, 1]
    assert [record.message for record in caplog.records] == [
        "it was never told 'blue' in its training; the word is left out."
    ]
    with pytest.raises(PolicyError, match="knows no word of 'open sesame'"):
        words.numbers("open sesame", "it")
