"""record: episodes, one after the other, until the operator has enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.leaving import undisturbed
from xlvla_sdk.policy.status import Monitor
from xlvla_sdk.recording.album import Album
from xlvla_sdk.recording.operator import Operator, Told
from xlvla_sdk.recording.source import Source
from xlvla_sdk.recording.spool import Spool


@dataclass(frozen=True)
class RecordSettings:
    """How episodes are recorded.

    Attributes:
        prompt: What is done, in words.
        cameras: Names of the source's cameras.
        size: Height and width of the pictures [pixels]; the cameras' own when None.
        version: Format of the dataset, `v3.0` or `v2.1`.
    """

    prompt: str
    cameras: Sequence[str] = ()
    size: int | None = None
    version: str = "v3.0"


@dataclass(frozen=True)
class Recorded:
    """What became of a recording.

    Attributes:
        kept: Episodes of the dataset, those of an earlier recording that was cut off among them.
        rows: Their rows.
        discarded: Episodes that were not kept.
    """

    kept: int
    rows: int
    discarded: int


def record(
    source: Source,
    operator: Operator,
    spool: Spool,
    settings: RecordSettings,
    *,
    monitor: Callable[[], AbstractContextManager[Monitor | None]] = nullcontext,
    told: Told = lambda _: None,
) -> Recorded:
    """Records episodes into a dataset.

    Whatever ends it, the episodes that were kept are written, whole; the one that was being recorded
    is not. Where nothing was kept, nothing is written.

    Args:
        source: What moves the body.
        operator: Who says when.
        spool: Where kept episodes lie until the dataset is written.
        settings: See RecordSettings.
        monitor: Gives somebody who is told the status every period, anew for each episode.
        told: Is told what became of each episode.

    Raises:
        XlvlaError: What ended an episode: a device, a camera, a policy; or one that cannot be kept
            and that nobody is there to begin again.
    """
    discarded = 0
    if len(spool):
        told(f"{len(spool)} episodes that an earlier recording kept come first ({spool.folder})")
    try:
        while operator.starts(len(spool)):
            with Album(settings.cameras, spool.fps, settings.size, operator.called_off) as album:
                with monitor() as status:
                    motion = source.play(album, status)
                try:
                    state, action = motion.rows(spool.fps)
                    pictures = album.pictures(len(state))
                except XlvlaError as error:
                    operator.lost(error)
                    discarded += 1
                    continue
            if operator.keeps():
                with undisturbed():
                    spool.add(state, action, pictures, settings.prompt)
                    told(f"episode {len(spool) - 1}: kept, {len(state)} rows")
            else:
                discarded += 1
                told("discarded")
    finally:
        kept, rows = _finish(spool, settings.version, told)
    return Recorded(kept, rows, discarded)


def _finish(spool: Spool, version: str, told: Told) -> tuple[int, int]:
    kept = len(spool)
    try:
        return kept, spool.finish(version)
    except BaseException:
        if kept:
            told(
                f"{spool.folder}: {kept} kept episodes lie here whole. Record to {spool.out} again to "
                "have them written, with those that come."
            )
        raise
