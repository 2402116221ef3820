"""The oracle finds what the geometry allows, and never less than where it began."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.claw_hand import claw_hand
from xlvla_sdk.codec import load_space
from xlvla_sdk.kinematics import shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.stack import TipStack
from xlvla_sdk.latent import measures, trials
from xlvla_sdk.latent.losses import CONTACT, Weights, length, retarget_loss, source_pairs
from xlvla_sdk.latent.oracle import oracle, oracles, touching_finger
from xlvla_sdk.latent.sampling import uniform
from xlvla_sdk.latent.trials import ORACLE_STEPS, means_of, run_trials

BOTH = torch.tensor([True, True, False, False])


@pytest.fixture(scope="module")
def claws(tmp_path_factory: pytest.TempPathFactory) -> tuple[TipModel, TipModel]:
    folder = tmp_path_factory.mktemp("claws")
    hands = (claw_hand(folder), claw_hand(folder, "long", length=0.06))
    short, long = (TipModel(shared_kinematics(hand)) for hand in hands)
    return short, long


def postures(hand: TipModel, seed: int = 7) -> Tensor:
    return uniform(hand, 24, torch.Generator().manual_seed(seed))


def deltas(hand: TipModel, normalized: Tensor) -> Tensor:
    return hand.deltas(hand.unnormalize(normalized))


def loss(hand: TipModel, wanted: Tensor, normalized: Tensor) -> Tensor:
    source = source_pairs(wanted, Weights())
    return retarget_loss(source, deltas(hand, normalized), BOTH, Weights())


def test_no_row_is_worse_than_its_start(claws: tuple[TipModel, TipModel]):
    source, target = claws
    wanted, start = deltas(source, postures(source)), postures(target, 8)
    found = oracle(wanted, target, start, BOTH, steps=40)
    before, after = loss(target, wanted, start), loss(target, wanted, found)
    assert (after <= before + 1e-5).all()
    assert after.mean() < 0.3 * before.mean()


def test_a_start_that_is_the_answer_is_kept(claws: tuple[TipModel, TipModel]):
    """Adam makes a whole step of any gradient, and rounding is one."""
    hand, _ = claws
    start = postures(hand)
    found = oracle(deltas(hand, start), hand, start, BOTH, steps=20)
    assert loss(hand, deltas(hand, start), found).max() < 1e-4


def test_joints_stay_within_their_limits(claws: tuple[TipModel, TipModel]):
    source, target = claws
    start = torch.ones(24, target.joints)
    found = oracle(deltas(source, postures(source)), target, start, BOTH, steps=5)
    assert found.abs().max() <= 1.0


def test_with_contact_a_touch_is_brought_closer(claws: tuple[TipModel, TipModel]):
    source, target = claws
    wanted = deltas(source, postures(source))
    wanted[:, 0] *= 0.003 / length(wanted)[:, :1]  # the index touches in every row
    start = postures(target, 8)
    plain = oracle(wanted, target, start, BOTH, steps=80)
    touching = oracle(wanted, target, start, BOTH, contact=True, steps=80)
    near, nearer = (length(deltas(target, found))[:, 0].mean() for found in (plain, touching))
    assert nearer < near
    assert loss(target, wanted, plain).mean() <= loss(target, wanted, touching).mean()


def test_the_touching_finger_is_the_closest_of_those_both_have():
    distance = torch.tensor([[0.004, 0.003, 0.001, 0.1], [0.02, 0.03, 0.001, 0.1]])
    both = torch.tensor([True, True, False, True])
    assert touching_finger(distance, both).tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    assert distance[1, 0] > CONTACT


def test_the_steps_an_evaluation_takes_are_as_good_as_the_oracles_own(
    monkeypatch: pytest.MonkeyPatch,
):
    """Begun at a codec's answer, as it is there; a random start is further away."""
    hands = ("xhand:right", "ability:right")
    codecs = {hand: load_space().hands[hand] for hand in hands}
    models = {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}
    postures = {
        hand: uniform(model, 160, torch.Generator().manual_seed(7))
        for hand, model in models.items()
    }
    sets = measures.TestSets({"RT": postures, "CP": postures}, "")
    ours = means_of(run_trials(codecs, models, sets, [hands]))[1]["RT"]
    monkeypatch.setattr(trials, "ORACLE_STEPS", 300)
    whole = means_of(run_trials(codecs, models, sets, [hands]))[1]["RT"]
    assert ours.retarget_loss == pytest.approx(whole.retarget_loss, rel=0.01)
    assert ORACLE_STEPS < 300


def test_several_targets_at_once_are_each_as_by_themselves(claws: tuple[TipModel, TipModel]):
    """A few steps: what Adam makes of the last bits of a gradient grows with each."""
    source, target = claws
    wanted = torch.stack([deltas(source, postures(source, seed)) for seed in (1, 2)])
    start = torch.stack([postures(hand, 3) for hand in (source, target)])
    both = BOTH.expand(2, 24, -1)
    found = oracles(wanted, TipStack([source, target]), start, both, contact=True, steps=10)
    for index, hand in enumerate((source, target)):
        alone = oracle(wanted[index], hand, start[index], BOTH, contact=True, steps=10)
        torch.testing.assert_close(found[index], alone, atol=1e-3, rtol=0)
    assert (found - start).abs().max() > 0.1
