"""Measures are what a plain loop over test postures says, on test sets that are always the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import measures
from xlvla_sdk.latent.losses import CONTACT, Weights, retarget_loss, source_pairs

SHORT, LONG = "short:right", "long:right"


@pytest.fixture(scope="module")
def codecs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LatentCodec]:
    """Two claws, each with its own normalised joints as latent."""
    folder = tmp_path_factory.mktemp("claws")
    hands = (claw_hand(folder, "short"), claw_hand(folder, "long", length=0.055))
    return {hand.id: small_codec(hand) for hand in hands}


@pytest.fixture(scope="module")
def models(codecs: Mapping[str, LatentCodec]) -> Mapping[str, TipModel]:
    return {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}


@pytest.fixture(scope="module")
def sets(models: Mapping[str, TipModel]) -> measures.TestSets:
    return measures.make_test_sets(models, count=24)


def test_test_sets_are_the_same_every_time(models: Mapping[str, TipModel], sets: measures.TestSets):
    torch.manual_seed(1)
    again = measures.make_test_sets(models, count=24)
    assert again.hash == sets.hash
    for which in measures.SETS:
        assert all(torch.equal(again.postures[which][h], sets.postures[which][h]) for h in models)


def test_another_seed_makes_other_test_sets(
    models: Mapping[str, TipModel], sets: measures.TestSets
):
    assert measures.make_test_sets(models, seed=8, count=24).hash != sets.hash


def test_postures_that_were_closed_before_are_taken_as_they_are(
    models: Mapping[str, TipModel], sets: measures.TestSets
):
    kept = {SHORT: sets.postures["CP"][SHORT].numpy()}
    again = measures.make_test_sets(models, count=24, closings=kept)
    assert torch.equal(again.postures["CP"][SHORT], sets.postures["CP"][SHORT])
    assert all(torch.equal(again.postures["RT"][h], sets.postures["RT"][h]) for h in models)
    kept = {SHORT: np.zeros((24, models[SHORT].joints), np.float32)}
    other = measures.make_test_sets(models, count=24, closings=kept)
    assert list(other.postures["CP"]) == [SHORT, LONG]
    assert not other.postures["CP"][SHORT].any()
    assert other.hash != again.hash


def vectors_of(codec: LatentCodec, qpos: np.ndarray) -> np.ndarray:
    """Thumb minus index and middle [m]."""
    rows = codec.kinematics.tips(qpos)
    return rows[:1] - rows[1:]


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))))


def test_measures_are_the_plain_loops(
    codecs: Mapping[str, LatentCodec], models: Mapping[str, TipModel], sets: measures.TestSets
):
    source, target = codecs[SHORT], codecs[LONG]
    found = measures.measure(codecs, models, sets, "CP", [(SHORT, LONG)])
    angles, gaps, squares, touching = [], [], [], []
    for posture in sets.postures["CP"][SHORT].double().numpy():
        lower, upper = source.limits
        qpos = lower + (upper - lower) * (posture + 1) / 2
        squares.append((source.decode(source.encode(qpos)) - qpos) ** 2)
        ours = vectors_of(source, qpos)
        theirs = vectors_of(target, target.decode(source.encode(qpos)))
        far, reached = np.linalg.norm(ours, axis=1), np.linalg.norm(theirs, axis=1)
        angles += [angle(a, b) for a, b in zip(ours, theirs, strict=True)]
        gaps += list(np.abs(far - reached) * 1000)
        touching += [reached[far.argmin()]] if far.min() < CONTACT else []
    assert found.recon_deg == pytest.approx(np.degrees(np.sqrt(np.mean(squares))), rel=1e-4)
    assert found.dir_deg == pytest.approx(np.mean(angles), rel=1e-3)
    assert found.dist_mm == pytest.approx(np.mean(gaps), rel=1e-3)
    assert len(touching) > 5
    median = sorted(touching)[(len(touching) - 1) // 2] * 1000
    assert found.contact_mm == pytest.approx(median, rel=1e-2)
    assert found.contact_5mm == pytest.approx(np.mean(np.array(touching) < 0.005))
    assert found.contact_10mm == pytest.approx(np.mean(np.array(touching) < 0.01))


def test_the_loss_that_is_reported_is_the_papers(
    codecs: Mapping[str, LatentCodec], models: Mapping[str, TipModel], sets: measures.TestSets
):
    pair = (codecs[LONG], codecs[SHORT])
    wanted, reached = measures.target_deltas(
        *pair, models[LONG], models[SHORT], sets.postures["RT"][LONG]
    )
    both = torch.tensor([True, True, False, False])
    expected = retarget_loss(source_pairs(wanted, Weights()), reached, both, Weights()).mean()
    found = measures.measure(codecs, models, sets, "RT", [(LONG, SHORT)])
    assert found.retarget_loss == pytest.approx(expected.item(), rel=1e-6)
    assert found.contact_mm is None


def test_without_pairs_all_are_averaged(
    codecs: Mapping[str, LatentCodec], models: Mapping[str, TipModel], sets: measures.TestSets
):
    both = measures.measure(codecs, models, sets, "RT")
    ways = [(SHORT, LONG), (LONG, SHORT)]
    each = [measures.measure(codecs, models, sets, "RT", [way]) for way in ways]
    assert both.dist_mm == pytest.approx(np.mean([one.dist_mm for one in each]))
    recon = [measures.reconstruction_deg(codecs[h], sets.postures["RT"][h]) for h in (SHORT, LONG)]
    assert both.recon_deg == pytest.approx(np.mean(recon))


def vectors(*millimetres: tuple[float, float, float, float]) -> Tensor:
    """Vectors along x of these lengths."""
    return torch.tensor(millimetres)[..., None] * torch.tensor([0.001, 0.0, 0.0])


def contact(
    wanted: Tensor, reached: Tensor, both: Tensor, able: Tensor
) -> tuple[float | None, ...]:
    found = measures.pair_measures(wanted, reached, both, able, True)
    return found.contact_mm, found.contact_5mm, found.contact_10mm


def test_contact_is_of_the_finger_that_touches_and_of_nobody_else():
    every = torch.ones(4, dtype=torch.bool)
    wanted = vectors((3, 30, 30, 30), (30, 1, 4, 30), (30, 30, 6, 30))
    reached = vectors((8, 1, 1, 1), (1, 2, 1, 1), (1, 1, 1, 1))
    mm, within_5, within_10 = contact(wanted, reached, every, every)
    assert mm == pytest.approx(2.0, rel=1e-4)
    assert (within_5, within_10) == (0.5, 1.0)


def test_a_contact_the_target_cannot_make_does_not_count():
    every = torch.ones(4, dtype=torch.bool)
    able = torch.tensor([False, True, True, True])
    wanted = vectors((1, 3, 30, 30), (30, 2, 30, 30))
    reached = vectors((50, 50, 50, 50), (50, 7, 50, 50))
    # In the first row the index is closest; that the middle touches too does not help.
    assert contact(wanted, reached, every, able)[0] == pytest.approx(7.0, rel=1e-4)
    assert contact(wanted, reached, every, torch.zeros(4, dtype=torch.bool)) == (None, None, None)


def test_means_leave_out_what_a_pair_does_not_have():
    row = measures.Measures(None, 1.0, 2.0, 3.0, None, None, None)
    other = replace(row, dir_deg=3.0, contact_mm=4.0)
    mean = measures.mean_measures([row, other])
    assert (mean.dir_deg, mean.contact_mm, mean.recon_deg) == (2.0, 4.0, None)
    assert "NaN" not in json.dumps(mean.to_json())
