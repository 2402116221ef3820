"""Pictures in a dataset: JPEG that decodes to what was seen, whole after fitting, and their statistics."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from xlvla_sdk.data.pictures import (
    fitted,
    jpeg,
    opened_picture,
    picture_column,
    picture_size,
    picture_statistics,
)
from xlvla_sdk.errors import DataError


def gradient(height: int, width: int) -> np.ndarray:
    """Red grows to the right, green downwards, blue is even."""
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(40, 200, width).astype(np.uint8)
    image[..., 1] = np.linspace(40, 200, height).astype(np.uint8)[:, None]
    image[..., 2] = 120
    return image


def test_a_jpeg_shows_what_was_given():
    data = jpeg(gradient(48, 64))
    assert picture_size(data, "it") == (48, 64)
    assert np.abs(np.asarray(opened_picture(data, "it"), int) - gradient(48, 64)).max() < 12


@pytest.mark.parametrize(("height", "width"), [(48, 96), (96, 48)])
def test_a_fitted_picture_is_whole_between_black_borders(height: int, width: int):
    data = jpeg(gradient(height, width), size=32)
    assert picture_size(data, "it") == (32, 32)
    shown = np.asarray(opened_picture(data, "it"), int)
    shown = shown if width > height else shown.swapaxes(0, 1)
    assert shown[:6].max() < 30
    assert shown[-6:].max() < 30
    assert shown[10:22, :, 2].min() > 90
    across = shown[16, :, 0 if width > height else 1]
    assert across[0] < 60 < 180 < across[-1]


def test_an_encoded_picture_is_fitted_as_an_array_is():
    file = BytesIO()
    Image.fromarray(gradient(48, 96)).save(file, "PNG")
    np.testing.assert_array_equal(
        np.asarray(opened_picture(fitted(file.getvalue(), 32), "it")),
        np.asarray(opened_picture(jpeg(gradient(48, 96), size=32), "it")),
    )


def test_statistics_are_of_each_colour_in_parts_of_one():
    pictures = [jpeg(np.full((16, 16, 3), level, np.uint8)) for level in (51, 153)]
    found = picture_statistics(pictures, "it")
    assert {name: one.shape for name, one in found.items() if name != "count"} == dict.fromkeys(
        ("min", "max", "mean", "std"), (3, 1, 1)
    )
    for name, value in {"min": 0.2, "max": 0.6, "mean": 0.4, "std": 0.2}.items():
        np.testing.assert_allclose(found[name], value, atol=0.01)
    assert found["count"] == [2]


def test_a_column_holds_the_bytes_untouched():
    assert picture_column([b"one", b"two"]).to_pylist() == [
        {"bytes": b"one", "path": None},
        {"bytes": b"two", "path": None},
    ]


def test_what_is_no_picture_is_named():
    with pytest.raises(DataError, match="front, row 1: is no picture"):
        picture_statistics([jpeg(gradient(8, 8)), b"nothing"], "front")
    with pytest.raises(DataError, match="it: is no picture"):
        picture_size(jpeg(gradient(8, 8))[:10], "it")
    with pytest.raises(DataError, match="it: is no picture, or one that is cut off"):
        opened_picture(jpeg(gradient(80, 80))[:300], "it")
