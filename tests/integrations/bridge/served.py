"""A small hand behind a bridge on a loopback socket, and a client of the bare wire, for tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from websockets.sync.client import ClientConnection, connect

from tests.codecs import body_of
from tests.drivers.recording_driver import RecordingDriver
from xlvla_sdk.drivers.camera import Camera
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.integrations.bridge import BridgeSettings, Columns, JointColumns, serve_body
from xlvla_sdk.policy import WallClock
from xlvla_sdk.policy.wire import pack, unpack
from xlvla_sdk.specs import HandSpec

PATIENT = BridgeSettings(rate_hz=100.0, watchdog_s=30.0, seat_s=30.0)
"""Nothing happens by itself while a busy machine lets a test wait."""
WAIT_S = 20.0


@dataclass
class Served:
    """A bridge that runs in a thread.

    Attributes:
        uri: Where it listens.
        device: The hand behind it.
        ended: How it ended: what `serve_body` raised, None where it returned.
    """

    uri: str
    device: RecordingDriver
    thread: threading.Thread
    leaving: threading.Event
    ended: list[XlvlaError | None]

    def end(self) -> XlvlaError | None:
        """Ends it; how it ended."""
        self.leaving.set()
        return self.wait()

    def wait(self) -> XlvlaError | None:
        """Waits until it ended by itself."""
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()
        return self.ended[0]


@contextmanager
def served(
    hand: HandSpec,
    columns: Columns | None = None,
    cameras: Mapping[str, Camera] | None = None,
    **settings: Any,
) -> Iterator[Served]:
    """A bridge of one hand, at joints unless columns say otherwise."""
    clock, up, uris = WallClock(), threading.Event(), []
    device = RecordingDriver(hand, clock.now)
    leaving, ended = threading.Event(), []

    def listening(uri: str) -> None:
        uris.append(uri)
        up.set()

    def run() -> None:
        try:
            serve_body(
                [device],
                columns or JointColumns(body_of(hand)),
                clock,
                replace(PATIENT, **settings),
                cameras=cameras,
                listening=listening,
                leaving=leaving,
            )
            ended.append(None)
        except XlvlaError as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(WAIT_S)
    bridge = Served(uris[0], device, thread, leaving, ended)
    try:
        yield bridge
    finally:
        bridge.end()


class Client:
    """A client of the bare wire; a context manager.

    Attributes:
        first: What the first frame says.
    """

    def __init__(self, uri: str) -> None:
        self.socket: ClientConnection = connect(uri, compression=None, max_size=None)
        self.first = unpack(self.socket.recv(timeout=WAIT_S), "the bridge")["xlvla_bridge"]

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def said(self, frame: bytes | str) -> dict[str, Any] | str:
        """What comes back for a frame: a map, or a reason in words."""
        self.socket.send(frame)
        answer = self.socket.recv(timeout=WAIT_S)
        return answer if isinstance(answer, str) else unpack(answer, "the bridge")

    def observe(self) -> dict[str, Any]:
        answer = self.said(pack({"observe": True}))
        assert isinstance(answer, dict), answer
        return answer

    def act(self, *numbers: float) -> np.ndarray:
        answer = self.said(pack({"action": np.array(numbers)}))
        assert isinstance(answer, dict), answer
        return answer["action"]

    def refused(self, message: dict[str, Any] | str | bytes) -> str:
        """The reason that comes for a message that is not taken."""
        answer = self.said(pack(message) if isinstance(message, dict) else message)
        assert isinstance(answer, str), answer
        return answer
