"""Album: what the cameras saw at each row of an episode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from xlvla_sdk.data.pictures import jpeg
from xlvla_sdk.drivers.camera import Frame
from xlvla_sdk.errors import DriverError
from xlvla_sdk.policy import Onlooker
from xlvla_sdk.policy.frames import Frames
from xlvla_sdk.recording.motion import rows_until


class Album(Onlooker):
    """Looks on while an episode is played; a context manager, for one episode.

    A row's pictures are the newest ones when it was due. They are encoded beside the loop, so that
    an episode keeps JPEG in memory and no raw picture, and the loop never waits.

    Args:
        cameras: Their names.
        fps: Rows per second.
        size: Height and width of the pictures [pixels]; the cameras' own when None.
        called_off: Says whether the episode is to end.

    Attributes:
        late: The first picture that was too old when its row was due, in words; None when none was.
    """

    def __init__(
        self,
        cameras: Sequence[str],
        fps: float,
        size: int | None = None,
        called_off: Callable[[], bool] = lambda: False,
    ) -> None:
        self.late: str | None = None
        self._fps, self._size, self._called_off = fps, size, called_off
        self._begin_s: float | None = None
        self._rows: dict[str, list[Future[bytes]]] = {name: [] for name in cameras}
        self._last: dict[str, tuple[Frame, Future[bytes]]] = {}
        self._count = 0
        self._encoder = ThreadPoolExecutor(1, "pictures")

    def __enter__(self) -> Album:
        return self

    def __exit__(self, *_: object) -> None:
        self._encoder.shutdown(cancel_futures=True)

    def over(self) -> bool:
        """Whether the operator ends the episode, or a picture came too late for it to be kept."""
        return self._called_off() or self.late is not None

    def saw(self, now: float, frames: Frames) -> None:
        """Keeps the pictures of the rows that are due."""
        self._begin_s = now if self._begin_s is None else self._begin_s
        due = rows_until(now - self._begin_s, self._fps)
        if due == self._count:
            return
        if self._rows:
            self._keep(frames, now - self._begin_s, due - self._count)
        self._count = due

    def pictures(self, rows: int) -> dict[str, list[bytes]]:
        """The first `rows` rows' pictures by camera, as JPEG.

        Raises:
            DriverError: A picture was too old, or a camera changed its size.
        """
        if self.late is not None:
            raise DriverError(f"{self.late}. Look at the camera and its cable.")
        return {name: [one.result() for one in kept[:rows]] for name, kept in self._rows.items()}

    def _keep(self, frames: Frames, at_s: float, rows: int) -> None:
        found = frames.look()
        if self.late is None and (words := frames.late(found)) is not None:
            self.late = f"{words}, {at_s:.1f} s from the beginning"
        for name, frame in found.items():
            self._rows[name] += [self._encoded(name, frame)] * rows

    def _encoded(self, name: str, frame: Frame) -> Future[bytes]:
        """A picture that is seen again is not encoded again."""
        last = self._last.get(name)
        if last is None or last[0] is not frame:
            future = self._encoder.submit(jpeg, frame.image, self._size)
            last = self._last[name] = (frame, future)
        return last[1]
