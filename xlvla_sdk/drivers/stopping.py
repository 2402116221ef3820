"""Every driver stopped, none waiting for another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from xlvla_sdk.drivers.driver import Driver
from xlvla_sdk.errors import DriverError, XlvlaError
from xlvla_sdk.leaving import undisturbed

logger = logging.getLogger(__name__)

LONGEST_S = 5.0
"""How long the stops may take before a device counts as one that cannot be stopped [s]."""


def stop_all(drivers: Sequence[Driver], raising: bool = True) -> None:
    """Stops and closes every driver; each device's first frame goes out at once.

    Devices at different places are stopped side by side, so that one that does not answer keeps no
    other waiting; those at the same place one after the other. No signal interrupts it.

    Args:
        drivers: Opened, or not: stopping is possible in any state.
        raising: Whether a driver that cannot be stopped is an error; else it is logged. An error
            that is on its way already says more than this one would.

    Raises:
        XlvlaError: The first that could not be stopped; the others are logged.
    """
    failed: list[XlvlaError] = []
    with undisturbed():
        lines = _lines(drivers)
        threads = [
            threading.Thread(target=_stop, args=(line, failed), daemon=True)
            for line in lines
            if line[0].address is not None
        ]
        for thread in threads:
            thread.start()
        for line in lines:
            if line[0].address is None:  # a simulation, in this thread and this order
                _stop(line, failed)
        for thread in threads:
            thread.join(LONGEST_S)
        if any(thread.is_alive() for thread in threads):
            failed.append(DriverError(f"a stop did not end in {LONGEST_S:g} s. Cut the power."))
    for error in failed[1:] if raising else failed:
        logger.error("could not be stopped: %s", error.message)
    if raising and failed:
        raise failed[0]


def _lines(drivers: Sequence[Driver]) -> list[list[Driver]]:
    """The drivers of each place together; one without an address is by itself."""
    places: dict[object, list[Driver]] = {}
    for at, driver in enumerate(drivers):
        address = driver.address
        places.setdefault((address.wire, address.place) if address else at, []).append(driver)
    return list(places.values())


def _stop(drivers: Sequence[Driver], failed: list[XlvlaError]) -> None:
    for driver in drivers:
        try:
            driver.stop()
        except XlvlaError as error:
            failed.append(error)
        except Exception as error:
            failed.append(DriverError(f"{driver.spec.id}: {type(error).__name__}: {error}."))
    for driver in drivers:
        driver.close()
