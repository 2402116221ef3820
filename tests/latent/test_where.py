"""Training computes where it is told to: nothing of a step stays behind on the CPU.

torch's `meta` device has shapes and no numbers, and refuses to be mixed with any other: what runs
there names every tensor that would have been left behind on a GPU, too.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.trained import OURS, TINY, founding
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent import pretraining, sampling
from xlvla_sdk.latent.methods import Method, train_space
from xlvla_sdk.latent.muon import Muon
from xlvla_sdk.latent.networks import GeometryEncoder
from xlvla_sdk.latent.presets import Preset
from xlvla_sdk.latent.pretraining import founding_hand, pretrain, space_loss
from xlvla_sdk.latent.training import HandInTraining, seeded
from xlvla_sdk.latent.where import Where, torch_device


def begun(
    folder: Path, recipe: Preset, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[HandInTraining], GeometryEncoder | None]:
    """Hands and geometry encoder on `meta`, where postures cannot be closed: these are uniform."""

    def stock(model, preset: Preset, generator: torch.Generator) -> torch.Tensor:
        return sampling.uniform(model, preset.pool, generator).to(model.lower.device)

    monkeypatch.setattr(pretraining, "pinch_stock", stock)
    with seeded(7) as generator:
        hands = [
            founding_hand(hand, kin, recipe, generator, "meta")
            for hand, kin in founding(folder).items()
        ]
    if not recipe.virtual:
        return hands, None
    geometry = GeometryEncoder(recipe.latent, recipe.widths, recipe.activation)
    return hands, geometry.to("meta")


@pytest.mark.parametrize(
    "recipe",
    [TINY, OURS, replace(OURS, virtual=0), replace(OURS, own=False, reads="joints")],
    ids=["plain", "default", "no virtual hands", "encoders of joints"],
)
def test_a_step_leaves_nothing_on_the_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: Preset
):
    hands, geometry = begun(tmp_path, recipe, monkeypatch)
    loss = space_loss(hands, recipe, torch.Generator().manual_seed(0), geometry)
    assert (loss.device.type, loss.shape) == ("meta", ())
    loss.backward()
    modules = [hand.networks for hand in hands] + ([geometry] if geometry else [])
    gradients = [parameter.grad for module in modules for parameter in module.parameters()]
    assert {g.device.type for g in gradients if g is not None} == {"meta"}
    assert None not in gradients


def test_what_is_mixed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Or the test above could not fail."""
    hands, geometry = begun(tmp_path, OURS, monkeypatch)
    hands[1].networks = hands[1].networks.to_empty(device="cpu")
    with pytest.raises(RuntimeError, match="device"):
        space_loss(hands, OURS, torch.Generator(), geometry)


def test_muon_steps_where_its_matrices_are():
    matrices = [torch.ones(4, 3, device="meta", requires_grad=True) for _ in range(2)]
    optimiser = Muon(matrices, lr=0.1)
    torch.stack(matrices).sum().backward()
    optimiser.step()  # would refuse a running mean that lay elsewhere
    assert {matrix.device.type for matrix in matrices} == {"meta"}


def test_a_space_says_where_it_was_trained(tmp_path: Path):
    space = pretrain(founding(tmp_path), replace(TINY, steps=1), 7, "tiny-1", device="cpu")
    assert space.card["device"] == "cpu"


def test_a_gpu_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    types = [torch_device(where).type for where in (Where.AUTO, Where.CPU, Where.CUDA)]
    assert types == ["cuda", "cpu", "cuda"]


def test_a_gpu_that_is_not_there_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [torch_device(w).type for w in (Where.AUTO, Where.CPU)] == ["cpu", "cpu"]
    with pytest.raises(XlvlaError, match=r"reaches no GPU on this computer.*--device cpu"):
        torch_device(Where.CUDA)


@pytest.mark.parametrize("method", [Method.LAD, Method.VQ])
def test_methods_to_compare_with_refuse_a_gpu(tmp_path: Path, method: Method):
    with pytest.raises(XlvlaError, match=f"--device cuda is for method xl; {method} trains on"):
        train_space(method, founding(tmp_path), 7, "other-1", where=Where.CUDA)
