from __future__ import annotations

import numpy as np

from xlvla_sdk.learning.picture_changes import ASIDE, LIGHTER, changed


def spots(count: int, size: int = 64) -> np.ndarray:
    pictures = np.full((count, 2, size, size, 3), 100, np.uint8)
    pictures[:, :, size // 2, size // 2] = 160
    return pictures


def test_pictures_move_aside_by_no_more_than_said_and_each_by_its_own():
    found = changed(spots(40), np.random.default_rng(0))[..., 0].reshape(80, -1)
    rows, columns = np.divmod(found.argmax(axis=1), 64)
    aside = np.stack([rows, columns]) - 32
    assert np.abs(aside).max() == round(64 * ASIDE)
    assert len(np.unique(aside, axis=1).T) > 10


def test_they_become_lighter_and_darker_within_bounds():
    grey = np.full((200, 1, 32, 32, 3), 128, np.uint8)
    found = changed(grey, np.random.default_rng(1)).astype(int)
    assert (np.ptp(found.reshape(200, -1), axis=1) == 0).all()
    assert np.abs(found - 128).max() <= np.ceil(127.5 * LIGHTER) + 1
    assert found.min() < 110
    assert found.max() > 145


def test_the_same_random_numbers_change_alike_and_leave_what_they_were_given():
    pictures = spots(3)
    first = changed(pictures, np.random.default_rng(2))
    np.testing.assert_array_equal(first, changed(pictures, np.random.default_rng(2)))
    np.testing.assert_array_equal(pictures, spots(3))
