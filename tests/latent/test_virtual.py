"""Virtual hands are the founding ones stretched, turned, and short of a finger; never closed or opened."""

from __future__ import annotations

import math

import pytest
import torch

from xlvla_sdk.latent import virtual
from xlvla_sdk.latent.virtual import virtual_vectors

ROWS = 4000
ALL = torch.ones(ROWS, 4, dtype=torch.bool)


def deltas() -> torch.Tensor:
    return 0.1 * torch.randn(ROWS, 4, 3, generator=torch.Generator().manual_seed(1))


def made(vectors: torch.Tensor, has: torch.Tensor = ALL, seed: int = 0):
    return virtual_vectors(vectors, has, torch.Generator().manual_seed(seed))


def test_a_pinch_stays_a_pinch():
    vectors = deltas()
    vectors[::2, 1] = 0.0
    moved, _ = made(vectors)
    assert (moved[::2, 1] == 0.0).all()
    assert (moved[1::2, 1] != 0.0).any()


def test_rotations_are_rotations_of_every_size():
    turns = virtual._rotations(ROWS, torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(
        turns @ turns.mT, torch.eye(3).double().expand(ROWS, 3, 3), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(
        torch.linalg.det(turns), torch.ones(ROWS).double(), atol=1e-5, rtol=0
    )
    angles = ((turns.diagonal(dim1=1, dim2=2).sum(-1) - 1.0) / 2.0).clamp(-1.0, 1.0).acos()
    assert angles.min() < 0.3
    assert angles.max() > 2.5


def test_lengths_change_by_the_stretch_alone():
    """The row's share, and half as much of each finger's own."""
    vectors = deltas()
    moved, there = made(vectors)
    ratio = (moved.norm(dim=-1) / vectors.norm(dim=-1)).log() / virtual.STRETCH
    ratio = ratio[there.all(dim=1)]
    assert ratio.abs().max() < 1.5 + 1e-4
    assert ratio.abs().max() > 1.2
    spread = ratio.amax(dim=1) - ratio.amin(dim=1)
    assert spread.max() < 1.0 + 1e-4
    assert spread.max() > 0.8


def test_without_stretch_lengths_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(virtual, "STRETCH", 0.0)
    vectors = deltas()
    moved, there = made(vectors)
    torch.testing.assert_close(
        moved.norm(dim=-1)[there], vectors.norm(dim=-1)[there], atol=1e-6, rtol=0
    )
    assert (moved - vectors)[there].norm(dim=-1).max() > 0.1


def test_without_turns_directions_stay(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(virtual, "TURN", 0.0)
    vectors = deltas()
    moved, there = made(vectors)
    cosine = torch.nn.functional.cosine_similarity(moved, vectors, dim=-1)[there]
    torch.testing.assert_close(cosine, torch.ones_like(cosine), atol=1e-5, rtol=0)


def test_a_part_stays_exactly_as_it_was():
    vectors = deltas()
    moved, there = made(vectors)
    same = ((moved == vectors).all(dim=-1) | ~there).all(dim=1) & there.any(dim=1)
    part = virtual.REAL
    assert same.float().mean().item() == pytest.approx(part, abs=4 * _spread(part))
    changed = (moved - vectors).norm(dim=-1)[~same][there[~same]]
    assert changed.min() > 0.0


def test_a_finger_that_is_missing_stays_missing():
    has = ALL.clone()
    has[:, 3] = False
    has[::2, 0] = False
    moved, there = made(deltas(), has)
    assert not there[~has].any()
    assert (moved[~there] == 0.0).all()
    assert there[has].any()


def test_other_fingers_go_missing_as_often_as_is_said():
    _, there = made(deltas())
    whole = virtual.ALL_FINGERS + (1.0 - virtual.ALL_FINGERS) * virtual.EACH_FINGER**4
    assert there.all(dim=1).float().mean().item() == pytest.approx(whole, abs=4 * _spread(whole))
    each = virtual.ALL_FINGERS + (1.0 - virtual.ALL_FINGERS) * virtual.EACH_FINGER
    for finger in range(4):
        part = there[:, finger].float().mean().item()
        assert part == pytest.approx(each, abs=4 * _spread(each))


def test_the_same_seed_gives_the_same_hands_and_spoils_none():
    vectors = deltas()
    first, again, other = made(vectors), made(vectors), made(vectors, seed=1)
    assert torch.equal(vectors, deltas())
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def _spread(part: float) -> float:
    """Standard deviation of a part counted over the rows."""
    return math.sqrt(part * (1.0 - part) / ROWS)
