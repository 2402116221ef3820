"""What an address may say beside the place: how fast and how hard the hand moves, and what is read."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_inspire.identity import MODELS, PLAIN, TACTILE
from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError

SPEED = 300
"""Of 1000: a full stroke in 2 to 3 s. Ours, for a first run; the hand itself starts with 1000."""
FORCE = 300
"""[g], about 3 N. Ours, for a first run. At full speed a real hand goes to three times its limit
before it stops, at speed 25 to hardly more (correlllab/rh56_controller at e4ef2568c910)."""
MOST_FORCE = {"inspire": 1000, "inspire_ftp": 3000}  # manual 2.6, FORCE_SET
LINE_OPTIONS = {
    "serial": ("id", "baud", "timeout"),
    "modbus-rtu": ("id", "baud", "timeout"),
    "modbus-tcp": ("id", "timeout"),
}


@dataclass(frozen=True)
class Settings:
    """An address's options.

    Attributes:
        speed: SPEED_SET of every joint, 1 to 1000.
        force: FORCE_SET of every joint [g].
        clear: Whether errors found while opening are cleared.
        touch: Whether touch is read.
        model: The model, where the user knows better than the registers.
    """

    speed: int
    force: int
    clear: bool
    touch: bool
    model: str | None

    @staticmethod
    def at(address: Address, spec: HandSpec) -> Settings:
        """The options of an address; DriverError for one that is unknown or cannot be."""
        own = (
            "speed",
            "force",
            "clear",
            "model",
            *(["touch"] if spec.name == "inspire_ftp" else []),
        )
        address.only(*LINE_OPTIONS.get(address.wire, ()), *own)
        return Settings(
            speed=address.integer("speed", SPEED, 1, 1000),
            force=address.integer("force", FORCE, 0, MOST_FORCE[spec.name]),
            clear=address.flag("clear"),
            touch=address.flag("touch"),
            model=_model(address),
        )


def _model(address: Address) -> str | None:
    given = address.options.get("model")
    known = {"dfx": PLAIN, "dfq": PLAIN, "ftp": TACTILE, "dftp": TACTILE}
    if given is not None and given.lower() not in known:
        raise DriverError(f"{address}: 'model' is '{given}'. Give {', '.join(known)}.")
    return None if given is None else known[given.lower()]


def device_of(model: str) -> str:
    """The device that a model is."""
    return next(device for device, its in MODELS.items() if its == model)
