"""A space is made of kinematics and a seed, and of nothing else."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trained import OURS, TINY, founding, train_tiny_space
from xlvla_sdk.codec import LatentSpace, load_space
from xlvla_sdk.codec.file import codec_tensors
from xlvla_sdk.codec.space import save_space, space_hash
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent.losses import Weights
from xlvla_sdk.latent.networks import GeometryEncoder
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.pretraining import KEPT, founding_hand, pretrain, space_loss
from xlvla_sdk.latent.training import HandInTraining, seeded


def test_the_same_seed_gives_the_same_bytes(tiny_space: LatentSpace, tmp_path: Path):
    torch.manual_seed(99)
    again = train_tiny_space(tmp_path)
    assert again.id == tiny_space.id
    for space, name in ((tiny_space, "first"), (again, "second")):
        save_space(space, tmp_path / name)
    files = ("tiny-1.safetensors", "tiny-1.json")
    for file in files:
        first, second = ((tmp_path / name / file).read_bytes() for name in ("first", "second"))
        assert first == second


def test_the_same_seed_gives_the_same_bytes_with_virtual_hands_and_muon(tmp_path: Path):
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        torch.manual_seed(len(name))
        recipe = replace(OURS, steps=4)
        save_space(train_tiny_space(tmp_path, seed, recipe), tmp_path / name)
    first, again, other = (
        (tmp_path / name / "tiny-1.safetensors").read_bytes()
        for name in ("first", "again", "other")
    )
    assert first == again
    assert first != other


def test_another_seed_gives_another_space(tiny_space: LatentSpace, tmp_path: Path):
    other = train_tiny_space(tmp_path, seed=8, preset=replace(TINY, steps=1))
    assert other.hash != tiny_space.hash


def test_it_is_named_by_its_hash_and_says_how_it_was_trained(tiny_space: LatentSpace):
    digest = space_hash(
        {hand: (c.kinematics, codec_tensors(c)) for hand, c in tiny_space.hands.items()}
    )
    assert tiny_space.hash == digest
    assert list(tiny_space.hands) == ["small:right", "claw:right"]
    assert {codec.space for codec in tiny_space.hands.values()} == {f"tiny-1@{digest[:8]}"}
    assert tiny_space.width == TINY.latent
    card = tiny_space.card
    assert (card["seed"], card["preset"], card["torch"]) == (7, asdict(TINY), torch.__version__)
    assert np.isfinite(card["final_loss"])


def test_it_is_read_as_it_was_trained(tiny_space: LatentSpace, data_folder: Path):
    save_space(tiny_space, data_folder / "spaces")
    again = load_space("tiny-1")
    assert (again.hash, again.card["seed"]) == (tiny_space.hash, 7)
    qpos = np.array([[0.3, 0.4], [1.0, 0.0]])
    ours, theirs = (space.hands["small:right"] for space in (tiny_space, again))
    np.testing.assert_array_equal(ours.encode(qpos), theirs.encode(qpos))


def test_training_brings_the_loss_down(tmp_path: Path):
    losses: list[float] = []
    recipe = replace(TINY, steps=40, rate=1e-2)
    pretrain(founding(tmp_path), recipe, 7, "tiny-1", lambda *told: losses.append(told[2]))
    assert len(losses) == 40
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])


@pytest.mark.parametrize(
    "recipe",
    [
        replace(TINY, steps=2, pinches="templates", cosine=False),
        replace(TINY, steps=2, weights=Weights(distance=0.0, direction=0.0)),
        replace(TINY, steps=2, weights=Weights(reconstruction=0.0, contact=50.0)),
        replace(TINY, steps=2, edges=True, own=True),
        replace(OURS, steps=2),
        replace(OURS, steps=2, tie=0.0, own=False, weights=Weights(distance=0.0, direction=0.0)),
    ],
    ids=[
        "templates",
        "without alignment",
        "without reconstruction",
        "edges and own tips",
        "all of ours",
        "virtual hands without alignment",
    ],
)
def test_recipes_of_every_kind_train(tmp_path: Path, recipe):
    assert np.isfinite(train_tiny_space(tmp_path, preset=recipe).card["final_loss"])


def test_fewer_than_two_hands_are_refused(tmp_path: Path):
    (one, kinematics), *_ = founding(tmp_path).items()
    with pytest.raises(XlvlaError, match=r"'lonely' has 1 founding hands \(small:right\).*another"):
        pretrain({one: kinematics}, TINY, 7, "lonely")
    with pytest.raises(XlvlaError, match=r"has 0 founding hands \(none\)"):
        pretrain({}, TINY, 7, "empty")


def begun(folder: Path, recipe: Preset) -> tuple[list[HandInTraining], GeometryEncoder]:
    with seeded(7) as generator:
        recipe = replace(recipe, pinches="templates")
        hands = [founding_hand(h, k, recipe, generator) for h, k in founding(folder).items()]
        return hands, GeometryEncoder(recipe.latent, recipe.widths, recipe.activation)


def loss_of(recipe: Preset, hands: list[HandInTraining], geometry: GeometryEncoder) -> torch.Tensor:
    return space_loss(hands, recipe, torch.Generator().manual_seed(0), geometry)


@pytest.mark.parametrize(
    "recipe",
    [
        OURS,
        replace(OURS, tie=0.0, weights=Weights(prior=0.0)),
        replace(OURS, virtual_weight=0.0, weights=Weights(prior=0.0)),
        replace(OURS, reads="joints", activation="relu"),
    ],
    ids=["all", "virtual hands alone", "tie alone", "encoders of joints"],
)
def test_a_step_teaches_every_network_and_the_geometry_encoder(tmp_path: Path, recipe: Preset):
    hands, geometry = begun(tmp_path, recipe)
    loss = loss_of(recipe, hands, geometry)
    assert torch.isfinite(loss)
    loss.backward()
    for network in (geometry, *(hand.networks for hand in hands)):
        gradients = [parameter.grad for parameter in network.parameters()]
        assert all(g is not None and bool(g.isfinite().all()) for g in gradients)
        assert max(float(g.abs().max()) for g in gradients if g is not None) > 1e-6


def test_the_tie_is_how_far_codes_are_from_the_geometry_encoders(tmp_path: Path):
    """Nothing, once a hand's encoder and that one answer the same whatever they read."""

    def tie() -> float:
        with torch.no_grad():
            costs = [loss_of(replace(OURS, tie=weight), hands, geometry) for weight in (0.0, 1.0)]
        return float(costs[1] - costs[0])

    hands, geometry = begun(tmp_path, OURS)
    assert tie() > 0.01
    for network in (geometry.network, *(hand.networks.encoder for hand in hands)):
        with torch.no_grad():
            last = network[-1]
            last.weight.zero_()  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
            last.bias.fill_(0.3)  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
    assert abs(tie()) < 1e-6


