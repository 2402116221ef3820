"""Which device of a body stands at which address, from the words a person typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.errors import DriverError
from xlvla_sdk.specs import Embodiment

_NAMED = re.compile(r"([\w.+-]+(?::(?:right|left))?)=(.*)", re.ASCII)
"""`inspire:right=...`; an address itself has no '=' before its first ':' or '/'."""


def placed(
    body: Embodiment, texts: Sequence[str], known: Mapping[str, str] | None = None
) -> tuple[Address | None, ...]:
    """An address for each device of a body, in their order; None where nobody said one.

    Args:
        body: The devices.
        texts: `DEVICE=ADDRESS`. A device is named by as much as fits it alone: `inspire:right`,
            `xarm7:right` (an arm without sides, on that side), `inspire`, `right`; where the body
            is one device, the address stands alone.
        known: Addresses by device (`inspire:right`, `xarm7:right` or `xarm7`), for those that
            `texts` leaves out; more than this body's may be there.

    Raises:
        DriverError: A name that fits no device, or more than one; a device named twice; a text
            that is no address.
    """
    names = list(_names(body))
    found: list[Address | None] = [None] * len(names)
    for text in texts:
        named = _NAMED.fullmatch(text)
        name, address = named.groups() if named else ("", text)
        at = _fitting(body, names, name)
        if found[at] is not None:
            raise DriverError(
                f"--address names {names[at][0]} twice. Leave one of the two out.",
                device=names[at][0],
            )
        found[at] = Address.parse(address)
    for at, (full, own, *_) in enumerate(names):
        text = (known or {}).get(full) or (known or {}).get(own)
        if found[at] is None and text is not None:
            found[at] = Address.parse(text)
    return tuple(found)


def _names(body: Embodiment) -> Iterator[tuple[str, ...]]:
    """What each device answers to, the most exact first; '' is anything."""
    for side in body.sides:
        for part in side.parts:
            yield (f"{part.name}:{side.side}", part.id, part.name, str(side.side), "")


def _fitting(body: Embodiment, names: Sequence[Sequence[str]], name: str) -> int:
    at = [place for place, known in enumerate(names) if name in known]
    if len(at) == 1:
        return at[0]
    those = ", ".join(f"{known[0]}=" for known in names)
    what = f"'{name}'" if name else "an address alone"
    which = f"fits {len(at)} devices" if at else "is no device"
    raise DriverError(f"--address: {what} {which} of {body.name}. Begin it with one of {those}.")
