"""What an address says about how the hand is driven."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_sdk.drivers import Address, HelperProcess

CALL_S = 1.0
"""How long the SDK may take for a reading or a target [s]; a choice, its own deadlines are unknown."""
UNIT = "Write how many ampere one unit is, above zero."


@dataclass(frozen=True)
class Options:
    """The options of an address, understood.

    Attributes:
        touch: Whether the touch modules are read.
        ampere: What one of the SDK's units of current is [A]; None where nobody said.
        timeout_s: How long the SDK may take for a reading or a target [s].
        home: Whether the motors find their zero when the driver opens: every finger moves.
    """

    touch: bool
    ampere: float | None
    timeout_s: float
    home: bool

    @staticmethod
    def of(address: Address) -> Options:
        """Reads them; DriverError for one that there is not, or whose value is none."""
        address.only(*HelperProcess.OPTIONS, "touch", "ampere", "timeout", "home")
        return Options(
            touch=address.flag("touch", True),
            ampere=address.number("ampere", 1.0, UNIT) if "ampere" in address.options else None,
            timeout_s=address.seconds("timeout", CALL_S),
            home=address.flag("home"),
        )
