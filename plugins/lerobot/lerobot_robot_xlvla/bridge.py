"""Bridge: the client of `xlvla bridge`."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from lerobot_robot_xlvla.wire import pack, unpack

PROTOCOL = 1
KEY = "xlvla_bridge"


class BridgeError(ConnectionError):
    """The bridge is not there, is another one, or refused; LeRobot's own errors are this kind too."""


@dataclass(frozen=True)
class Description:
    """What the bridge says of its body.

    Attributes:
        embodiment: The body, as in `xhand:right`.
        features: `joints` or `latent`.
        names: Of the numbers that are read and sent, in their order.
        space: The latent space, `name@hash8`; None for joints.
        cameras: Camera to its picture's (height, width, 3).
        rate_hz: Commands per second to the devices.
        watchdog_s: The body holds when the client is silent longer [s].
        simulated: Whether nothing real moves.
    """

    embodiment: str
    features: str
    names: tuple[str, ...]
    space: str | None
    cameras: dict[str, tuple[int, int, int]]
    rate_hz: float
    watchdog_s: float
    simulated: bool


@dataclass(frozen=True)
class Seen:
    """One observation.

    Attributes:
        state: In the order of `Description.names`.
        images: Camera to picture, uint8 (height, width, 3).
        standing: Why the body holds, in words; None while it follows.
    """

    state: np.ndarray
    images: dict[str, np.ndarray]
    standing: str | None


class Bridge:
    """One connection; connecting reads what the body is, and moves nothing.

    Args:
        url: `ws://host:port`.
        timeout_s: How long an answer may take [s].

    Attributes:
        description: What the bridge says of its body.

    Raises:
        BridgeError: Nothing listens there, or something else does.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url = url
        self._timeout_s = timeout_s
        self._socket: ClientConnection | None = self._connected()
        self.description = self._described()

    @property
    def open(self) -> bool:
        """Whether it can be asked; an error has closed it for good."""
        return self._socket is not None

    def close(self) -> None:
        """Leaves; the body holds."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()

    def observe(self) -> Seen:
        """What is measured and seen now."""
        said = self._ask({"observe": True})
        return Seen(np.asarray(said["state"]), said["images"], said["standing"])

    def act(self, numbers: np.ndarray) -> np.ndarray:
        """Sends a target; returns what went to the devices, limits kept."""
        return np.asarray(self._ask({"action": numbers})["action"])

    def _connected(self) -> ClientConnection:
        try:
            # No pings: a client that computes for long is silent, and the bridge's watchdog sees to it.
            return connect(
                self.url,
                compression=None,
                max_size=None,
                open_timeout=self._timeout_s,
                close_timeout=self._timeout_s,
                ping_interval=None,
            )
        except (OSError, WebSocketException, ValueError) as error:
            raise BridgeError(
                f"{self.url}: no bridge answers ({error or type(error).__name__}). Start one first, as "
                "in `xlvla bridge xhand:right`, and give --robot.url the address that it says."
            ) from error

    def _described(self) -> Description:
        said = self._received().get(KEY)
        if not isinstance(said, dict) or said.get("protocol") != PROTOCOL:
            self.close()
            spoken = said.get("protocol") if isinstance(said, dict) else None
            what = f"speaks the bridge's protocol {spoken}" if spoken else "is no bridge of xlvla"
            raise BridgeError(
                f"{self.url} {what}; wanted is protocol {PROTOCOL}. Start `xlvla bridge` there, and "
                "update the older of the two."
            )
        return Description(
            said["embodiment"],
            said["features"],
            tuple(said["names"]),
            said["space"],
            {name: tuple(shape) for name, shape in said["cameras"].items()},
            said["rate_hz"],
            said["watchdog_s"],
            said["simulated"],
        )

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        if self._socket is None:
            raise BridgeError(f"{self.url}: not connected. Call connect() first.")
        with suppress(ConnectionClosed):  # why, the bridge said before it closed
            self._socket.send(pack(message))
        return self._received()

    def _received(self) -> dict[str, Any]:
        """The next frame; whatever goes wrong, a late answer must not be taken for the next one."""
        assert self._socket is not None
        try:
            frame = self._socket.recv(timeout=self._timeout_s)
            if isinstance(frame, bytes):
                return unpack(frame)
            reason = frame
        except TimeoutError:
            reason = (
                f"no answer in {self._timeout_s:g} s. Is the computer busy, or the bridge gone?"
            )
        except ConnectionClosed:
            reason = "the bridge is gone, and its body is stopped. Look at what it said last."
        except ValueError as error:
            reason = f"the bridge sent {error}."
        self.close()
        raise BridgeError(f"{self.url}: {reason}")
