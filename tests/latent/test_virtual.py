"""Virtual hands are the founding ones stretched, turned, and short of a finger; pinches stay."""

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


@pytest.fixture
def each(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row stays real, and in every one each finger goes its own way."""
    monkeypatch.setattr(virtual, "REAL", 0.0)
    monkeypatch.setattr(virtual, "WHOLE", 0.0)


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row stays real, and every one is changed as a whole."""
    monkeypatch.setattr(virtual, "REAL", 0.0)
    monkeypatch.setattr(virtual, "WHOLE", 1.0)


def test_a_pinch_stays_a_pinch():
    vectors = deltas()
    vectors[::2, 1] = 0.0
    moved, _ = made(vectors)
    assert (moved[::2, 1] == 0.0).all()
    assert (moved[1::2, 1] != 0.0).any()


@pytest.mark.parametrize(("spread", "largest"), [(virtual.TURN, 2.5), (virtual.TURN_WHOLE, 1.5)])
def test_rotations_are_rotations_of_every_size(spread: float, largest: float):
    turns = virtual._rotations(ROWS, spread, torch.Generator().manual_seed(0)).double()
    identity = torch.eye(3).double().expand(ROWS, 3, 3)
    torch.testing.assert_close(turns @ turns.mT, identity, atol=1e-5, rtol=0)
    ones = torch.ones(ROWS).double()
    torch.testing.assert_close(torch.linalg.det(turns), ones, atol=1e-5, rtol=0)
    angles = ((turns.diagonal(dim1=1, dim2=2).sum(-1) - 1.0) / 2.0).clamp(-1.0, 1.0).acos()
    assert angles.min() < 0.3
    assert angles.max() > largest


def test_lengths_change_by_the_stretch_alone(each: None):
    """The row's share, and half as much of each finger's own."""
    vectors = deltas()
    moved, there = made(vectors)
    ratio = (moved.norm(dim=-1) / vectors.norm(dim=-1)).log() / virtual.STRETCH
    ratio = ratio[there.all(dim=1)]
    assert 1.2 < ratio.abs().max() < 1.5 + 1e-4
    spread = ratio.amax(dim=1) - ratio.amin(dim=1)
    assert 0.8 < spread.max() < 1.0 + 1e-4


def test_without_stretch_lengths_stay(each: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(virtual, "STRETCH", 0.0)
    vectors = deltas()
    moved, there = made(vectors)
    torch.testing.assert_close(
        moved.norm(dim=-1)[there], vectors.norm(dim=-1)[there], atol=1e-6, rtol=0
    )
    assert (moved - vectors)[there].norm(dim=-1).max() > 0.1


def test_without_turns_directions_stay(each: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(virtual, "TURN", 0.0)
    vectors = deltas()
    moved, there = made(vectors)
    cosine = torch.nn.functional.cosine_similarity(moved, vectors, dim=-1)[there]
    torch.testing.assert_close(cosine, torch.ones_like(cosine), atol=1e-5, rtol=0)


def test_as_a_whole_fingers_stay_beside_one_another(whole: None, monkeypatch: pytest.MonkeyPatch):
    """From fingertip to fingertip everything grows alike, wherever the thumb went."""
    monkeypatch.setattr(virtual, "FINGERS_APART", 0.0)
    vectors = deltas()
    moved, there = made(vectors)
    between = [(m[:, 1:] - m[:, :1])[there.all(dim=1)] for m in (moved, vectors)]
    ratio = (between[0].norm(dim=-1) / between[1].norm(dim=-1)).log()
    assert virtual.STRETCH - 0.1 < ratio.abs().max() < virtual.STRETCH + 1e-4
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio), atol=1e-3, rtol=0)


def test_the_thumb_is_moved_by_one_way_for_all_fingers_unless_it_pinches(
    whole: None, monkeypatch: pytest.MonkeyPatch
):
    for still in ("STRETCH", "TURN_WHOLE", "FINGERS_APART"):
        monkeypatch.setattr(virtual, still, 0.0)
    vectors = 0.1 + deltas().abs()
    vectors[::3, 2] = torch.tensor([0.0, 0.0, 0.9 * virtual.PINCHED])
    moved, there = made(vectors)
    shift = (moved - vectors)[there.all(dim=1)]
    torch.testing.assert_close(shift, shift[:, :1].expand_as(shift), atol=1e-6, rtol=0)
    pinching = (torch.arange(ROWS) % 3 == 0)[there.all(dim=1)]
    assert shift[pinching].abs().max() < 1e-6
    assert shift[~pinching][:, 0].std().item() == pytest.approx(virtual.SHIFT, rel=0.05)


def test_a_finger_that_is_not_there_keeps_no_thumb_in_its_place(
    whole: None, monkeypatch: pytest.MonkeyPatch
):
    """Its vector is zero, which is no pinch."""
    monkeypatch.setattr(virtual, "TURN_WHOLE", 0.0)
    has, vectors = ALL.clone(), 0.1 + deltas().abs()
    has[:, 3] = False
    vectors[:, 3] = 0.0
    moved, there = made(vectors, has)
    cosine = torch.nn.functional.cosine_similarity(moved, vectors, dim=-1)[there]
    assert (cosine < 1.0 - 1e-4).float().mean() > 0.9


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
