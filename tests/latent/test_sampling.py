"""Postures to train and measure on lie inside, come from their generator alone, and do close."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.claw_hand import claw_hand
from tests.registered import right_hands
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.losses import length
from xlvla_sdk.latent.measures import able_to_touch
from xlvla_sdk.latent.sampling import OPEN_GAP, closing, drawn, edgy, templates, uniform
from xlvla_sdk.specs import FINGERS

ABLE = {
    "ability": {"index", "middle"},
    "inspire": {"index"},
    "inspire_ftp": {"index"},
    "paxini": {"index", "middle"},
    "xhand": {"index", "middle", "ring"},
}
"""What each hand can close, from the table of docs/concepts/latent.md; in a small sample."""


def generator(seed: int = 7) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def claw(tmp_path_factory: pytest.TempPathFactory) -> TipModel:
    return TipModel(shared_kinematics(claw_hand(tmp_path_factory.mktemp("claw"))))


@pytest.fixture(scope="module")
def closed(claw: TipModel) -> Tensor:
    return closing(claw, 64, generator(), keep=(30,))


def closing_reach(model: TipModel, closed: Tensor) -> dict[str, float]:
    """How near each finger comes to the thumb on CP: the 10 % quantile [mm]."""
    distance = length(model.deltas(model.unnormalize(closed))).quantile(0.1, dim=0)
    return {
        finger: float(distance[i] * 1000)
        for i, finger in enumerate(FINGERS[1:])
        if bool(model.has[i + 1])
    }


@pytest.mark.parametrize("spec", right_hands(), ids=lambda spec: spec.name)
def test_every_hand_closes_on_the_fingers_it_can_reach(spec):
    model = TipModel(shared_kinematics(spec))
    postures = closing(model, 64, generator(), steps=120)
    reach = closing_reach(model, postures)
    assert set(reach) == set(spec.fingers) - {"thumb"}
    assert {finger for finger, mm in reach.items() if mm < 5.0} >= ABLE[spec.name]
    able = able_to_touch(model, postures)
    assert {FINGERS[1 + i] for i in range(4) if able[i]} == {f for f, mm in reach.items() if mm < 5}


def test_half_close_to_contact_and_half_to_a_gap(claw: TipModel, closed: Tensor):
    distance = length(claw.deltas(claw.unnormalize(closed[64:])))
    finger = (torch.arange(64) // 2) % 2  # index, middle, in turn
    reached = distance.gather(1, finger[:, None])[:, 0]
    assert (reached[::2] < 0.003).all()
    assert (reached[1::2] < OPEN_GAP + 0.001).all()
    assert reached[1::2].median() > 0.005


def test_of_a_few_tries_the_nearest_is_kept(claw: TipModel):
    finger = ((torch.arange(24) // 2) % 2)[:, None]
    reached = [
        length(claw.deltas(claw.unnormalize(found))).gather(1, finger)[::2, 0].mean()
        for found in (closing(claw, 24, generator(), steps=12, tries=tries) for tries in (1, 5))
    ]
    assert reached[1] < 0.5 * reached[0]


def test_postures_on_the_way_are_kept_before_the_last(claw: TipModel, closed: Tensor):
    assert closed.shape == (128, claw.joints)
    far, near = (length(claw.deltas(claw.unnormalize(half)))[:, :2] for half in closed.split(64))
    assert near.min(dim=1).values.median() < far.min(dim=1).values.median()


def test_postures_lie_within_the_limits(claw: TipModel, closed: Tensor):
    drawn_ones = (uniform(claw, 50, generator()), closed, templates(claw, 9, generator(), steps=20))
    for postures in drawn_ones:
        assert postures.abs().max() <= 1.0
    assert drawn_ones[0].min() < -0.9
    assert drawn_ones[0].max() > 0.9


def test_edgy_postures_stand_at_limits_in_half_of_the_rows(claw: TipModel):
    rows = edgy(claw, 400, generator())
    at_limit = rows.abs() == 1.0
    assert rows.abs().max() == 1.0
    assert not at_limit[200:].any()
    assert 0.15 < at_limit[:200].float().mean() < 0.35


def test_postures_depend_on_their_generator_alone(claw: TipModel):
    torch.manual_seed(1)
    first = closing(claw, 8, generator(), steps=5)
    torch.manual_seed(2)
    assert torch.equal(closing(claw, 8, generator(), steps=5), first)
    assert not torch.equal(closing(claw, 8, generator(8), steps=5), first)
    torch.testing.assert_close(
        templates(claw, 8, generator(), steps=5), templates(claw, 8, generator(), steps=5)
    )


def test_templates_draw_the_thumb_towards_their_point(claw: TipModel):
    goal = torch.tensor([0.07, 0.0, -0.08])
    start = claw.tips(torch.zeros(1, claw.joints))[0, 0]
    tips = claw.tips(claw.unnormalize(templates(claw, 6, generator(), steps=60)))
    assert (tips[:, 0] - goal).norm(dim=1).max() < (start - goal).norm()


def test_codes_are_drawn_around_their_mean_with_their_spread():
    mean, log_variance = torch.tensor([[1.0, -2.0]]), torch.log(torch.tensor([[0.04, 1.0]]))
    codes = drawn(mean.expand(4000, 2), log_variance.expand(4000, 2), generator())
    np.testing.assert_allclose(codes.mean(dim=0), mean[0], atol=0.05)
    np.testing.assert_allclose(codes.std(dim=0), [0.2, 1.0], rtol=0.05)


def test_drawn_codes_have_gradients_in_mean_and_spread():
    mean, log_variance = (
        torch.zeros(3, 2, requires_grad=True),
        torch.zeros(3, 2, requires_grad=True),
    )
    drawn(mean, log_variance, generator()).square().sum().backward()
    assert mean.grad is not None
    assert log_variance.grad is not None
    assert (log_variance.grad != 0).all()


def test_folders_do_not_matter(tmp_path: Path, claw: TipModel):
    again = TipModel(shared_kinematics(claw_hand(tmp_path)))
    assert torch.equal(
        closing(again, 6, generator(), steps=5), closing(claw, 6, generator(), steps=5)
    )
