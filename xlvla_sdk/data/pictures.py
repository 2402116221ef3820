"""Pictures as they lie in a dataset: encoded, in the Parquet file. Alone in this room imports Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from jaxtyping import UInt8

from xlvla_sdk.data.arrow import pa
from xlvla_sdk.data.features import Feature, arrow_type
from xlvla_sdk.errors import DataError

try:
    from PIL import Image, UnidentifiedImageError
except ImportError as error:
    raise DataError(
        "pictures are encoded with Pillow, which is not installed. Write `pip install xlvla-sdk[data]`."
    ) from error

IMAGES = "observation.images."
"""Before a camera's name in a dataset."""
POLICY_SIZE = 224
"""Height and width of the pictures that pi0 and its kin look at [pixels]."""
QUALITY = 95
"""Of JPEG: a 224 x 224 picture takes some 15 kB, and compression is not what a policy learns."""
LOOKED_AT = 100
"""At most so many pictures of an episode are looked at for its statistics, evenly spread."""
THINNED = 150
"""Pictures are thinned to at most so many pixels a side for statistics, as LeRobot does it."""


def picture_feature(height: int, width: int) -> Feature:
    """A column of pictures of one size, inside the Parquet files."""
    return Feature("image", (height, width, 3), ["height", "width", "channels"])


def jpeg(image: UInt8[np.ndarray, "height width 3"], size: int | None = None) -> bytes:
    """A picture as JPEG.

    Args:
        image: Red, green and blue, the top row first.
        size: Height and width to bring it to, as `fitted` does; left as it is when None.
    """
    picture = Image.fromarray(np.ascontiguousarray(image))
    file = BytesIO()
    (picture if size is None else _fitted(picture, size)).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def fitted(data: bytes, size: int) -> bytes:
    """An encoded picture as JPEG of `size` x `size`, whole, with black borders where it is not square.

    Policies see the world so: openpi's clients pad in the same way.

    Raises:
        DataError: The bytes are no picture.
    """
    file = BytesIO()
    _fitted(opened_picture(data, "a picture"), size).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def picture_size(data: bytes, where: str) -> tuple[int, int]:
    """Height and width of an encoded picture [pixels], from its head; DataError when it is none."""
    try:
        with Image.open(BytesIO(data)) as picture:
            return picture.height, picture.width
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise DataError(_damaged(where)) from error


def opened_picture(data: bytes, where: str) -> Image.Image:
    """An encoded picture in red, green and blue; DataError when it is none, or cut off."""
    try:
        with Image.open(BytesIO(data)) as picture:
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DataError(_damaged(where)) from error


def decoded(value: bytes | dict[str, object], where: str) -> UInt8[np.ndarray, "height width 3"]:
    """The pixels of a picture as it lies in a column, red, green and blue.

    Args:
        value: Its bytes, or what the column holds: `bytes`, and a path that is not looked at.
        where: What messages call it.

    Raises:
        DataError: The bytes are no picture, or there are none.
    """
    data = value if isinstance(value, bytes) else (value or {}).get("bytes")
    if not isinstance(data, bytes):
        raise DataError(
            f"{where}: the picture is not in the Parquet file. Write the dataset anew with its pictures "
            "in it."
        )
    return np.asarray(opened_picture(data, where))


def squared(image: UInt8[np.ndarray, "height width 3"], size: int) -> UInt8[np.ndarray, "S S 3"]:
    """The middle square of a picture, at another size: of cameras with one angle from top to bottom
    it shows the same, however wide they are.
    """
    height, width = image.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    square = image[top : top + side, left : left + side]
    if side == size:
        return square
    picture = Image.fromarray(np.ascontiguousarray(square))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))


def picture_column(pictures: Sequence[bytes]) -> pa.ChunkedArray:
    """Encoded pictures as the column that `datasets` and LeRobot read."""
    values = [{"bytes": data, "path": None} for data in pictures]
    return pa.chunked_array([pa.array(values, type=arrow_type(picture_feature(1, 1)))])


def picture_statistics(pictures: Sequence[bytes], where: str) -> dict[str, np.ndarray]:
    """Statistics of an episode's pictures, of each colour, in 0 to 1: of up to 100 of them, thinned.

    Args:
        pictures: Encoded.
        where: What messages call them.

    Returns:
        `min max mean std` (3, 1, 1), as LeRobot has them, and `count` of the pictures looked at.

    Raises:
        DataError: One of those looked at is damaged.
    """
    rows = np.unique(np.linspace(0, len(pictures) - 1, min(len(pictures), LOOKED_AT)).astype(int))
    pixels = np.concatenate([_pixels(pictures[row], f"{where}, row {row}") for row in rows])
    found = {
        "min": pixels.min(0),
        "max": pixels.max(0),
        "mean": pixels.mean(0),
        "std": pixels.std(0),
    }
    return {name: one.reshape(3, 1, 1) for name, one in found.items()} | {
        "count": np.array([len(rows)])
    }


def _pixels(data: bytes, where: str) -> np.ndarray:
    picture = np.asarray(opened_picture(data, where))
    every = -(-max(picture.shape[:2]) // THINNED)
    return picture[::every, ::every].reshape(-1, 3) / 255.0


def _fitted(picture: Image.Image, size: int) -> Image.Image:
    if picture.size == (size, size):
        return picture
    factor = size / max(picture.size)
    width, height = (max(1, round(factor * side)) for side in picture.size)
    whole = Image.new("RGB", (size, size))
    inside = picture.resize((width, height), Image.Resampling.BILINEAR)
    whole.paste(inside, ((size - width) // 2, (size - height) // 2))
    return whole


def _damaged(where: str) -> str:
    return f"{where}: is no picture, or one that is cut off. Copy it again, or leave the row out."
