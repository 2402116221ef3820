"""Matched rows: what one hand does, every other does as well as its geometry allows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.claw_hand import claw_hand
from tests.small_hand import small_hand
from tests.trained import TINY
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics import HandKinematics, shared_kinematics
from xlvla_sdk.latent.losses import Weights, retarget_loss, source_pairs
from xlvla_sdk.latent.matching import match, nearest
from xlvla_sdk.latent.pretraining import founding_hand
from xlvla_sdk.latent.training import HandInTraining, seeded


def in_training(hands: dict[str, HandKinematics]) -> list[HandInTraining]:
    with seeded(1) as generator:
        return [founding_hand(name, kin, TINY, generator) for name, kin in hands.items()]


@pytest.fixture
def hands(tmp_path: Path) -> list[HandInTraining]:
    specs = [small_hand(tmp_path), claw_hand(tmp_path), claw_hand(tmp_path, "long", length=0.06)]
    return in_training({spec.id: shared_kinematics(spec) for spec in specs})


def test_rows_of_every_hand_are_found_on_all_others(hands: list[HandInTraining]):
    generator = torch.Generator().manual_seed(3)
    rows = match(hands, 10, 40, generator)
    assert list(rows.postures) == ["small:right", "claw:right", "long:right"]
    assert len(rows) == 30
    claw, long = hands[1], hands[2]
    want = claw.model.deltas(claw.model.unnormalize(rows.postures["claw:right"][10:20]))
    got = long.model.deltas(long.model.unnormalize(rows.postures["long:right"][10:20]))
    some = long.model.deltas(long.model.unnormalize(long.draw(10, generator)))
    pairs, both = source_pairs(want, Weights()), claw.model.has[1:]
    found, chance = (retarget_loss(pairs, d, both, Weights()).mean() for d in (got, some))
    assert found < 0.2 * chance
    assert all(rows.abs().max() <= 1.0 for rows in rows.postures.values())


def test_the_nearest_start_is_the_one_with_the_least_loss(hands: list[HandInTraining]):
    generator = torch.Generator().manual_seed(3)
    claw, long = hands[1].model, hands[2].model
    starts = hands[2].draw(7, generator)
    source = source_pairs(claw.deltas(claw.unnormalize(hands[1].draw(5, generator))), Weights())
    both = (claw.has & long.has)[1:].expand(5, -1)
    chosen = nearest(source, long, starts, both)
    for row in range(5):
        costs = []
        for start in (*starts, chosen[row]):
            one = replace(source, **{k: v[row : row + 1] for k, v in vars(source).items()})
            deltas = long.deltas(long.unnormalize(start[None]))
            costs.append(float(retarget_loss(one, deltas, both[:1], Weights())))
        assert costs[-1] == min(costs[:-1])


def test_hands_that_share_no_finger_are_refused(tmp_path: Path):
    small = small_hand(tmp_path)
    other = small.model_copy(
        update={"name": "other", "tip_links": {"thumb": "thumb_tip", "ring": "index_tip"}}
    )
    two = in_training({hand.id: shared_kinematics(hand) for hand in (small, other)})
    with pytest.raises(
        XlvlaError, match=r"small:right and other:right share no finger .*Leave one"
    ):
        match(two, 4, 2, torch.Generator().manual_seed(0))
