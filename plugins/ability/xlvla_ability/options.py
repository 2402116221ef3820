"""What an address may say beyond the port: `serial:/dev/ttyUSB0?reply=3&upsampling=on`."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_ability.units import COUNTS_PER_AMPERE
from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError

BAUD = 460800  # ICD 3.1.2.1
HAND_ADDRESS = 0x50  # ICD 3.1.2.1
SCALE = "Give the counts of one ampere that the hand names when asked 'Rv' over Bluetooth."
REPLY_S = 0.05  # what the maker's wrapper grants its connection test


@dataclass(frozen=True)
class Options:
    """The options of an address.

    Attributes:
        baud: Bits a second.
        hand_address: The hand's address on the bus.
        reply: Variant of the replies: 1 currents and touch, 2 velocities and touch, 3 currents and
            velocities.
        upsampling: Whether the hand smooths the thumb rotator's targets; None leaves it as it is.
        touch_zero: Whether the first reading of a site counts as 0 N.
        counts_per_ampere: The hand's scale of currents.
        timeout_s: How long one try waits for a reply [s].
    """

    baud: int = BAUD
    hand_address: int = HAND_ADDRESS
    reply: int = 1
    upsampling: bool | None = None
    touch_zero: bool = True
    counts_per_ampere: float = COUNTS_PER_AMPERE
    timeout_s: float = REPLY_S

    @staticmethod
    def of(address: Address) -> Options:
        """Reads them; DriverError for one that cannot be."""
        address.only("baud", "id", "reply", "upsampling", "touch_zero", "ampere", "timeout")
        reply = address.integer("reply", 1)
        if reply not in (1, 2, 3):
            raise DriverError(
                f"{address}: 'reply' is {reply}. Give 1 (currents and touch), 2 (velocities and "
                "touch) or 3 (currents and velocities)."
            )
        return Options(
            baud=address.integer("baud", BAUD),
            hand_address=address.integer("id", HAND_ADDRESS, 1, 255),
            reply=reply,
            upsampling=address.flag("upsampling") if "upsampling" in address.options else None,
            touch_zero=address.flag("touch_zero", True),
            counts_per_ampere=address.number("ampere", COUNTS_PER_AMPERE, SCALE),
            timeout_s=address.seconds("timeout", REPLY_S),
        )
