"""TipModel's gradients are those of its tips, and its joints go from -1 to 1 and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.claw_hand import claw_hand
from tests.random_hand import random_hand, random_qpos
from tests.registered import hands
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.specs import HandSpec


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


def assert_gradients(spec: HandSpec, seed: int) -> None:
    model = TipModel(hand_kinematics(spec), torch.float64)
    qpos = torch.from_numpy(random_qpos(spec, seed, 1)).requires_grad_()
    assert torch.autograd.gradcheck(model.tips, (qpos,), atol=1e-8, rtol=1e-6)


@pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)
def test_gradients_of_registered_hands_are_finite_differences(spec: HandSpec):
    assert_gradients(spec, 0)


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_gradients_of_any_tree_are_finite_differences(folder: Path, seed: int):
    assert_gradients(random_hand(folder, seed), seed)


def test_a_second_derivative_is_refused_and_not_wrong(folder: Path):
    model = TipModel(hand_kinematics(claw_hand(folder)), torch.float64)
    qpos = torch.full((1, model.joints), 0.3, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(model.tips(qpos).square().sum(), qpos, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


def test_deltas_are_the_thumb_minus_each_finger(folder: Path):
    model = TipModel(hand_kinematics(claw_hand(folder)))
    qpos = model.unnormalize(torch.rand(5, model.joints))
    tips = model.tips(qpos)
    torch.testing.assert_close(model.deltas(qpos), tips[:, :1] - tips[:, 1:])


def test_minus_one_and_one_are_the_limits(folder: Path):
    spec = claw_hand(folder)
    model = TipModel(hand_kinematics(spec), torch.float64)
    ends = torch.tensor([[-1.0], [1.0]], dtype=torch.float64).expand(2, model.joints)
    np.testing.assert_allclose(model.unnormalize(ends).numpy(), np.stack(spec.limits), atol=1e-15)
    middle = torch.rand(4, model.joints, dtype=torch.float64)
    torch.testing.assert_close(model.normalize(model.unnormalize(middle)), middle)
