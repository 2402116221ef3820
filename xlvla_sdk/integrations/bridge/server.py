"""BridgeServer: the bridge on openpi's framing, a websocket with one msgpack map a frame."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from xlvla_sdk.errors import PolicyError, XlvlaError
from xlvla_sdk.integrations.bridge.exchange import Exchange
from xlvla_sdk.policy.wire import pack, unpack

logger = logging.getLogger(__name__)

PROTOCOL = 1
KEY = "xlvla_bridge"
"""Where the first frame says what the body is; a policy server's says `xlvla`."""
CLOSE_S = 0.5
"""How long a goodbye to one client may take [s]."""
LARGEST = 2**20
"""Bytes of a client's message: an action has a few hundred."""
FAILED, GOING_AWAY = 1011, 1001
"""Close codes. Source: RFC 6455, section 7.4.1."""

_quiet = logging.getLogger(f"{__name__}.websockets")
_quiet.setLevel(logging.CRITICAL)  # the library logs a client that leaves early with a traceback


@dataclass(frozen=True)
class Snapshot:
    """What a client reads.

    Attributes:
        state: In the client's columns.
        time_s: When it was measured, on the bridge's clock [s].
        images: Camera to picture, uint8 (height, width, 3).
        standing: Why the body holds, in words; None while it follows the client.
    """

    state: Float[np.ndarray, " A"]
    time_s: float
    images: Mapping[str, np.ndarray]
    standing: str | None


class BridgeServer:
    """Listens from `open` to `close`.

    A client's first frame from here says what the body is. It sends `{"observe": true}` or
    `{"action": (A,)}` and gets one frame for each. A message that cannot be answered gets the reason
    as a text frame, and the connection is closed. Web pages are refused: a browser would let any
    page that is open move the body.

    Args:
        exchange: Where clients and the loop meet.
        host: Address to listen on.
        port: 0 takes a free one.
    """

    def __init__(self, exchange: Exchange, host: str, port: int) -> None:
        self._exchange = exchange
        self._place = (host, port)
        self._answering = threading.Lock()
        self._server: Server | None = None
        self._connections: set[ServerConnection] = set()

    @property
    def uri(self) -> str:
        """Where it listens, `ws://host:port`; only while it is open."""
        assert self._server is not None
        host, port = self._server.socket.getsockname()[:2]
        return f"ws://{host}:{port}"

    def open(self, snapshot: Callable[[], Snapshot], description: Mapping[str, Any]) -> None:
        """Starts listening.

        Args:
            snapshot: What a client reads now.
            description: What the first frame says.

        Raises:
            PolicyError: When the address is taken or not this computer's.
        """
        self._snapshot = snapshot
        self._hello = pack({KEY: {"protocol": PROTOCOL, **description}})
        self._width = len(description["names"])
        host, port = self._place
        try:
            self._server = serve(
                self._connection,
                host,
                port,
                origins=[None],
                compression=None,
                max_size=LARGEST,
                ping_interval=None,
                close_timeout=CLOSE_S,
                logger=_quiet,
            )
        except OSError as error:
            raise PolicyError(
                f"cannot listen on {host}:{port} ({error}). Choose another with --port."
            ) from error
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stops listening and says goodbye to every client."""
        if self._server is not None:
            self._server.shutdown()
        if self._answering.acquire(timeout=CLOSE_S):  # whoever is being told why hears it
            self._answering.release()
        for connection in list(self._connections):
            connection.close(GOING_AWAY)

    def _connection(self, connection: ServerConnection) -> None:
        self._connections.add(connection)
        try:
            connection.send(self._hello)
            for frame in connection:
                with self._answering:
                    self._reply(connection, frame)
        except ConnectionClosed:
            logger.debug("a client left")
        finally:
            self._exchange.leave(connection)
            self._connections.discard(connection)

    def _reply(self, connection: ServerConnection, frame: bytes | str) -> None:
        try:
            connection.send(pack(self._answer(connection, frame)))
        except ConnectionClosed:
            raise
        except XlvlaError as error:
            self._refuse(connection, error.message)
        except Exception as error:
            logger.exception("a client's message failed")
            self._refuse(connection, f"the bridge failed: {type(error).__name__}: {error}")

    def _answer(self, client: ServerConnection, frame: bytes | str) -> dict[str, Any]:
        message = unpack(frame, "the client")
        if "action" in message:
            sent = self._exchange.act(client, self._numbers(message["action"]))
            return {"action": sent}
        if message.get("observe") is True:
            self._exchange.hear(client)
            seen = self._snapshot()
            return {
                "state": seen.state,
                "time_s": seen.time_s,
                "images": dict(seen.images),
                "standing": seen.standing,
            }
        raise PolicyError(
            f"a message has 'observe': true or 'action'; this one has {', '.join(map(str, message)) or 'nothing'}."
        )

    def _numbers(self, value: object) -> np.ndarray:
        array = np.asarray(value)
        if array.dtype.kind not in "fiu" or array.shape != (self._width,):
            raise PolicyError(
                f"the action is {array.dtype} {array.shape}; wanted are {self._width} numbers, in the "
                "order of 'names' in the first frame."
            )
        return array.astype(float)

    def _refuse(self, connection: ServerConnection, reason: str) -> None:
        try:
            connection.send(reason)
            connection.close(FAILED, "refused; the reason is in the frame before")
        except ConnectionClosed:
            logger.info("a client left before it heard: %s", reason)
