from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.learning.conftest import BRIEF, TINY
from xlvla_sdk.errors import DataError
from xlvla_sdk.learning.files import CARD, UNFINISHED, WEIGHTS
from xlvla_sdk.learning.samples import Samples
from xlvla_sdk.learning.training import pace, train


class Interrupted(Exception):
    pass


def files(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in (CARD, WEIGHTS, UNFINISHED)]


def test_the_loss_goes_down(trained: Path, losses: list[float]):
    assert (trained / CARD).is_file()
    assert len(losses) == BRIEF.steps
    assert losses[-1] < 0.93 * losses[0]  # a running mean, half of it from before


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    samples: Samples, trained: Path, tmp_path: Path
):
    train(samples, tmp_path / "same", BRIEF, shape=TINY)
    assert files(tmp_path / "same") == files(trained)
    train(samples, tmp_path / "other", replace(BRIEF, steps=1, seed=8), shape=TINY)
    train(samples, tmp_path / "mine", replace(BRIEF, steps=1), shape=TINY)
    assert files(tmp_path / "other")[1] != files(tmp_path / "mine")[1]


def test_one_that_was_interrupted_ends_in_the_same_bytes(
    samples: Samples, trained: Path, tmp_path: Path
):
    def interrupt(step: int, _: int, __: float) -> None:
        if step == 20:
            raise Interrupted

    with pytest.raises(Interrupted):
        train(samples, tmp_path, BRIEF, shape=TINY, told=interrupt)
    assert not (tmp_path / CARD).exists()
    steps: list[int] = []
    train(samples, tmp_path, BRIEF, shape=TINY, told=lambda step, _, __: steps.append(step))
    assert steps[0] == 13  # the last state was of step 12
    assert files(tmp_path) == files(trained)


def test_another_training_in_the_folder_is_refused(samples: Samples, trained: Path):
    with pytest.raises(DataError, match=r"another training stands there \(seed 7 there, 8 here\)"):
        train(samples, trained, replace(BRIEF, seed=8), shape=TINY)


def test_a_damaged_state_is_said(samples: Samples, tmp_path: Path):
    (tmp_path / UNFINISHED).write_bytes(b"\x08\0\0\0\0\0\0\0{}")
    with pytest.raises(DataError, match="is damaged"):
        train(samples, tmp_path, BRIEF, shape=TINY)


def test_the_rate_rises_and_falls():
    rates = [pace(step, BRIEF) for step in range(BRIEF.steps)]
    assert rates.index(max(rates)) in (BRIEF.warm - 1, BRIEF.warm)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.02
