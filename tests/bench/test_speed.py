"""What the speed bench counts and compares; how long anything takes is not tested."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.arithmetic import Floor, flops, products
from bench.paper_code import paper_code
from bench.speed import FLOOR, OURS, PLAIN, Timing, take_turns, verdict
from bench.step_profile import in_turn, parts
from tests.trained import TINY, founding
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import pretraining
from xlvla_sdk.latent.pretraining import founding_hand, space_loss
from xlvla_sdk.latent.training import HandInTraining, seeded

RECIPE = replace(TINY, pinches="templates")


@pytest.fixture
def hands(tmp_path: Path) -> list[HandInTraining]:
    with seeded(7) as generator:
        return [founding_hand(h, k, RECIPE, generator) for h, k in founding(tmp_path).items()]


def test_products_are_what_torch_counts_in_the_networks_of_a_step(
    hands: list[HandInTraining], monkeypatch: pytest.MonkeyPatch
):
    # Kinematics multiplies matrices too, small ones; they are no part of the networks.
    monkeypatch.setattr(
        TipModel, "deltas", lambda _, qpos: qpos.sum() + torch.ones(len(qpos), 4, 3)
    )
    monkeypatch.setattr(pretraining, "shares_sum", in_turn)  # the counter sees one thread
    with FlopCounterMode(display=False) as counted:
        space_loss(hands, RECIPE, torch.Generator().manual_seed(0)).backward()
    assert flops(products([hand.model.joints for hand in hands], RECIPE)) == (
        counted.get_total_flops()
    )


def test_a_step_of_the_paper_is_two_and_a_half_billion_operations():
    """XHand, Ability, Inspire and Paxini have 12, 6, 6 and 16 joints."""
    recipe = replace(TINY, latent=32, widths=(64, 128, 64), batch=1024)
    assert flops(products([12, 6, 6, 16], recipe)) / 1e9 == pytest.approx(2.4, abs=0.1)


class Counting:
    """A contestant that takes no time, and remembers its turns."""

    def __init__(self, name: str, turns: list[tuple[str, int, int]]) -> None:
        self.name, self.turns = name, turns

    def seconds(self, steps: int, threads: int) -> float:
        self.turns.append((self.name, steps, threads))
        return float(len(self.turns))


def test_contestants_take_turns_and_the_first_round_is_dropped():
    turns: list[tuple[str, int, int]] = []
    both = {name: Counting(name, turns) for name in "ab"}
    timings = take_turns(both, [1], steps=2, repeats=3)
    assert turns == [("a", 1, 1), ("b", 1, 1)] + 3 * [("a", 2, 1), ("b", 2, 1)]
    assert timings == [Timing("a", 1, 2.5, 1.5), Timing("b", 1, 3.0, 2.0)]


@pytest.mark.parametrize(
    ("ours", "said"), [(0.1, ": reached"), (0.2, "NOT reached")], ids=["reached", "missed"]
)
def test_the_goal_is_judged_against_the_plain_trainers_best(ours: float, said: str):
    timings = [
        Timing(OURS, 1, ours, ours),
        Timing(PLAIN, 1, 1.2, 1.2),
        Timing(PLAIN, 2, 0.9, 0.9),
        Timing(FLOOR, 1, 0.01, 0.01),
    ]
    said_of_all = verdict(timings)
    assert f"takes {0.9 / ours:.2f} times the samples a second of plain" in said_of_all[0]
    assert said in said_of_all[-1]


def test_the_floor_multiplies_what_it_is_given():
    floor = Floor([(3, 4, 5), (2, 2, 2)])
    floor.seconds(1, 1)
    for a, b, out in floor.work:
        torch.testing.assert_close(out, a @ b)


def test_a_profile_finds_every_group_and_leaves_everything_as_it_was(hands: list[HandInTraining]):
    before = TipModel.deltas
    generator = torch.Generator().manual_seed(0)
    weights = [p for hand in hands for p in hand.networks.parameters()]
    optimiser = torch.optim.AdamW(weights)

    def step() -> None:
        space_loss(hands, RECIPE, generator).backward()
        optimiser.step()

    found = parts(step, 2)
    groups = {"matmul", "norm", "activation", "kinematics", "sampling", "losses", "optimiser"}
    assert groups < set(found)
    assert sum(found.values()) == pytest.approx(1.0)
    assert min(found[group] for group in groups) > 0.0
    assert TipModel.deltas is before


def test_what_is_no_checkout_of_the_papers_code_is_refused(tmp_path: Path):
    with (
        pytest.raises(SystemExit, match="is no checkout of EmptyBlueBox/DexLatent"),
        paper_code(Path("python"), tmp_path, 8),
    ):
        pass
