"""Which model answers. The hands do not say: it is found by what only the tactile one has.

Neither model tells its side, a serial number or its firmware, in any register that is published. Ids and
network addresses tell no side either: every hand leaves the maker with id 1 and 192.168.11.210, and
those who changed them did not agree which number is the left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlvla_inspire import registers
from xlvla_inspire.registers import Registers
from xlvla_sdk.errors import DriverError

TACTILE, PLAIN = "RH56DFTP", "RH56DFX or RH56DFQ"
MODELS = {"inspire": PLAIN, "inspire_ftp": TACTILE}
"""Device to the model it is."""
MOST_FORCE = 1000
"""The greatest force limit that a DFX or DFQ knows [g]; manual 2.6."""
SWAPPED = (168, 192)
"""How 192.168, with which every delivered address begins, reads in swapped pairs."""


@dataclass(frozen=True)
class Found:
    """What tells the model.

    Attributes:
        model: TACTILE or PLAIN.
        why: The reason, in words.
    """

    model: str
    why: str


def find_model(hand: Registers) -> Found:
    """Which model answers: the tactile hand has a network address, or a force limit above 1000 g.

    The address tells one thing more: which byte of a Modbus word is the first of a byte register. The
    published readers take the high one (laurent-19/inspire_hand_ws, c246b9381d06), with values that
    do not prove it.

    Raises:
        DriverError: Nobody answers.
    """
    hand.read_byte(registers.HAND_ID, "a read of the hand's id")
    if (network := _network(hand)) is not None:
        return Found(TACTILE, f"it has the network address {network}")
    force = _words(hand, registers.DEFAULT_FORCE_SET, "the force limits it starts with")
    if force is not None and force.max() > MOST_FORCE:
        return Found(TACTILE, f"it starts with a force limit of {force.max()} g, above 1000")
    return Found(PLAIN, "it has no network address, and no force limit above 1000 g")


def _network(hand: Registers) -> str | None:
    try:
        octets = hand.read(registers.NETWORK, 4, "a read of its network address").bytes(
            registers.NETWORK, 4
        )
    except DriverError:
        _still_there(hand)
        return None
    if tuple(octets[:2]) == SWAPPED:
        hand.swapped = True
        octets = octets.reshape(2, 2)[:, ::-1].reshape(4)
    possible = 0 < octets[0] < 224 and octets.min() < 255
    return ".".join(map(str, octets)) if possible else None


def _words(hand: Registers, address: int, what: str) -> np.ndarray | None:
    try:
        return hand.read(address, registers.ARRAY, f"a read of {what}").words(address)
    except DriverError:
        _still_there(hand)
        return None


def _still_there(hand: Registers) -> None:
    """A register that is not answered may be missing; a hand that does not answer at all is gone."""
    hand.read_byte(registers.HAND_ID, "a read of the hand's id")
