"""A wider policy keeps what the narrow one knew, and changes four leaves."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.integrations.pi0.widening import COLUMN_LEAVES, widened

MODEL = 8
"""Width of the toy action expert."""


def policy(width: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Leaves as pi0 has them, and others that know nothing of the row's width."""
    shapes = {
        "state_proj/kernel": (width, MODEL),
        "state_proj/bias": (MODEL,),
        "action_in_proj/kernel": (width, MODEL),
        "action_in_proj/bias": (MODEL,),
        "action_out_proj/kernel": (MODEL, width),
        "action_out_proj/bias": (width,),
        "PaliGemma/llm/mlp": (3, 5),
    }
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def shapes_of(width: int) -> dict[str, SimpleNamespace]:
    """What is wanted: a shape and a dtype, as JAX's abstract arrays have them."""
    return {k: SimpleNamespace(shape=v.shape, dtype=v.dtype) for k, v in policy(width).items()}


def answer(leaves: dict[str, np.ndarray], row: np.ndarray) -> np.ndarray:
    """The part of pi0 that knows the row's width: in, and out again."""
    inside = row @ leaves["state_proj/kernel"] + row @ leaves["action_in_proj/kernel"]
    return inside @ leaves["action_out_proj/kernel"] + leaves["action_out_proj/bias"]


@pytest.mark.parametrize("width", [41, 64, 82])
def test_four_leaves_change_and_old_weights_stay(width: int):
    old = policy(32)
    new = widened(old, shapes_of(width))
    assert new.keys() == old.keys()
    assert {k for k in new if not np.array_equal(new[k], old[k])} == set(COLUMN_LEAVES)
    for name, place in shapes_of(width).items():
        assert new[name].shape == place.shape
        assert new[name].dtype == place.dtype
        corner = tuple(slice(0, size) for size in old[name].shape)
        assert np.array_equal(new[name][corner], old[name])


def test_new_weights_are_drawn_and_new_biases_are_zero():
    new = widened(policy(32), shapes_of(82), scale=0.02)
    drawn = np.concatenate(
        [new["state_proj/kernel"][32:].ravel(), new["action_in_proj/kernel"][32:].ravel()]
    )
    assert abs(drawn.std() - 0.02) < 0.002
    assert abs(drawn.mean()) < 0.003
    assert not np.array_equal(new["state_proj/kernel"][32:], new["action_in_proj/kernel"][32:])
    assert not new["action_out_proj/bias"][32:].any()


def test_without_new_weights_the_first_answers_are_the_old_ones():
    row = np.random.default_rng(3).normal(size=41).astype(np.float32)
    wide = widened(policy(32), shapes_of(41), scale=0.0)
    assert np.allclose(answer(wide, row)[:32], answer(policy(32), row[:32]), atol=1e-5)
    assert not answer(wide, row)[32:].any()


def test_columns_may_be_drawn_anew():
    new = widened(policy(32), shapes_of(32), keep=False)
    assert {k for k in new if not np.array_equal(new[k], policy(32)[k])} == set(COLUMN_LEAVES)
    assert (
        np.abs(new["action_in_proj/kernel"]).max() < 0.15
    )  # drawn at 0.02, the old are of order 1


def test_same_draws_for_same_seed():
    first, again = (widened(policy(32), shapes_of(41)) for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_rows_are_never_narrowed():
    with pytest.raises(PolicyError, match="never narrowed"):
        widened(policy(41), shapes_of(32))


def test_another_model_is_refused():
    old = policy(32)
    old["PaliGemma/llm/mlp"] = np.zeros((4, 5), np.float32)
    with pytest.raises(PolicyError, match="PaliGemma/llm/mlp"):
        widened(old, shapes_of(41))
    old = policy(32)
    old["state_proj/kernel"] = np.zeros((32, MODEL + 1), np.float32)
    with pytest.raises(PolicyError, match="state_proj/kernel"):
        widened(old, shapes_of(41))


def test_missing_weights_are_refused_but_for_those_of_lora():
    old, wanted = policy(32), shapes_of(32)
    wanted["llm/lora_a"] = SimpleNamespace(shape=(2, 2), dtype=np.dtype("float32"))
    assert widened(old, wanted)["llm/lora_a"] is wanted["llm/lora_a"]
    del old["state_proj/bias"]
    with pytest.raises(PolicyError, match="state_proj/bias"):
        widened(old, wanted)


def test_weights_take_the_type_that_is_wanted():
    wanted = {
        k: SimpleNamespace(shape=v.shape, dtype=np.dtype("float16")) for k, v in policy(41).items()
    }
    assert {v.dtype for v in widened(policy(32), wanted).values()} == {np.dtype("float16")}
