"""A G1 without DDS: the driver's port is the emulated robot itself, in a time that tests make pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from xlvla_g1 import arm
from xlvla_g1.driver import G1Driver
from xlvla_g1.emulated_bytes import MotorWords, unpack_told
from xlvla_g1.firmware import G1Firmware

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address, Transport
from xlvla_sdk.errors import DriverError

PERIOD_S = 0.01
"""Between states; the robot's are 0.002 s apart, which tests need not wait for [s]."""
SPECS = {side: arm(side) for side in Side}


class Clock:
    """A time that passes a little whenever it is looked at."""

    def __init__(self) -> None:
        self.time_s = 100.0

    def __call__(self) -> float:
        self.time_s += 1e-5
        return self.time_s


@dataclass
class DirectPort(Transport):
    """Commands go to the firmware at once; a state comes every 0.01 s of its clock."""

    robot: G1Firmware = field(default_factory=G1Firmware)
    clock: Clock = field(default_factory=Clock)
    name: str = "direct"
    silent: bool = False
    gone: bool = False
    opened: int = 0
    closed: int = 0
    log: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    before: list[bytes] = field(default_factory=list)  # comes before what the robot says
    interrupt: Callable[[], None] | None = None  # happens once, while something waits
    due_s: float = 0.0

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def connect(self, address: Address) -> Transport:
        return self

    def open(self) -> None:
        self.opened += 1

    def close(self) -> None:
        self.closed += 1

    def write(self, data: bytes) -> None:
        if self.gone:
            raise DriverError("direct: the line is gone.")
        self.log.append("write")
        self.frames.append(data)
        self.robot.receive(data, self.clock())

    def read(self, timeout_s: float) -> bytes:
        self.log.append(f"read {timeout_s:g}")
        if timeout_s > 0.0 and self.interrupt is not None:
            interrupt, self.interrupt = self.interrupt, None
            interrupt()
        if self.before:
            return self.before.pop(0)
        if self.silent:
            self.clock.time_s += timeout_s
            return b""
        if self.clock.time_s < self.due_s:
            if self.clock.time_s + timeout_s < self.due_s:
                self.clock.time_s += timeout_s
                return b""
            self.clock.time_s = self.due_s
        self.due_s = self.clock.time_s + PERIOD_S
        return self.robot.state(self.clock())

    @property
    def told(self) -> list[MotorWords]:
        """What was published, as the robot reads it."""
        read = [unpack_told(frame) for frame in self.frames]
        assert all(told is not None for told in read)
        return [told for told in read if told is not None]

    @property
    def weights(self) -> list[float]:
        return [float(told.q[29]) for told in self.told]

    def driver(self, side: Side = Side.RIGHT, options: str = "") -> G1Driver:
        address = Address.parse(f"dds:direct{options}")
        return G1Driver(SPECS[side], address, self.connect, self.clock)

    def pass_time(self, seconds: float) -> None:
        self.clock.time_s += seconds

    def at(self, side: Side = Side.RIGHT) -> np.ndarray:
        """Where an arm stands now."""
        return self.robot.arms[side].position(self.clock()).copy()


ARM = {Side.LEFT: slice(15, 22), Side.RIGHT: slice(22, 29)}


def moved(posture: np.ndarray, by: float = 0.1) -> np.ndarray:
    """A posture with every joint a little elsewhere, within the limits of both arms."""
    return posture + by * np.array([1, -1, 1, 1, 1, 1, 1])
