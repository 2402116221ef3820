"""The demonstration from end to end: onboard a new hand, serve a motion, play it on every hand."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.demo.animation import draw_animation
from xlvla_sdk.demo.example import load_example_plugin
from xlvla_sdk.demo.measures import DemoMeasures, measure
from xlvla_sdk.demo.motion import Motion, demo_motion, recorded_motion
from xlvla_sdk.demo.performance import Performance, hand_alone, perform
from xlvla_sdk.demo.sheet import draw_sheet
from xlvla_sdk.layouts import XL1
from xlvla_sdk.messages import Recording
from xlvla_sdk.onboarding import find_codec, register
from xlvla_sdk.policy import PolicyServer, ReplayPolicy, recorded_hand
from xlvla_sdk.registry import registry
from xlvla_sdk.sim.engine import load_matplotlib, load_mujoco, load_pillow
from xlvla_sdk.specs import HandSpec, Side
from xlvla_sdk.storage import written_beside

log = logging.getLogger(__name__)

SOURCE = "xhand:right"
"""Whose motion is generated: of the hands we ship, the one that pinches with every finger."""


@dataclass(frozen=True)
class DemoReport:
    """What the demonstration made.

    Attributes:
        measures: How near the pinches came.
        onboarded: Ids of the example's hands, and how long their onboarding took [s].
        pictures: How the pictures were made.
        files: What was written.
        seconds: How long each part took [s].
    """

    measures: DemoMeasures
    onboarded: tuple[str, ...]
    pictures: str
    files: tuple[Path, ...]
    seconds: Mapping[str, float]

    def table(self) -> str:
        """The measures, how the pictures were made, and where everything is."""
        written = ", ".join(str(path) for path in self.files)
        return f"{self.measures.table()}\n\npictures {self.pictures}\nwrote {written}"

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            **self.measures.to_json(),
            "onboarded": list(self.onboarded),
            "pictures": self.pictures,
            "seconds": {part: round(seconds, 2) for part, seconds in self.seconds.items()},
        }


def run_demo(
    out_dir: Path,
    recording: Recording | None = None,
    source: HandSpec | None = None,
    *,
    progress: bool | None = None,
) -> DemoReport:
    """Onboards the example hand, serves a motion, and plays it on every registered right hand.

    Writes `contact_sheet.png`, `demo.gif` and `measures.json`. The example is trained anew each
    time, in a data folder that is gone afterwards.

    Args:
        out_dir: Where to write; made when it is not there.
        recording: The motion; generated when left out.
        source: The hand that was recorded, or that shows the motion; found when left out.
        progress: Whether training shows a bar on stderr; on a terminal when left out.

    Raises:
        XlvlaError: When the extra `sim` is not installed, before anything is trained; and as
            onboarding, the policy and the simulation say.
    """
    for load in (load_mujoco, load_matplotlib, load_pillow):
        load()
    watch = _Watch()
    with _own_data_folder():
        example = register(load_example_plugin(), onboard=True, progress=progress)
        onboarded = tuple(device.spec.id for device in example)
        watch.lap("onboarding")
        motion = _motion(recording, source)
        watch.lap("motion")
        hands = _right_hands(motion.source, onboarded)
        codecs = {hand.id: find_codec(hand, progress=progress) for hand in hands}
        performances = _play(motion, hands, codecs)
        watch.lap("simulation")
    measures = measure(motion, performances, codecs[motion.source.id].space)
    watch.lap("measures")
    notes = dict.fromkeys(onboarded, f"new, trained in {watch.seconds['onboarding']:.0f} s")
    notes[motion.source.id] = "the source"
    sheet, animation = out_dir / "contact_sheet.png", out_dir / "demo.gif"
    pictures = draw_sheet(sheet, motion, performances, measures, notes)
    watch.lap("contact sheet")
    draw_animation(animation, motion, performances)
    watch.lap("animation")
    facts = out_dir / "measures.json"
    report = DemoReport(measures, onboarded, pictures, (sheet, animation, facts), watch.seconds)
    with written_beside(facts) as beside:
        beside.write_text(json.dumps(report.to_json(), indent=2) + "\n")
    return report


def _motion(recording: Recording | None, source: HandSpec | None) -> Motion:
    known = [device.spec for device in registry().devices.values()]
    hands = [spec for spec in known if isinstance(spec, HandSpec)]
    if recording is not None:
        return recorded_motion(recording, source or recorded_hand(recording, hands))
    return demo_motion(source or registry().hand(SOURCE))


def _right_hands(source: HandSpec, last: Sequence[str]) -> list[HandSpec]:
    """The source first, then the others as they are registered, the new one last."""
    specs = [device.spec for device in registry().devices.values()]
    hands = [spec for spec in specs if isinstance(spec, HandSpec) and spec.side is Side.RIGHT]
    if source not in hands:
        hands.append(source)
    for hand in hands:
        if hand.velocity is None:
            log.warning("%s is left out: its spec gives no velocity limits", hand.id)
    able = [hand for hand in hands if hand.velocity is not None]
    return sorted(able, key=lambda hand: (hand.id != source.id, hand.id in last))


def _play(
    motion: Motion, hands: Sequence[HandSpec], codecs: Mapping[str, LatentCodec]
) -> list[Performance]:
    layout = XL1(hand_alone(motion.source), codecs)
    with PolicyServer(ReplayPolicy(motion.recording, layout), port=0) as server:
        done = []
        for hand in hands:
            log.info("playing on %s", hand.id)
            done.append(perform(hand, codecs[hand.id], server.uri))
        return done


@contextmanager
def _own_data_folder() -> Iterator[None]:
    before = os.environ.get("XLVLA_DATA")
    with TemporaryDirectory(prefix="xlvla-demo-") as folder:
        os.environ["XLVLA_DATA"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["XLVLA_DATA"]
            else:
                os.environ["XLVLA_DATA"] = before


class _Watch:
    """Notes how long each part took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.monotonic()

    def lap(self, part: str) -> None:
        now = time.monotonic()
        self.seconds[part] = now - self._since
        self._since = now
