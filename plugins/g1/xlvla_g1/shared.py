"""One robot for every driver of its arms in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable

from xlvla_g1.robot import Robot
from xlvla_g1.states import WAIT_S
from xlvla_sdk.drivers import Address, Connect, Transport
from xlvla_sdk.errors import DriverError

OPENING_S = 3.0
"""How long the robot's first state is waited for [s]: the peers must find each other first."""
RAMP_IN_S = 1.0
"""How long the weight takes from 0 to 1 [s]: a choice."""


class Connection:
    """A robot, its port, and how many drivers hold it."""

    def __init__(self, address: Address, connect: Connect, now: Callable[[], float]) -> None:
        self.address = address
        self.key = (connect, address.place, address.integer("domain", 0))
        self.users = 0
        self.port: Transport = connect(address)
        self.robot = Robot(
            self.port,
            f"g1 on {self.port.name}",
            ramp_in_s=address.seconds("ramp_in", RAMP_IN_S),
            free="ramp_in" in address.options,
            now=now,
            wait_s=address.seconds("wait", WAIT_S),
        )

    def open(self) -> None:
        """Opens the port and waits for the robot."""
        self.port.open()
        try:
            self.robot.states.fresh(self.address.seconds("timeout", OPENING_S))
        except BaseException:
            self.port.close()
            raise


_CONNECTIONS: dict[tuple[object, ...], Connection] = {}
_LOCK = threading.Lock()


def join(address: Address, connect: Connect, now: Callable[[], float]) -> Connection:
    """The connection to a robot, opened unless another driver has it open.

    Raises:
        DriverError: The robot does not answer, or is open under another address.
    """
    with _LOCK:
        wanted = Connection(address, connect, now)
        found = _CONNECTIONS.get(wanted.key)
        if found is None or found.robot.states.restarted:
            wanted.open()
            found = _CONNECTIONS[wanted.key] = wanted
        elif str(found.address) != str(address):
            raise DriverError(
                f"{address}: this robot is open as {found.address}. Its arms share one connection: "
                "give both the same address."
            )
        found.users += 1
        return found


def leave(connection: Connection) -> None:
    """Gives a connection back; the last one closes its port."""
    with _LOCK:
        connection.users -= 1
        if connection.users == 0:
            connection.port.close()
            if _CONNECTIONS.get(connection.key) is connection:
                del _CONNECTIONS[connection.key]
