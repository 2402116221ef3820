"""Named row formats: what a policy's states and actions mean."""

from __future__ import annotations

from collections.abc import Mapping

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.layouts.arm1 import Arm1
from xlvla_sdk.layouts.layout import Decoded, Layout
from xlvla_sdk.layouts.raw1 import Raw1
from xlvla_sdk.layouts.reading import retarget_rows
from xlvla_sdk.layouts.transfer import transfer
from xlvla_sdk.layouts.transfer_report import TransferReport
from xlvla_sdk.layouts.xl1 import XL1
from xlvla_sdk.specs import Embodiment, Station

__all__ = [
    "XL1",
    "Arm1",
    "Decoded",
    "Layout",
    "Raw1",
    "TransferReport",
    "default_layout",
    "make_layout",
    "retarget_rows",
    "transfer",
]


def default_layout(embodiment: Embodiment) -> str:
    """The layout of a body of which nobody says another: xl-1, and arm-1 for arms alone."""
    return XL1.name if embodiment.hands else Arm1.name


def make_layout(
    name: str,
    embodiment: Embodiment,
    codecs: Mapping[str, LatentCodec],
    station: Station | None = None,
) -> Layout:
    """The layout of a name for a body.

    Args:
        name: 'xl-1', 'raw-1' or 'arm-1'.
        embodiment: The body.
        codecs: Hand id to its codec; read by xl-1 only.
        station: Where its arms stand and how its hands are mounted; the specs' own when left out.

    Raises:
        PolicyError: When no layout is called so.
        SpecError, CodecMismatch: As the layout says.
    """
    if name == XL1.name:
        return XL1(embodiment, codecs, station)
    if name == Raw1.name:
        return Raw1(embodiment, station)
    if name == Arm1.name:
        return Arm1(embodiment, station)
    known = ", ".join((XL1.name, Raw1.name, Arm1.name))
    raise PolicyError(f"no layout is called '{name}'. There are: {known}.")
