"""Every method makes a space of its own, and a hand joins it the way it was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.trained import TINY, founding
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.codec.space import read_space
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.latent import lad
from xlvla_sdk.latent.checkpoint import Checkpoint
from xlvla_sdk.latent.evaluation import evaluate
from xlvla_sdk.latent.methods import RECIPES, Method, join_space, method_of, train_space

QUICK = replace(TINY, steps=3, latent=32)


@pytest.fixture(autouse=True)
def little_supervision(monkeypatch: pytest.MonkeyPatch):
    """A few rows of a few steps: what is tested here is who is called."""
    little = lad.Supervision(rows=12, oracle_steps=2)
    monkeypatch.setattr(lad, "Supervision", lambda **_: little)


def made(method: Method, folder: Path) -> LatentSpace:
    return train_space(method, founding(folder), 7, f"{method}-1", None, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("method", Method)
def test_a_space_of_each_is_measured_and_joined_alike(method: Method, tmp_path: Path):
    space = made(method, tmp_path)
    assert space.card["method"] == method
    assert method_of(space) is method
    kinematics = shared_kinematics(claw_hand(tmp_path, "long", length=0.06))
    codec = join_space(space, "long:right", kinematics, QUICK, 7)
    assert (codec.space, codec.width) == (space.id, 32)
    assert (codec.codebook is not None) == (method is Method.VQ)
    measured = evaluate({**space.hands, "long:right": codec}, count=8)
    assert all(np.isfinite(m.retarget_loss) for m in measured.sets.values())


def test_methods_make_different_spaces(tmp_path: Path):
    assert len({made(method, tmp_path).hash for method in Method}) == 3


def test_each_has_a_recipe():
    assert list(RECIPES) == list(Method)
    assert len({recipe.name for recipe in RECIPES.values()}) == 3


def test_a_space_that_does_not_say_was_trained_our_way(tiny_space: LatentSpace):
    silent = {key: value for key, value in tiny_space.card.items() if key != "method"}
    assert method_of(replace(tiny_space, card=silent)) is Method.XL


def test_a_method_nobody_knows_is_refused(tiny_space: LatentSpace):
    odd = replace(tiny_space, card={"method": "magic"})
    with pytest.raises(CodecMismatch, match=r"by method 'magic', which is unknown.*xl, lad, vq"):
        method_of(odd)


@pytest.mark.parametrize("method", Method)
def test_what_stops_training_leaves_the_last_good_state(method: Method, tmp_path: Path):
    kept = Checkpoint(tmp_path, "one-1", every=4)

    def stopping(step: int, _: int, __: float) -> None:
        if step == 10:
            raise KeyboardInterrupt

    hands, recipe = founding(tmp_path), replace(QUICK, steps=12)
    with pytest.raises(KeyboardInterrupt):
        train_space(method, hands, 7, "one-1", stopping, recipe, kept)
    left = read_space(tmp_path / "one-1-unfinished.safetensors")
    assert (kept.step, left.card["unfinished"]) == (8, 8)
    assert method_of(left) is method
    assert (left.hands["claw:right"].codebook is not None) == (method is Method.VQ)
