"""Named row formats: what a policy's states and actions mean."""

from __future__ import annotations

from collections.abc import Mapping

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.layouts.layout import Layout
from xlvla_sdk.layouts.raw1 import Raw1
from xlvla_sdk.layouts.reading import retarget_rows
from xlvla_sdk.layouts.xl1 import XL1
from xlvla_sdk.specs import Embodiment

__all__ = ["XL1", "Layout", "Raw1", "make_layout", "retarget_rows"]


def make_layout(name: str, embodiment: Embodiment, codecs: Mapping[str, LatentCodec]) -> Layout:
    """The layout of a name for a body.

    Args:
        name: 'xl-1' or 'raw-1'.
        embodiment: The body.
        codecs: Hand id to its codec; read by xl-1 only.

    Raises:
        PolicyError: When no layout is called so.
        SpecError, CodecMismatch: As the layout says.
    """
    if name == XL1.name:
        return XL1(embodiment, codecs)
    if name == Raw1.name:
        return Raw1(embodiment)
    raise PolicyError(f"no layout is called '{name}'. There are: {XL1.name}, {Raw1.name}.")
