"""Frames on the line of the Acme H11: protocol 1.0, invented as the hand is.

All numbers are big-endian:

    a5, function, length of the payload, payload, CRC-16 (CCITT, of function to payload)

    01  who are you   -> 81: `R` or `L`, then the model in ASCII
    02  read          -> 82: a count of 16 bits for every joint (0 lower limit, 65535 upper), then
                         a byte of flags for every joint (1: too hot)
    03  counts        -> 83: taken as targets
    04  stop          -> 84: stands where it is
"""

from __future__ import annotations

from binascii import crc_hqx

from xlvla_sdk.drivers import Cutter

START = 0xA5
WHO, READ, TARGET, STOP = 1, 2, 3, 4
ANSWER = 0x80  # added to the function of the question
FULL = 65535  # counts at the upper limit
HOT = 1  # flag
ENDS = 5  # start, function, length; two bytes of CRC


def frame(function: int, payload: bytes = b"") -> bytes:
    """A frame, sealed."""
    body = bytes([function, len(payload)]) + payload
    return bytes([START]) + body + crc_hqx(body, 0xFFFF).to_bytes(2, "big")


class Frames(Cutter):
    """Cuts what arrives into whole and undamaged frames."""

    longest = 255 + ENDS

    def size(self, begun: bytes) -> int | None:
        """From the length; 0 while it is not there, None where no frame begins."""
        if begun[0] != START:
            return None
        return ENDS + begun[2] if len(begun) > 2 else 0

    def whole(self, frame: bytes) -> bool:
        """Whether the CRC is right."""
        return crc_hqx(frame[1:-2], 0xFFFF) == int.from_bytes(frame[-2:], "big")
