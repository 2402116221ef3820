"""EpisodeLog: what is noted while an episode runs, and the file it makes."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from xlvla_sdk.errors import DataError
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import Recording
from xlvla_sdk.policy.columns import column_names
from xlvla_sdk.policy.playback import Playback


@dataclass
class EpisodeLog:
    """An episode period by period, and chunk by chunk.

    Whoever makes one and hands it to `run_episode` has it, too, when the run ends in an error.

    Attributes:
        begin_s: When its first row was due, on the clock [s]; None before.
        times: When each period's posture was measured, on the clock [s].
        qpos: Measured postures [rad, m].
        sent_s: When each period's command went out, on the clock [s].
        targets: What the drivers were told [rad, m].
        rows: The row it was decoded from; None where the body stood still.
        playing: The chunk it was of and where in it; None where the body stood still.
        chunks: Every chunk that was played, with the time it came on the clock [s].
    """

    begin_s: float | None = None
    holds: int = 0
    times: list[float] = field(default_factory=list)
    qpos: list[np.ndarray] = field(default_factory=list)
    sent_s: list[float] = field(default_factory=list)
    targets: list[np.ndarray] = field(default_factory=list)
    rows: list[np.ndarray | None] = field(default_factory=list)
    playing: list[tuple[int, float] | None] = field(default_factory=list)
    chunks: list[tuple[Playback, float]] = field(default_factory=list)

    def begin(self, begin_s: float) -> None:
        """The first row is played: of what was noted before only the latest posture stays."""
        self.begin_s = begin_s
        del self.times[:-1], self.qpos[:-1]

    def measured(self, now: float, qpos: Float[np.ndarray, " D"]) -> None:
        """Notes where the body is."""
        self.times.append(now)
        self.qpos.append(qpos)

    def came(self, chunk: Playback, now: float) -> None:
        """Notes a chunk that begins to be played."""
        self.chunks.append((chunk, now))

    def sent(
        self,
        now: float,
        target: Float[np.ndarray, " D"],
        row: Float[np.ndarray, " A"] | None = None,
        at: tuple[int, float] | None = None,
    ) -> None:
        """Notes what the drivers are told in the same period, from which row, and where it is."""
        if self.begin_s is None:
            return
        self.sent_s.append(now)
        self.targets.append(target)
        self.rows.append(row)
        self.playing.append(at)

    def history(self, now: float, count: int, dt: float) -> Float[np.ndarray, "K D"]:
        """Measured postures at `count` moments `dt` apart, the last of them now.

        Before the first one noted, the first is repeated.
        """
        moments = now - dt * np.arange(count - 1, -1, -1)
        first = max(0, bisect(self.times, moments[0]) - 1)
        times, noted = self.times[first:], np.stack(self.qpos[first:])
        return np.stack([np.interp(moments, times, column) for column in noted.T], axis=-1)

    def rate_hz(self, periods: int) -> float:
        """Commands a second over the last periods; 0 before there are two."""
        count = min(len(self.sent_s) - 1, periods)
        return count / (self.sent_s[-1] - self.sent_s[-1 - count]) if count > 0 else 0.0

    def period_errors_s(self, rate_hz: float) -> Float[np.ndarray, " T"]:
        """How far the time between two commands was from the period [s]; one 0 before there are two."""
        return np.abs(np.diff(self.sent_s) - 1.0 / rate_hz) if len(self.sent_s) > 1 else np.zeros(1)

    def motion(self, joints: int) -> dict[str, np.ndarray]:
        """`time_s`, `qpos` and `targets` of an `EpisodeReport`."""
        count = len(self.targets) if self.begin_s is not None else 0
        if count == 0:
            return {
                "time_s": np.zeros(0),
                "qpos": np.zeros((0, joints)),
                "targets": np.zeros((0, joints)),
            }
        return {
            "time_s": np.array(self.times[:count]) - self.times[0],
            "qpos": np.array(self.qpos[:count]),
            "targets": np.array(self.targets),
        }

    def save(self, path: Path | str, layout: Layout) -> None:
        """Writes the episode as a recording, with what there is to analyse beside the motion.

        Beside a `Recording`'s arrays the file holds, T being periods and N chunks: `sent_s` (T,)
        when each command went out; `rows` (T, A), NaN where the body stood still; `chunk` (T,) and
        `chunk_row` (T,), which chunk and where in its rows, -1 where it stood still; `chunk_number`,
        `chunk_asked_s`, `chunk_came_s`, `chunk_dt` (N,) and `chunk_rows` (N, H, A), NaN beyond a
        shorter chunk's end; `layout`. Times are seconds since the first period [s].

        Args:
            path: An NPZ file.
            layout: The rows' format.

        Raises:
            DataError: When the episode ended before its first row.
        """
        body = layout.embodiment
        motion = self.motion(len(body.joints))
        if len(motion["time_s"]) == 0:
            raise DataError(f"{body.name}: the episode has no rows to record.")
        recording = Recording(
            motion["qpos"], motion["targets"], column_names(body), motion["time_s"], body.name
        )
        recording.save(path, {**self._periods(layout.width), **self._chunks(layout)})

    def _periods(self, width: int) -> dict[str, np.ndarray]:
        still = np.full(width, np.nan)
        playing = [(-1, -1.0) if at is None else at for at in self.playing]
        return {
            "sent_s": np.array(self.sent_s) - self.times[0],
            "rows": np.array([still if row is None else row for row in self.rows], np.float32),
            "chunk": np.array([number for number, _ in playing], np.int32),
            "chunk_row": np.array([at for _, at in playing]),
        }

    def _chunks(self, layout: Layout) -> dict[str, np.ndarray]:
        played = [playback for playback, _ in self.chunks]
        longest = max((len(playback.chunk.rows) for playback in played), default=0)
        rows = np.full((len(played), longest, layout.width), np.nan, np.float32)
        for at, playback in enumerate(played):
            rows[at, : len(playback.chunk.rows)] = playback.chunk.rows
        return {
            "chunk_number": np.array([playback.number for playback in played], np.int32),
            "chunk_asked_s": np.array([p.begin_s - self.times[0] for p in played]),
            "chunk_came_s": np.array([came_s - self.times[0] for _, came_s in self.chunks]),
            "chunk_dt": np.array([playback.chunk.dt for playback in played]),
            "chunk_rows": rows,
            "layout": np.array(layout.name),
        }
