"""An optimiser's run: its steps, its schedule, what it draws, and what stops it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from tests.claw_hand import claw_hand
from tests.trained import TINY, random_networks
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.presets import DEFAULT, FIT, PAPER, Preset, preset
from xlvla_sdk.latent.training import HandInTraining, pinch_stock, run, seeded


def descend(recipe: Preset) -> tuple[list[float], list[tuple[int, int]]]:
    """Minimises x^2 from 1; the size of every step, and what progress was told."""
    x = torch.ones(1, requires_grad=True)
    places: list[float] = []
    told: list[tuple[int, int]] = []

    def loss(_: int) -> torch.Tensor:
        places.append(x.item())
        return x.square().sum()

    run(loss, [x], recipe, lambda step, steps, _: told.append((step, steps)))
    places.append(x.item())
    return [before - after for before, after in pairwise(places)], told


def test_a_cosine_schedule_warms_up_and_comes_to_rest():
    steps, told = descend(replace(TINY, steps=100, rate=1e-3))
    assert abs(steps[0]) < 0.05 * max(steps)
    assert abs(steps[-1]) < 0.05 * max(steps)
    assert steps.index(max(steps)) < 15
    assert told == [(step + 1, 100) for step in range(100)]


def test_without_a_cosine_the_rate_stays():
    steps, _ = descend(replace(TINY, steps=20, rate=1e-3, cosine=False))
    assert max(steps) == pytest.approx(min(steps), rel=0.1)


def test_a_run_says_how_it_ended():
    x = torch.ones(1, requires_grad=True)
    recipe = replace(TINY, steps=100, rate=1e-3)
    ended = run(lambda _: x.square().sum(), [x], recipe, None)
    assert (ended.steps, ended.early) == (100, False)
    assert ended.loss < 1.0
    told: list[tuple[int, int]] = []
    ended = run(
        lambda _: x.square().sum(),
        [x],
        recipe,
        lambda step, steps, _: told.append((step, steps)),
        measure=lambda: 1.0,
    )
    assert (ended.steps, ended.early) == (15 + 50, True)
    assert told == [(n + 1, 100 if n < 15 else 65) for n in range(65)]


def test_muon_takes_the_matrices_and_adamw_the_rest():
    """A layer learns a linear map and its bias; each by its own optimiser."""
    generator = torch.Generator().manual_seed(0)
    wanted, shift = torch.randn(3, 4, generator=generator), torch.tensor([0.3, -0.2, 0.1])
    layer = torch.nn.Linear(4, 3)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()

    def loss(_: int) -> torch.Tensor:
        x = torch.randn(64, 4, generator=generator)
        return (layer(x) - (x @ wanted.T + shift)).square().mean()

    run(loss, layer.parameters(), replace(TINY, steps=300, rate=5e-3, optimiser="muon"), None)
    torch.testing.assert_close(layer.weight.detach(), wanted, atol=0.02, rtol=0)
    torch.testing.assert_close(layer.bias.detach(), shift, atol=0.02, rtol=0)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_stops_training_and_names_the_step(value: float):
    x = torch.ones(1, requires_grad=True)
    with pytest.raises(XlvlaError, match=r"step 3 of 12: the loss is (nan|inf).*xlvla check"):
        run(lambda step: x.sum() * (value if step == 3 else 1.0), [x], TINY, None)
    assert torch.isfinite(x).all()


def test_a_batch_is_half_uniform_and_half_pinches(tmp_path: Path):
    kinematics = shared_kinematics(claw_hand(tmp_path))
    model = TipModel(kinematics)
    pinches = torch.full((3, model.joints), 0.25)
    networks = random_networks(model.joints, 8, (4,), 0)
    hand = HandInTraining("claw:right", kinematics, model, networks, pinches)
    drawn = hand.draw(9, torch.Generator().manual_seed(0))
    assert drawn.shape == (9, model.joints)
    assert (drawn[4:] == 0.25).all()
    assert not (drawn[:4] == 0.25).any()


@pytest.mark.parametrize(("pinches", "rows"), [("closing", 25), ("templates", 20)])
def test_a_stock_of_pinches_is_as_the_preset_says(tmp_path: Path, pinches: str, rows: int):
    model = TipModel(shared_kinematics(claw_hand(tmp_path)))
    recipe = replace(TINY, pinches=pinches)
    stock = pinch_stock(model, recipe, torch.Generator().manual_seed(0))
    assert stock.shape == (rows, model.joints)
    assert stock.abs().max() <= 1.0


def test_unknown_pinches_are_refused(tmp_path: Path):
    model = TipModel(shared_kinematics(claw_hand(tmp_path)))
    with pytest.raises(XlvlaError, match=r"preset 'tiny' draws pinches from 'grasps'"):
        pinch_stock(model, replace(TINY, pinches="grasps"), torch.Generator())


def test_the_callers_random_state_is_left_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with seeded(7) as generator:
        first = (torch.rand(2), torch.rand(2, generator=generator))
    assert torch.equal(torch.rand(3), expected)
    with seeded(7) as generator:
        again = (torch.rand(2), torch.rand(2, generator=generator))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


def test_presets_go_by_name():
    assert preset("paper") is PAPER
    assert preset("default") is DEFAULT
    with pytest.raises(XlvlaError, match=r"no preset is called 'best'. There are: paper, default"):
        preset("best")


def test_the_papers_constants_are_the_papers():
    """arXiv 2603.10158, section 3."""
    weights = PAPER.weights
    assert (weights.distance, weights.direction, weights.tightness) == (2000.0, 5.0, 12.0)
    assert (weights.prior, weights.contact, weights.reconstruction) == (1e-5, 0.0, 1.0)
    assert (PAPER.latent, PAPER.widths, PAPER.rate) == (32, (64, 128, 64), 2e-3)
    assert (PAPER.batch, PAPER.pinches) == (1024, "templates")
    assert FIT.pinches == "closing"
