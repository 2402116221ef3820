"""What is left of a run that is stopped or whose numbers stop being finite, and who is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trained import TINY, founding
from xlvla_sdk.codec import load_space
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent import pretraining
from xlvla_sdk.latent.checkpoint import Checkpoint, not_finite
from xlvla_sdk.latent.pretraining import founding_hand, pretrain
from xlvla_sdk.latent.training import HandInTraining, seeded

RECIPE = replace(TINY, steps=9, pinches="templates")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / "spaces", "tiny-1", every=3)


def first_weights(network: torch.nn.Module) -> torch.Tensor:
    return next(network.parameters())


def train_until(step: int, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, a training's step spoils the second hand's decoder, or is interrupted."""
    plain = pretraining.space_loss
    steps = iter(range(100))

    def spoiled(hands: list[HandInTraining], *given) -> torch.Tensor:
        if next(steps) == step:
            if how == "interrupted":
                raise KeyboardInterrupt
            with torch.no_grad():
                first_weights(hands[1].networks.decoder)[0, 0] = float("nan")
        return plain(hands, *given)

    monkeypatch.setattr(pretraining, "space_loss", spoiled)


def test_a_loss_that_is_not_finite_names_step_hand_and_what_is_left(
    tmp_path: Path, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
):
    train_until(8, "spoiled", monkeypatch)
    said = r"step 8 of 9: the loss is nan.*decoder of claw:right\. .*after 6 steps, is .*unfinished"
    with pytest.raises(XlvlaError, match=said):
        pretrain(founding(tmp_path), RECIPE, 7, "tiny-1", checkpoint=checkpoint)
    assert load_space(str(checkpoint.path)).card["unfinished"] == 6


def test_the_state_kept_is_what_so_many_steps_lead_to(
    tmp_path: Path, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
):
    train_until(7, "interrupted", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        pretrain(founding(tmp_path), replace(RECIPE, cosine=False), 7, "tiny-1", None, checkpoint)
    kept = load_space(str(checkpoint.path))
    monkeypatch.undo()
    six = pretrain(founding(tmp_path), replace(RECIPE, cosine=False, steps=6), 7, "tiny-1")
    assert kept.hash == six.hash
    assert kept.id == f"tiny-1-unfinished@{six.hash[:8]}"


def test_an_interrupted_training_says_what_is_left(
    tmp_path: Path,
    checkpoint: Checkpoint,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    train_until(2, "interrupted", monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        pretrain(founding(tmp_path), RECIPE, 7, "tiny-1", checkpoint=checkpoint)
    assert (
        "tiny-1: training was stopped. No state was kept yet: the first is after 3 steps"
        in caplog.text
    )
    assert not checkpoint.path.exists()


def test_keeping_a_state_changes_nothing_of_what_is_trained(tmp_path: Path, checkpoint: Checkpoint):
    plain = pretrain(founding(tmp_path), RECIPE, 7, "tiny-1")
    kept = pretrain(founding(tmp_path), RECIPE, 7, "tiny-1", checkpoint=checkpoint)
    assert (kept.hash, kept.card) == (plain.hash, plain.card)
    assert [path.suffix for path in sorted(checkpoint.path.parent.iterdir())] == [
        ".json",
        ".safetensors",
    ]
    checkpoint.clear()
    assert not list(checkpoint.path.parent.iterdir())


def test_without_a_checkpoint_the_hand_is_named_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    train_until(4, "spoiled", monkeypatch)
    with pytest.raises(XlvlaError, match=r"step 4 of 9.*decoder of claw:right\.$"):
        pretrain(founding(tmp_path), RECIPE, 7, "tiny-1")


def in_training(folder: Path) -> list[HandInTraining]:
    with seeded(7) as generator:
        return [founding_hand(h, k, RECIPE, generator) for h, k in founding(folder).items()]


def test_the_hand_whose_kinematics_are_at_fault_is_named_before_any_network(tmp_path: Path):
    hands = in_training(tmp_path)
    hands[0].model.upper[0] = float("inf")
    with torch.no_grad():
        first_weights(hands[1].networks.encoder)[0, 0] = float("nan")
    assert not_finite(hands) == "Not finite: fingertips of small:right."


@pytest.mark.parametrize(
    ("what", "spoil"),
    [
        ("decoder", lambda networks: networks.decoder[0].bias.fill_(np.inf)),
        ("encoder", lambda networks: networks.encoder[0].bias.fill_(np.nan)),
        ("codes", lambda networks: networks.encoder[-1].bias.fill_(1e4)),
    ],
)
def test_what_of_a_hand_is_not_finite_is_said(tmp_path: Path, what: str, spoil):
    hands = in_training(tmp_path)
    assert not_finite(hands) == "Each hand by itself is finite: small:right, claw:right."
    with torch.no_grad():
        spoil(hands[1].networks)
    assert not_finite(hands) == f"Not finite: {what} of claw:right."


def test_codes_of_encoders_that_read_vectors_are_looked_at_too(tmp_path: Path):
    recipe = replace(RECIPE, reads="joints+deltas")
    with seeded(7) as generator:
        hands = [founding_hand(h, k, recipe, generator) for h, k in founding(tmp_path).items()]
    assert not_finite(hands) == "Each hand by itself is finite: small:right, claw:right."
    with torch.no_grad():
        last = hands[0].networks.encoder[-1]
        assert isinstance(last, torch.nn.Linear)
        last.bias.fill_(1e4)
    assert not_finite(hands) == "Not finite: codes of small:right."
