"""PolicyServer: a policy behind openpi's wire, a thread for every connection."""

from __future__ import annotations

import logging
import threading
import time
from http import HTTPStatus

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from xlvla_sdk.errors import PolicyError, XlvlaError
from xlvla_sdk.messages import ActionChunk
from xlvla_sdk.policy.policy import Policy
from xlvla_sdk.policy.wire import chunk_to_wire, observation_from_wire, pack, unpack

logger = logging.getLogger(__name__)

CLOSE_S = 0.5
"""How long a goodbye to one client may take [s]."""
FAILED, GOING_AWAY = 1011, 1001
"""Close codes. Source: RFC 6455, section 7.4.1."""

# A client that leaves during the handshake would be logged by the library with a traceback.
_quiet = logging.getLogger(f"{__name__}.websockets")
_quiet.setLevel(logging.CRITICAL)


class PolicyServer:
    """Serves a policy to openpi clients while it is open; a context manager.

    Every connection has its own thread, so that a long inference keeps nobody else waiting, and
    `GET /healthz` is answered at any time. A connection whose question cannot be answered gets the
    reason as a text frame and is closed.

    Args:
        policy: Answers; from several threads when there are several clients.
        host: Address to listen on; this computer alone unless told otherwise.
        port: 0 takes a free one.
    """

    def __init__(self, policy: Policy, host: str = "127.0.0.1", port: int = 8000) -> None:
        self.policy = policy
        self._host = host
        self._port = port
        self._server: Server | None = None
        self._connections: set[ServerConnection] = set()
        self._closed = threading.Event()

    @property
    def uri(self) -> str:
        """Where it listens, `ws://host:port`; only while it is open."""
        assert self._server is not None
        host, port = self._server.socket.getsockname()[:2]
        return f"ws://{host}:{port}"

    def __enter__(self) -> PolicyServer:
        """Starts listening.

        Raises:
            PolicyError: When the address is taken or not this computer's.
        """
        try:
            self._server = serve(
                self._connection,
                self._host,
                self._port,
                compression=None,
                max_size=None,
                process_request=_health,
                ping_interval=None,
                close_timeout=CLOSE_S,
                logger=_quiet,
            )
        except OSError as error:
            raise PolicyError(
                f"cannot listen on {self._host}:{self._port} ({error}). Choose another with --port."
            ) from error
        self._closed.clear()
        # Connections' threads inherit being daemons: an inference under way delays no exit.
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def wait(self) -> None:
        """Waits until `close`, or until Ctrl-C or a signal raises in this thread."""
        self._closed.wait()

    def close(self) -> None:
        """Stops listening and says goodbye to every client. May be called twice."""
        if self._server is not None:
            self._server.shutdown()
        for connection in list(self._connections):
            connection.close(GOING_AWAY)
        self._closed.set()

    def _connection(self, connection: ServerConnection) -> None:
        self._connections.add(connection)
        try:
            _Conversation(self.policy, connection).run()
        except ConnectionClosed:
            logger.info("a client left")
        finally:
            self._connections.discard(connection)


class _Conversation:
    """One client's questions, in order."""

    def __init__(self, policy: Policy, connection: ServerConnection) -> None:
        self._policy = policy
        self._connection = connection
        self._cursor_s = 0.0
        self._previous_ms: float | None = None

    def run(self) -> None:
        """Metadata, then answers until the client leaves or one fails."""
        try:
            self._connection.send(pack(self._policy.metadata.to_wire()))
            for frame in self._connection:
                self._reply(frame)
        except XlvlaError as error:
            self._give_up(error.message)
        except ConnectionClosed:
            raise
        except Exception as error:
            logger.exception("%s failed", self._policy.name)
            self._give_up(f"{self._policy.name} failed: {type(error).__name__}: {error}")

    def _reply(self, frame: bytes | str) -> None:
        begun = time.monotonic()
        message = unpack(frame, "the client")
        asked = time.monotonic()
        chunk = self._policy.infer(observation_from_wire(message, self._cursor_s))
        timing = {"infer_ms": 1e3 * (time.monotonic() - asked)}
        if self._previous_ms is not None:
            timing["prev_total_ms"] = self._previous_ms
        self._move_cursor(message.get("time_s"), chunk)
        self._connection.send(pack({**chunk_to_wire(chunk), "server_timing": timing}))
        self._previous_ms = 1e3 * (time.monotonic() - begun)

    def _move_cursor(self, time_s: object, chunk: ActionChunk) -> None:
        """A client that does not say the time plays whole chunks, one after the other."""
        if time_s is None:
            self._cursor_s += len(chunk.rows) * chunk.dt

    def _give_up(self, reason: str) -> None:
        self._connection.send(reason)
        self._connection.close(FAILED, "failed; the reason is in the frame before")


def _health(connection: ServerConnection, request: Request) -> Response | None:
    if request.path == "/healthz":
        return connection.respond(HTTPStatus.OK, "OK\n")
    return None
