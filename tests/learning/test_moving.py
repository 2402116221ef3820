"""What is moved about is the same scene elsewhere: distances, heights and turns between stay."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from xlvla_sdk.learning.batch import Batch
from xlvla_sdk.learning.moving import moved_about
from xlvla_sdk.learning.samples import Samples

MIDDLE = np.array([0.4, -0.1, 0.2])
TURN, SHIFT = 0.5, 0.05


def drawn(samples: Samples) -> Batch:
    """Samples whose poses are drawn at random."""
    random, arm = np.random.default_rng(0), samples.arms[0]
    batch = samples.draw(random, 50)
    batch.state[:, arm : arm + 9] = poses(random, batch.state.shape[:1])
    batch.chunks[..., arm : arm + 9] = poses(random, batch.chunks.shape[:2])
    batch.things[:] = poses(random, batch.things.shape[:2])
    return batch


def poses(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Origins and two columns of rotations."""
    turns = Rotation.random(int(np.prod(shape)), rng=random).as_matrix()
    columns = turns.transpose(0, 2, 1)[:, :2].reshape(*shape, 6)
    return np.concatenate([random.uniform(-0.5, 0.5, (*shape, 3)), columns], axis=-1)


def moved(samples: Samples, turn: float = TURN, shift: float = SHIFT) -> Batch:
    random = np.random.default_rng(1)
    return moved_about(drawn(samples), samples.arms, MIDDLE, random, turn, shift)


def frames(poses: np.ndarray) -> np.ndarray:
    """Poses of nine numbers as matrices."""
    origin, x, y = np.split(poses, 3, axis=-1)
    T = np.zeros((*poses.shape[:-1], 4, 4))
    T[..., :3, 0], T[..., :3, 1], T[..., :3, 2], T[..., :3, 3] = x, y, np.cross(x, y), origin
    T[..., 3, 3] = 1.0
    return T


def test_body_things_and_chunk_move_as_one(samples: Samples):
    before, after, arm = drawn(samples), moved(samples), samples.arms[0]
    columns = slice(arm, arm + 9)
    for one in ("chunks", "things"):
        which = slice(None) if one == "things" else columns
        inside = [
            np.linalg.inv(frames(batch.state[:, None, columns]))
            @ frames(getattr(batch, one)[..., which])
            for batch in (before, after)
        ]
        np.testing.assert_allclose(inside[1], inside[0], atol=1e-5)
    by = frames(after.state[:, columns]) @ np.linalg.inv(frames(before.state[:, columns]))
    np.testing.assert_allclose(by[:, 2], np.tile([0.0, 0.0, 1.0, 0.0], (len(by), 1)), atol=1e-6)
    angles = np.arctan2(by[:, 1, 0], by[:, 0, 0])
    assert 0.8 * TURN < np.abs(angles).max() <= TURN + 1e-6


def test_hands_words_and_weights_stay(samples: Samples):
    before, after, arm = drawn(samples), moved(samples), samples.arms[0]
    np.testing.assert_array_equal(after.state[:, :arm], before.state[:, :arm])
    np.testing.assert_array_equal(after.chunks[..., :arm], before.chunks[..., :arm])
    for name in ("there", "names", "prompts", "weights"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_the_middle_is_only_shifted(samples: Samples):
    batch = drawn(samples)
    batch.things[..., :3] = MIDDLE
    after = moved_about(batch, samples.arms, MIDDLE, np.random.default_rng(1), TURN, SHIFT)
    off = after.things[..., :3] - MIDDLE
    assert 0.8 * SHIFT < np.abs(off[..., :2]).max() <= SHIFT + 1e-6
    np.testing.assert_allclose(off[..., 2], 0.0, atol=1e-6)


def test_no_turn_and_no_shift_change_nothing(samples: Samples):
    before, after = drawn(samples), moved(samples, 0.0, 0.0)
    np.testing.assert_allclose(after.state, before.state, atol=1e-6)
    np.testing.assert_allclose(after.chunks, before.chunks, atol=1e-6)
