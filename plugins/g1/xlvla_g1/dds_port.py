"""DdsPort: the robot's two topics as a line of frames, `rt/arm_sdk` out and `rt/lowstate` in.

The only module that speaks to cyclonedds' entities; the messages' classes are in `idl`.
"""

from __future__ import annotations

import socket
from typing import TypeVar
from xml.sax.saxutils import quoteattr

from cyclonedds.core import DDSException, DDSStatus, Policy, Qos, WaitSet
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration

from xlvla_g1.idl import LowCmd_, LowState_
from xlvla_sdk.drivers import Address, Transport
from xlvla_sdk.errors import DriverError

E = TypeVar("E")
COMMANDS, STATES = "rt/arm_sdk", "rt/lowstate"
DOMAIN = 0
"""The robot's; xr_teleoperate d1510db uses 1 for its simulator."""
DISCOVERY_S = 2.0
"""How long a first command waits for the robot to listen [s]."""
BLOCKED_S = 0.02
"""How long a write may wait for room [s]; it has some unless the network is stuck."""
LAST_ONLY = Qos(Policy.History.KeepLast(1))


class DdsPort(Transport):
    """One participant, writer and reader on one interface.

    A process has one interface for a domain: whoever opens the domain first chooses it.

    Args:
        interface: Network interface, such as `eth0` or `lo`.
        domain: DDS domain.
    """

    def __init__(self, interface: str, domain: int = DOMAIN) -> None:
        self.name = f"{interface}, domain {domain}"
        self._interface, self._number = interface, domain
        self._domain: Domain | None = None
        self._participant: DomainParticipant | None = None
        self._writer: DataWriter[LowCmd_] | None = None
        self._reader: DataReader[LowState_] | None = None
        self._heard: WaitSet | None = None
        self._matched = False

    @staticmethod
    def at(address: Address) -> DdsPort:
        """The port of an address; DriverError for a domain that is none."""
        domain = address.integer("domain", DOMAIN)
        if not 0 <= domain <= 230:
            raise DriverError(
                f"{address}: domain {domain} is not within 0 to 230. The robot's is 0."
            )
        return DdsPort(address.place, domain)

    def open(self) -> None:
        """Joins the domain; DriverError when there is no such interface."""
        interfaces = [name for _, name in socket.if_nameindex()]
        if self._interface not in interfaces:
            raise DriverError(
                f"{self.name}: this computer has no network interface '{self._interface}'. "
                f"It has: {', '.join(interfaces)}. Name the one that the robot's cable is in."
            )
        try:
            self._join()
        except DDSException as error:
            self.close()
            raise DriverError(f"{self.name}: DDS did not start ({error.msg}).") from error

    def close(self) -> None:
        """Leaves the domain."""
        self._heard = self._reader = self._writer = None  # dropping the last name deletes them
        self._participant = None
        self._domain = None
        self._matched = False

    def write(self, data: bytes) -> None:
        """Publishes a frame; DriverError when nobody on the robot listens."""
        writer = self._opened(self._writer)
        try:
            if not writer.get_matched_subscriptions() and not self._wait_for_listener(writer):
                raise DriverError(
                    f"{self.name}: nobody listens to {COMMANDS}. Is the robot on, and its motion "
                    "service running (not in debug mode)?"
                )
            self._matched = True
            writer.write(LowCmd_.carrying(data))
        except DDSException as error:
            raise DriverError(f"{self.name}: the line is gone ({error.msg}).") from error

    def read(self, timeout_s: float) -> bytes:
        """The newest state that nobody has read, waiting for one no longer than this [s]."""
        reader = self._opened(self._reader)
        try:
            found = reader.take(1)
            if not found and timeout_s > 0.0:
                self._opened(self._heard).wait(duration(seconds=timeout_s))
                found = reader.take(1)
        except DDSException as error:
            raise DriverError(f"{self.name}: the line is gone ({error.msg}).") from error
        return getattr(found[0], "frame", b"") if found else b""

    def _join(self) -> None:
        config = (
            "<CycloneDDS><Domain><General><Interfaces><NetworkInterface name="
            f"{quoteattr(self._interface)}/></Interfaces></General></Domain></CycloneDDS>"
        )
        try:
            self._domain = Domain(self._number, config)
        except DDSException as error:
            if error.code != DDSException.DDS_RETCODE_PRECONDITION_NOT_MET:
                raise
            self._domain = None  # this process is in that domain already: it is used as it stands
        participant = self._participant = DomainParticipant(self._number)
        reliable = Qos(Policy.Reliability.Reliable(duration(seconds=BLOCKED_S)), base=LAST_ONLY)
        self._writer = DataWriter(participant, Topic(participant, COMMANDS, LowCmd_), qos=reliable)
        self._writer.set_status_mask(DDSStatus.PublicationMatched)
        self._reader = DataReader(participant, Topic(participant, STATES, LowState_), qos=LAST_ONLY)
        self._reader.set_status_mask(DDSStatus.DataAvailable)
        self._heard = WaitSet(participant)
        self._heard.attach(self._reader)

    def _wait_for_listener(self, writer: DataWriter[LowCmd_]) -> bool:
        if self._matched:  # somebody did, and is gone
            return False
        assert self._participant is not None
        matched = WaitSet(self._participant)
        matched.attach(writer)
        matched.wait(duration(seconds=DISCOVERY_S))
        return bool(writer.get_matched_subscriptions())

    def _opened(self, entity: E | None) -> E:
        if entity is None:
            raise DriverError(f"{self.name}: is not open. Open the driver first.")
        return entity
