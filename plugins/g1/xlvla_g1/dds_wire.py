"""DdsWire: an emulated robot as a DDS peer: it says its state 500 times a second and hears commands."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time

from cyclonedds.core import DDSException, DDSStatus, Policy, Qos, WaitSet
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic

from xlvla_g1.emulated_types import Said, Told
from xlvla_g1.firmware import G1Firmware
from xlvla_sdk.testing import Faults, Wire

logger = logging.getLogger(__name__)

PERIOD_S = 0.002
"""Between states: xr_teleoperate d1510db reads them at 500 Hz [s]."""
INTERFACE = "lo"
FIRST_DOMAIN, DOMAINS = 2, 99
"""The robot's own domain is 0, the maker's simulators' 1."""
QUEUE = 16


class DdsWire(Wire):
    """A participant on the loopback interface, in a domain that no other emulated robot has.

    Damaged messages do not arrive, as DDS lets none through that is no message: cyclonedds refuses to
    send one of a wrong length, and it is dropped. A flipped bit inside goes out.

    Args:
        firmware: The robot.
        faults: What goes wrong with states.
        timed: Changes nothing: the robot speaks of itself, at its own rate.

    Attributes:
        domain: Its number, while open.
        states: Messages published.
    """

    def __init__(
        self, firmware: G1Firmware, faults: Faults | None = None, timed: bool = True
    ) -> None:
        super().__init__(firmware, faults, timed)
        self.robot = firmware
        self.domain: int | None = None
        self.states = 0
        self._claim: socket.socket | None = None
        self._open: Domain | None = None
        self._serving: threading.Thread | None = None
        self._ending = threading.Event()

    @property
    def place(self) -> str:
        """The interface."""
        return INTERFACE

    def open(self) -> None:
        """Claims a domain and speaks in it."""
        self._claim, self.domain = claim_domain()
        interface = f'<Interfaces><NetworkInterface name="{INTERFACE}"/></Interfaces>'
        config = f"<CycloneDDS><Domain><General>{interface}</General></Domain></CycloneDDS>"
        self._open = Domain(self.domain, config)
        self.plug()

    def close(self) -> None:
        """Leaves the domain to others."""
        self.unplug()
        self._open = None
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def plug(self) -> None:
        """Joins the domain."""
        assert self._serving is None, "it is plugged in already"
        self._ending.clear()
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def unplug(self) -> None:
        """Leaves the domain without a word more."""
        if self._serving is not None:
            self._ending.set()
            self._serving.join()
            self._serving = None

    def _serve(self) -> None:
        assert self.domain is not None
        participant = DomainParticipant(self.domain)
        reader = DataReader(
            participant,
            Topic(participant, "rt/arm_sdk", Told),
            qos=Qos(Policy.History.KeepLast(QUEUE)),
        )
        reader.set_status_mask(DDSStatus.DataAvailable)
        writer = DataWriter(participant, Topic(participant, "rt/lowstate", Said))
        told = WaitSet(participant)
        told.attach(reader)
        due = time.monotonic()
        while not self._ending.is_set():
            told.wait(max(0, int((due - time.monotonic()) * 1e9)))
            for message in reader.take(QUEUE):
                data = getattr(message, "bytes", b"")  # none: a writer has left
                self.received += len(data)
                if data:
                    self.robot.receive(data, time.monotonic())
            if (now := time.monotonic()) >= due:
                self._say(writer, self.robot.state(now))
                due = max(due + PERIOD_S, now)

    def _say(self, writer: DataWriter[Said], state: bytes) -> None:
        for wait_s, piece in self.faults.spoil(state):
            if self._ending.wait(wait_s):
                return
            self.sent += len(piece)  # before: whoever has read it may ask how much was sent
            self.states += 1
            try:
                writer.write(Said.of(piece))
            except DDSException:  # of a wrong length: it does not go out
                self.sent -= len(piece)
                self.states -= 1


def claim_domain() -> tuple[socket.socket, int]:
    """A domain for one emulated robot, and what keeps others out of it while it is open.

    Of the ports that belong to a domain DDS leaves some unused; whoever binds the sixth has it.
    """
    for offset in range(DOMAINS):
        domain = FIRST_DOMAIN + (os.getpid() + offset) % DOMAINS
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", 7400 + 250 * domain + 5))
        except OSError:
            claim.close()
            continue
        return claim, domain
    raise RuntimeError(f"all of the {DOMAINS} domains for emulated robots are in use. End some.")
