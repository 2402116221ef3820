"""Newest: the newest picture of a camera that gives them at its own pace."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from xlvla_sdk.drivers.pictures import Picture, Pictures, said
from xlvla_sdk.errors import DriverError, XlvlaError

FIRST_S = 5.0
"""How long a camera may take to start [s]."""
SILENT_S = 2.0
"""A camera that gives nothing for so long is gone [s]."""
STAMP_S = 1.0
"""A stamp further back than this, or ahead, is of another clock [s]."""
LEAVE_S = 1.0
"""How long a camera that is let go of may take before it is left to itself [s]."""
CHECK = "Check its cable, and plug it in again."


@dataclass(frozen=True)
class Taken:
    """A picture with its times on `time.monotonic` [s].

    Attributes:
        taken_s: When it was taken: the kernel's stamp, which V4L2 drivers give on this same clock;
            when it arrived where the stamp is of another clock.
        arrived_s: When it was handed over.
    """

    picture: Picture
    taken_s: float
    arrived_s: float

    @staticmethod
    def now(picture: Picture) -> Taken:
        """A picture that just arrived."""
        arrived_s, stamp_s = time.monotonic(), picture.stamp_s
        told = stamp_s is not None and 0.0 <= arrived_s - stamp_s < STAMP_S
        return Taken(picture, stamp_s if stamp_s is not None and told else arrived_s, arrived_s)


class Newest:
    """Fetches pictures in a thread of its own and keeps the last.

    A camera's driver fills its few buffers and keeps the oldest when nobody fetches them, so somebody
    always has to. A camera that hangs then keeps nobody waiting: every call has a deadline.

    Args:
        name: What the messages call the camera.
        source: Opens it.
        why: What an error of opening means, and how to mend it.
    """

    def __init__(
        self, name: str, source: Callable[[], Pictures], why: Callable[[Exception], str]
    ) -> None:
        self.name = name
        self._source, self._why = source, why
        self._news = threading.Event()  # the first picture, or an error in its place
        self._leave = threading.Event()
        self._last: Taken | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._fetch, name=name, daemon=True)

    def start(self) -> None:
        """Returns with the first picture there; DriverError when there is none in time."""
        self._thread.start()
        if not self._news.wait(FIRST_S):
            raise DriverError(f"{self.name}: gave no picture in {FIRST_S:g} s. {CHECK}")
        self.get()

    def get(self) -> Taken:
        """The newest, at once; DriverError when the camera is gone."""
        if self._error is not None:
            raise self._lost(self._error) from self._error
        if self._last is None:
            raise DriverError(f"{self.name} is not open. Use the camera in a `with` block.")
        silent_s = time.monotonic() - self._last.arrived_s
        if silent_s > SILENT_S:
            raise DriverError(f"{self.name}: no picture for {silent_s:.1f} s. {CHECK}")
        return self._last

    def end(self) -> None:
        """Lets go of the camera; one that hangs is left to itself."""
        self._leave.set()
        if self._thread.ident is not None:
            self._thread.join(LEAVE_S)

    def _fetch(self) -> None:
        try:
            with self._source() as pictures:
                for picture in pictures.live():
                    self._last = Taken.now(picture)
                    self._news.set()
                    if self._leave.is_set():
                        return
            raise EOFError("its pictures ended")
        except Exception as error:  # handed to whoever reads
            self._error = error
        finally:
            self._news.set()

    def _lost(self, error: Exception) -> XlvlaError:
        if isinstance(error, XlvlaError):
            return type(error)(error.message)
        if self._last is None:
            return DriverError(f"{self.name}: {self._why(error)}")
        return DriverError(f"{self.name}: the camera is gone ({said(error)}). {CHECK}")
