"""Bridge: the loop that moves a body towards what a client asks for, and holds when it is silent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

import numpy as np

from xlvla_sdk.drivers import Driver
from xlvla_sdk.drivers.camera import Camera
from xlvla_sdk.errors import DriverError, LimitViolation, PolicyError, XlvlaError
from xlvla_sdk.integrations.bridge.columns import Columns
from xlvla_sdk.integrations.bridge.exchange import Action, Exchange
from xlvla_sdk.integrations.bridge.server import BridgeServer, Snapshot
from xlvla_sdk.integrations.bridge.settings import DEFAULTS, BridgeSettings
from xlvla_sdk.policy.body import Body
from xlvla_sdk.policy.clock import Clock
from xlvla_sdk.policy.frames import Frames

logger = logging.getLogger(__name__)


def serve_body(
    drivers: Sequence[Driver],
    columns: Columns,
    clock: Clock,
    settings: BridgeSettings = DEFAULTS,
    *,
    cameras: Mapping[str, Camera] | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    listening: Callable[[str], None] | None = None,
    leaving: threading.Event | None = None,
) -> None:
    """Opens a body and moves it for one client at a time, until something ends it.

    Every way out stops and closes every driver; a client that is there is told why.

    Args:
        drivers: One for each part of the body, in their order; not opened yet.
        columns: What the client's numbers mean.
        clock: The wall's: clients live in no other time.
        settings: See BridgeSettings.
        cameras: By the names that clients know them by; opened and closed here.
        host: Address to listen on. Whoever reaches it can move the body.
        port: 0 takes a free one.
        listening: Is told the address once a client may come.
        leaving: Ends it when it is set; else only an error, Ctrl-C or a signal does.

    Raises:
        DriverError: A device or a camera that is not there or does not answer.
        PolicyError: The address is taken.
    """
    body = Body(columns.embodiment, drivers, clock.now, settings.speed, settings.thresholds)
    frames = Frames(cameras or {}, clock, settings.oldest_frame_s)
    exchange = Exchange(clock.now, max(settings.seat_s, settings.watchdog_s))
    server = BridgeServer(exchange, host, port)
    # The body is left, hence stopped, before the server says goodbye to anybody.
    with clock.attending(), frames, closing(server), body:
        bridge = Bridge(body, columns, clock, settings, frames, exchange)
        server.open(bridge.snapshot, bridge.described())
        if listening is not None:
            listening(server.uri)
        bridge.run(leaving or threading.Event())


class Bridge:
    """The loop: a reading and a command every period, and a command for each action as it comes.

    Args:
        body: Opened.
        columns: What the client's numbers mean.
        clock: Whose time.
        settings: See BridgeSettings.
        frames: What the cameras see, opened.
        exchange: Where clients and the loop meet.
    """

    def __init__(
        self,
        body: Body,
        columns: Columns,
        clock: Clock,
        settings: BridgeSettings,
        frames: Frames,
        exchange: Exchange,
    ) -> None:
        self._body = body
        self._columns = columns
        self._clock = clock
        self._settings = settings
        self._frames = frames
        self._exchange = exchange
        self._measured = body.read(), clock.now()
        self._seen = frames.look()
        self._target = body.hold()
        self._standing: str | None = "waits for a client"
        self._approaching = True  # after a hold the target may be far, as an episode's first row is

    def run(self, leaving: threading.Event) -> None:
        """Moves the body until told to leave; an error ends it too, and every client hears of it."""
        over: XlvlaError = PolicyError("the bridge was ended; the body is stopped.")
        try:
            while not leaving.is_set():
                self._turn(self._exchange.next(self._due_s - self._clock.now()))
        except XlvlaError as error:
            over = type(error)(f"{error.message} The body was stopped.", **error.values)
            raise
        finally:
            self._exchange.end(over)

    def snapshot(self) -> Snapshot:
        """What a client reads: the newest reading, the pictures, and whether the body holds.

        Raises:
            LimitViolation: It is measured further outside its limits than rows can say.
            DriverError: A camera is gone, or its newest picture is too old.
        """
        (measured, time_s), frames = self._measured, self._seen
        if (words := self._frames.late(frames)) is not None:
            raise DriverError(f"{words}. Look at the camera, its cable, and what else runs here.")
        return Snapshot(
            self._columns.encode(self._body.inside(measured)),
            time_s,
            {name: frame.image for name, frame in frames.items()},
            self._standing,
        )

    def described(self) -> dict[str, object]:
        """The body, its limits and rates, for a connection's first frame."""
        lower, upper = self._body.embodiment.limits
        pictures = {name: list(frame.image.shape) for name, frame in self._seen.items()}
        return {
            "embodiment": self._body.embodiment.name,
            **self._columns.described(),
            "joints": list(self._body.embodiment.joints),
            "lower": lower,
            "upper": upper,
            "velocity": self._body.speed,
            "rate_hz": self._settings.rate_hz,
            "watchdog_s": self._settings.watchdog_s,
            "simulated": all(driver.simulated for driver in self._body.drivers),
            "cameras": pictures,
        }

    @property
    def _due_s(self) -> float:
        return self._measured[1] + 1.0 / self._settings.rate_hz

    def _turn(self, action: Action | None) -> None:
        try:
            self._move(action)
        except (LimitViolation, PolicyError) as error:
            self._give_up(action, error)
        except XlvlaError as error:
            if action is not None:
                action.settle(None, error)
            raise
        self._measured = self._body.read(), self._clock.now()
        self._seen = self._frames.look()  # here, not in a client's thread; one that is gone ends it

    def _move(self, action: Action | None) -> None:
        self._heed_silence()
        if action is not None:
            self._aim(action.numbers)
        self._command()
        if action is not None:
            sent = self._body.sent
            assert sent is not None
            action.settle(self._columns.encode(sent))

    def _aim(self, numbers: np.ndarray) -> None:
        if not np.isfinite(numbers).all():
            at = int(np.flatnonzero(~np.isfinite(numbers))[0])
            raise PolicyError(
                f"the action's '{self._columns.names[at]}' is {numbers[at]}. It was not sent; the "
                "body holds."
            )
        self._target = self._columns.decode(numbers, self._body.inside(self._measured[0]))
        self._standing = None

    def _heed_silence(self) -> None:
        words = self._exchange.quiet(self._settings.watchdog_s)
        if words is not None and self._standing is None:
            logger.warning("%s: %s; it holds.", self._body.embodiment.name, words)
            self._hold(words)

    def _command(self) -> None:
        """Far targets are approached at the velocity limit, once; then motion has to keep to it."""
        if self._standing is not None or self._approaching:
            arrived = self._body.approach(self._target)
            self._approaching = self._standing is not None or not arrived
        else:
            self._body.command(self._target)

    def _hold(self, why: str) -> None:
        self._target, self._standing, self._approaching = self._body.hold(), why, True

    def _give_up(self, action: Action | None, error: XlvlaError) -> None:
        logger.warning("%s: %s", self._body.embodiment.name, error.message)
        self._hold("its last action was refused")
        if action is not None:
            action.settle(None, error)
        else:
            self._exchange.refuse(error)
