"""Which camera is where, from the words a person typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.camera import NAMES
from xlvla_sdk.errors import DriverError

EXAMPLES = "/dev/video0, v4l2:/dev/video0?width=640&height=480, or video:clip.mp4?loop=1"


def camera_address(text: str) -> Address:
    """A camera's address; a device's path alone is read by `v4l2`.

    Raises:
        DriverError: When the text is none.
    """
    if text.startswith("/"):
        text = f"v4l2:{text}"
    if not all(text.partition(":")):
        raise DriverError(f"'{text}' is no camera's address. Write one such as {EXAMPLES}.")
    return Address.parse(text)


def named_cameras(
    texts: Sequence[str], known: Mapping[str, str], source: str
) -> dict[str, Address]:
    """The address of each camera that somebody named, in the order of `NAMES`.

    Args:
        texts: `NAME=ADDRESS`.
        known: Addresses by name, from a station, for those that `texts` leaves out.
        source: Where `known` was read from, for messages.

    Raises:
        DriverError: Another name, a name given twice, or a text that is no address.
    """
    found: dict[str, Address] = {}
    for text in texts:
        name, equals, address = text.partition("=")
        if not equals:
            name = text
        _check(name, "--camera")
        if name in found:
            raise DriverError(f"--camera names {name} twice. Leave one of the two out.")
        if not address:
            raise DriverError(f"--camera {text}: no address. Write it as in {name}=/dev/video0.")
        found[name] = camera_address(address)
    for name, text in known.items():
        _check(name, f"{source}: cameras")
        found.setdefault(name, camera_address(text))
    return {name: found[name] for name in NAMES if name in found}


def _check(name: str, where: str) -> None:
    if name not in NAMES:
        raise DriverError(
            f"{where}: '{name}' is no camera's name. They are {', '.join(NAMES)}; write it as in "
            "front=/dev/video0."
        )