def test_the_tie_draws_hands_and_the_geometry_encoder_to_one_another(tmp_path: Path):
    hands, geometry = begun(tmp_path, OURS)
    costs = [loss_of(replace(OURS, tie=weight), hands, geometry) for weight in (0.0, 1.0)]
    (costs[1] - costs[0]).backward()
    for network in (geometry, *(hand.networks.encoder for hand in hands)):
        gradients = [parameter.grad for parameter in network.parameters()]
        assert max(float(g.abs().max()) for g in gradients if g is not None) > 1e-3
    untouched = [p.grad for hand in hands for p in hand.networks.decoder.parameters()]
    assert all(g is None or float(g.abs().max()) < 1e-5 for g in untouched)


def test_virtual_hands_cost_nothing_of_what_is_drawn_for_real_ones(tmp_path: Path):
    """Without their weight, and without the tie, the loss is the one without a geometry encoder."""
    hands, geometry = begun(tmp_path, OURS)
    silent = replace(OURS, tie=0.0, virtual_weight=0.0, weights=Weights(prior=0.0))
    plain = space_loss(hands, silent, torch.Generator().manual_seed(0))
    torch.testing.assert_close(loss_of(silent, hands, geometry), plain, atol=1e-5, rtol=0)
    heard = loss_of(replace(silent, virtual_weight=1.0), hands, geometry)
    assert heard > plain + 0.01


def test_a_space_keeps_its_geometry_encoder_and_some_pinches(tmp_path: Path):
    space = train_tiny_space(tmp_path, preset=replace(OURS, steps=1))
    assert space.geometry is not None
    assert (space.geometry.width_in, space.geometry.width_out) == (16, 2 * OURS.latent)
    assert space.geometry.activation == "silu"
    assert {codec.reads for codec in space.hands.values()} == {"joints+deltas"}
    assert list(space.pinches) == list(space.hands)
    for hand, codec in space.hands.items():
        rows = space.pinches[hand]
        assert rows.shape == (25, len(codec.joints))
        assert np.abs(rows).max() <= 1.0
    assert train_tiny_space(tmp_path, preset=replace(TINY, steps=1)).geometry is None


@pytest.mark.parametrize(("stock", "kept"), [(KEPT, KEPT), (KEPT + 1, KEPT // 2 + 1)])
def test_of_a_large_stock_every_so_many_pinches_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stock: int, kept: int
):
    rows = torch.linspace(-1.0, 1.0, stock)[:, None]
    monkeypatch.setattr(
        "xlvla_sdk.latent.pretraining.pinch_stock", lambda model, *_: rows.repeat(1, model.joints)
    )
    space = train_tiny_space(tmp_path, preset=replace(TINY, steps=1))
    first, *_, last = space.pinches["claw:right"][:, 0]
    assert len(space.pinches["claw:right"]) == kept
    assert (first, last) == (-1.0, 1.0)
