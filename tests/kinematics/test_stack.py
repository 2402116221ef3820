"""Several hands in one walk agree with each by itself, whatever their fingers and joints."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.claw_hand import claw_hand
from tests.random_hand import random_hand
from tests.small_hand import small_hand
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.stack import TipStack


@pytest.fixture
def models(tmp_path: Path) -> list[TipModel]:
    hands = [
        small_hand(tmp_path),
        claw_hand(tmp_path),
        *(random_hand(tmp_path, n) for n in range(4)),
    ]
    return [TipModel(shared_kinematics(hand), torch.float64) for hand in hands]


def postures(models: list[TipModel]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [
        (torch.rand(7, m.joints, generator=generator, dtype=torch.float64) * 2 - 1).requires_grad_()
        for m in models
    ]


def test_each_hand_is_where_it_is_by_itself(models: list[TipModel]):
    assert len({model.joints for model in models}) > 1
    rows = postures(models)
    together = TipStack(models).deltas(rows)
    for model, x, deltas in zip(models, rows, together, strict=True):
        alone = model.deltas(model.unnormalize(x))
        torch.testing.assert_close(deltas, alone, atol=1e-12, rtol=0.0)


def test_its_gradients_are_those_of_each_by_itself(models: list[TipModel]):
    rows = postures(models)
    together = torch.autograd.grad(TipStack(models).deltas(rows).square().sum(), rows)
    for model, x, gradient in zip(models, rows, together, strict=True):
        alone = torch.autograd.grad(model.deltas(model.unnormalize(x)).square().sum(), x)[0]
        torch.testing.assert_close(gradient, alone, atol=1e-12, rtol=0.0)


def test_it_knows_which_fingers_there_are(models: list[TipModel]):
    assert TipStack(models).has.tolist() == [model.has.tolist() for model in models]
