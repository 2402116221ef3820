"""Settings: what an address says of how an XHAND1 is driven."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_sdk.drivers import Address, HelperProcess, no_transport
from xlvla_xhand.frames import HIGHEST_GAIN, HIGHEST_ID, HIGHEST_TORQUE, Gains

COMMON = ("id", "kp", "ki", "kd", "torque", "open", "timeout")
OPTIONS = {"serial": (*COMMON, "baud"), "sdk": (*COMMON, *HelperProcess.OPTIONS)}
TIMEOUT_S = {"serial": 0.05, "sdk": 0.5}
"""One try [s]: an exchange takes 8.4 ms on the line, a USB adapter holds bytes back up to 16, and
the maker's package has tries of its own."""


@dataclass(frozen=True)
class Settings:
    """The options of an address.

    Attributes:
        address: Where the hand is.
        hand: `id`, the hand's id; 0 unless it was set.
        gains: `kp`, `ki`, `kd` (100, 0, 0) and `torque` (300), the torque limit in the hand's
            counts.
        opens_held: `open=hold`: the hand is held as soon as it is open; else `open=limp`.
        timeout_s: `timeout`, how long one try waits for its answer [s].
    """

    address: Address
    hand: int
    gains: Gains
    opens_held: bool
    timeout_s: float

    @staticmethod
    def of(address: Address) -> Settings:
        """Reads the options; DriverError for a wire or an option that cannot be."""
        if address.wire not in OPTIONS:
            raise no_transport(address, tuple(OPTIONS))
        address.only(*OPTIONS[address.wire])
        usual = Gains()
        gains = Gains(
            address.integer("kp", usual.kp, 0, HIGHEST_GAIN),
            address.integer("ki", usual.ki, 0, HIGHEST_GAIN),
            address.integer("kd", usual.kd, 0, HIGHEST_GAIN),
            address.integer("torque", usual.torque, 0, HIGHEST_TORQUE),
        )
        return Settings(
            address,
            address.integer("id", 0, 0, HIGHEST_ID),
            gains,
            address.choice("open", "limp", ("limp", "hold")) == "hold",
            address.seconds("timeout", TIMEOUT_S[address.wire]),
        )
