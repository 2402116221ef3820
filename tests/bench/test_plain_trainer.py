"""The plain trainer that ours is timed against computes the very same loss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.plain_trainer import PlainHand, PlainKinematics, PlainTrainer, plain_hand
from tests.claw_hand import claw_hand
from tests.random_hand import random_hand
from tests.small_hand import small_hand
from tests.trained import TINY
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.latent.pretraining import founding_hand, space_loss
from xlvla_sdk.latent.training import HandInTraining, seeded
from xlvla_sdk.specs import HandSpec, Side

RECIPE = replace(TINY, pinches="templates", batch=32)


@pytest.fixture
def specs(tmp_path: Path) -> list[HandSpec]:
    """Hands with following joints; one pair shares a finger less than the others."""
    return [
        small_hand(tmp_path),
        claw_hand(tmp_path),
        claw_hand(tmp_path, "long", length=0.06),
    ]


def both(specs: list[HandSpec]) -> tuple[list[PlainHand], list[HandInTraining]]:
    """The hands for either trainer, the same to the bit."""
    with seeded(7) as generator:
        plain = [plain_hand(spec, RECIPE, generator) for spec in specs]
    with seeded(7) as generator:
        ours = [founding_hand(s.id, hand_kinematics(s), RECIPE, generator) for s in specs]
    return plain, ours


@pytest.mark.slow
def test_its_loss_is_ours_on_the_same_batch(specs: list[HandSpec]):
    plain, ours = both(specs)
    expected = space_loss(ours, RECIPE, torch.Generator().manual_seed(3))
    found = PlainTrainer(plain, RECIPE, torch.Generator().manual_seed(3)).loss()
    assert found.item() == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.slow
def test_its_gradients_are_ours(specs: list[HandSpec]):
    plain, ours = both(specs)
    space_loss(ours, RECIPE, torch.Generator().manual_seed(3)).backward()
    PlainTrainer(plain, RECIPE, torch.Generator().manual_seed(3)).loss().backward()
    for mine, theirs in zip(ours, plain, strict=True):
        for a, b in zip(mine.networks.parameters(), theirs.networks.parameters(), strict=True):
            torch.testing.assert_close(b.grad, a.grad, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_its_steps_bring_the_loss_down(specs: list[HandSpec]):
    recipe = replace(RECIPE, rate=1e-2)
    with seeded(7) as generator:
        trainer = PlainTrainer([plain_hand(s, recipe, generator) for s in specs], recipe, generator)
        losses = [trainer.step() for _ in range(30)]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_its_tips_are_where_ours_are_in_the_palm_frame(tmp_path: Path):
    spec = claw_hand(tmp_path).model_copy(update={"palm_rpy": (0.3, -0.2, 0.1)})
    spec = HandSpec(**{name: getattr(spec, name) for name in HandSpec.model_fields})
    normalized = torch.rand(6, len(spec.joints)) * 2.0 - 1.0
    lower, upper = spec.limits
    qpos = lower + (normalized.double().numpy() + 1.0) / 2.0 * (upper - lower)
    tips = PlainKinematics(spec).tips(normalized)
    for index, finger in enumerate(spec.fingers):
        expected = hand_kinematics(spec).tips(qpos)[:, index]
        np.testing.assert_allclose(tips[finger].numpy(), expected, rtol=0, atol=1e-6)


def test_hands_it_would_read_wrongly_are_refused(tmp_path: Path):
    with pytest.raises(SystemExit, match="claw:left: the plain trainer takes right hands"):
        PlainKinematics(claw_hand(tmp_path, side=Side.LEFT))
    with pytest.raises(SystemExit, match="random:right"):
        PlainKinematics(random_hand(tmp_path, 1))  # its wrist hangs below a moving mount
