"""Servers on loopback sockets for tests: openpi's own, and ones that misbehave."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from openpi_client import msgpack_numpy
from openpi_client.base_policy import BasePolicy
from openpi_server.websocket_policy_server import WebsocketPolicyServer
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from xlvla_sdk.policy import Metadata, OpenPIClient
from xlvla_sdk.policy.metadata import SideParts
from xlvla_sdk.specs import Side

ONE_RIGHT_HAND = Metadata("xl-1", "toy@00000000", 32, (SideParts(Side.RIGHT, True, False),))
Handler = Callable[[ServerConnection], None]


class SteadyPolicy(BasePolicy):
    """Answers the same rows, as an openpi policy does; notes what it was asked."""

    def __init__(self, rows: np.ndarray | None = None) -> None:
        self.rows = np.zeros((64, 32), np.float32) if rows is None else rows
        self.asked: list[dict[str, Any]] = []

    def infer(self, obs: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(obs)
        return {"actions": self.rows, "policy_timing": {"infer_ms": np.float32(0.1)}}


@contextmanager
def openpi_server(policy: BasePolicy, metadata: dict[str, Any] | None = None) -> Iterator[str]:
    """openpi's own server module, unmodified; gives its address once it can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = WebsocketPolicyServer(policy, "127.0.0.1", port, metadata)
    loop = asyncio.new_event_loop()
    running = loop.create_task(server.run())
    thread = threading.Thread(target=_until_cancelled, args=(loop, running))
    thread.start()
    uri = f"ws://127.0.0.1:{port}"
    try:
        reachable = OpenPIClient(uri)
        reachable.wait_for_server(20.0)
        reachable.close()
        yield uri
    finally:
        loop.call_soon_threadsafe(running.cancel)
        thread.join()


def _until_cancelled(loop: asyncio.AbstractEventLoop, running: asyncio.Task[None]) -> None:
    try:
        loop.run_until_complete(running)
    except asyncio.CancelledError:
        loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """A websocket server that does what `handler` says; gives its address."""

    def quiet(connection: ServerConnection) -> None:
        try:
            handler(connection)
        except ConnectionClosed:
            return

    with serve(quiet, "127.0.0.1", 0, compression=None, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        host, port = server.socket.getsockname()[:2]
        yield f"ws://{host}:{port}"
    thread.join()


def greeting(metadata: Metadata = ONE_RIGHT_HAND) -> bytes:
    """A connection's first frame."""
    return packed(metadata.to_wire())


def packed(message: Any) -> bytes:
    """A frame as openpi packs it."""
    frame = msgpack_numpy.packb(message)
    assert isinstance(frame, bytes)
    return frame


def rows(value: float = 0.0, count: int = 64, width: int = 32) -> np.ndarray:
    """Rows of one value."""
    return np.full((count, width), value, np.float32)
