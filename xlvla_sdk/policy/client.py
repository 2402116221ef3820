"""OpenPIClient: openpi's client protocol with timeouts, and no connection used after an error."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from xlvla_sdk.errors import PolicyError
from xlvla_sdk.policy.wire import BasePolicy, pack, unpack

CLOSE_S = 0.2
"""How long a goodbye may take [s]; a peer that went quiet does not answer it."""

# A dropped connection is told in our own words; the library's traceback of it says nothing more.
_quiet = logging.getLogger(f"{__name__}.websockets")
_quiet.setLevel(logging.CRITICAL)


class OpenPIClient(BasePolicy):
    """Speaks to any openpi policy server; openpi's own runtime takes it as a policy.

    It connects when first used and again after an error: the wire has no request numbers, so the
    late answer to a question that timed out would be taken for the answer to the next one.
    Keepalive pings are off: a server may be busy with one inference longer than they allow.

    Args:
        uri: `ws://host:port`, with a path where a server wants one, or `wss://`.
        connect_timeout_s: For the connection and for the metadata [s].
        infer_timeout_s: For one answer [s].
        api_key: Sent as `Authorization: Api-Key`; only a proxy before the server looks at it.
    """

    def __init__(
        self,
        uri: str,
        connect_timeout_s: float = 5.0,
        infer_timeout_s: float = 10.0,
        api_key: str | None = None,
    ) -> None:
        self.uri = uri
        self.connect_timeout_s = connect_timeout_s
        self.infer_timeout_s = infer_timeout_s
        self._headers = {"Authorization": f"Api-Key {api_key}"} if api_key else None
        self._socket: ClientConnection | None = None
        self._metadata: dict[str, Any] | None = None
        self._lock = threading.Lock()  # two threads' answers must not change places

    def infer(self, obs: dict[str, Any], timeout_s: float | None = None) -> dict[str, Any]:
        """The server's answer, its arrays writable.

        Args:
            obs: What it is asked with.
            timeout_s: For this answer [s]; `infer_timeout_s` when left out.

        Raises:
            PolicyError: No server, no answer in time, the connection lost, an answer that cannot be
                read, or the server's own error; then `text` is all it sent. The connection is
                dropped, and `again` says that asking again may help.
        """
        frame = pack(obs)
        timeout_s = self.infer_timeout_s if timeout_s is None else timeout_s
        with self._lock:
            socket = self._ready()
            try:
                socket.send(frame)
                reply = socket.recv(timeout=timeout_s)
            except (TimeoutError, OSError, WebSocketException) as error:
                self._drop()
                raise self._lost(error, timeout_s) from error
            if isinstance(reply, str):
                self._drop()
                raise PolicyError(f"{self.uri} failed: {_last_line(reply)}", text=reply, again=True)
            return self._read(reply)

    def get_server_metadata(self) -> dict[str, Any]:
        """What the server said when last connected to; connects when there was no connection yet.

        Raises:
            PolicyError: No server, or it said nothing in time.
        """
        with self._lock:
            if self._metadata is None:
                self._connected()
            assert self._metadata is not None
            return self._metadata

    def wait_for_server(self, timeout_s: float, pause_s: float = 0.2) -> None:
        """Tries to connect until it succeeds.

        Raises:
            PolicyError: The last refusal, after `timeout_s`.
        """
        give_up = time.monotonic() + timeout_s
        while True:
            try:
                with self._lock:
                    self._connected()
                return
            except PolicyError:
                if time.monotonic() + pause_s > give_up:
                    raise
                time.sleep(pause_s)

    def reset(self) -> None:
        """Does nothing; the wire has no such message."""
        return

    def close(self) -> None:
        """Drops the connection; a question under way in another thread then fails."""
        self._drop()

    def _ready(self) -> ClientConnection:
        """A connection on which nothing waits: it would be taken for the answer to come."""
        socket = self._connected()
        try:
            socket.recv(timeout=0)
        except TimeoutError:
            return socket
        except (OSError, WebSocketException):
            pass  # it was closed since the last answer
        self._drop()
        return self._connected()

    def _read(self, reply: bytes | str) -> dict[str, Any]:
        try:
            return unpack(reply, self.uri)
        except PolicyError as error:
            self._drop()
            raise PolicyError(error.message, again=True) from error

    def _connected(self) -> ClientConnection:
        if self._socket is not None:
            return self._socket
        try:
            socket = connect(
                self.uri,
                compression=None,
                max_size=None,
                additional_headers=self._headers,
                open_timeout=self.connect_timeout_s,
                close_timeout=CLOSE_S,
                ping_interval=None,
                logger=_quiet,
            )
        except (TimeoutError, OSError, WebSocketException) as error:
            raise PolicyError(
                f"{self.uri} cannot be reached ({str(error) or type(error).__name__}). Is the "
                "server running, and is the address of the form ws://host:port?",
                again=True,
            ) from error
        self._socket = socket
        try:
            greeting = socket.recv(timeout=self.connect_timeout_s)
        except (TimeoutError, OSError, WebSocketException) as error:
            self._drop()
            raise self._lost(error, self.connect_timeout_s) from error
        self._metadata = self._read(greeting)
        return socket

    def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()

    def _lost(self, error: Exception, timeout_s: float) -> PolicyError:
        if isinstance(error, TimeoutError):
            return PolicyError(
                f"{self.uri} did not answer in {timeout_s:g} s. Is the server running, and quick "
                "enough?",
                again=True,
            )
        what = "closed the connection" if isinstance(error, ConnectionClosed) else "was lost"
        return PolicyError(
            f"{self.uri} {what} ({error}). Look at the server's own messages.", again=True
        )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it sent an empty error"
