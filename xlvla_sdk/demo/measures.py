"""How near each hand's pinches came, beside the source's: the demo's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from xlvla_sdk.demo.closing import able, thumb_distance
from xlvla_sdk.demo.motion import Motion
from xlvla_sdk.demo.performance import Performance
from xlvla_sdk.kinematics import hand_kinematics

PASS_M = 0.010
"""A pinch counts as reached within this, where the hand is able [m]; the source always is."""

Verdict = Literal["ok", "FAIL", "beyond reach"]


@dataclass(frozen=True)
class Pinch:
    """One pinch of the motion on one hand; distances are the thumb's to the finger [mm].

    Attributes:
        hand: The hand's id.
        finger: The finger.
        time_s: When it was reached [s].
        source_mm: On the hand of the recording.
        asked_mm: In the posture the hand's decoder asked for.
        reached_mm: In the posture the simulated hand reached.
        verdict: `ok` or `FAIL`; `beyond reach` where the hand cannot pinch with this finger.
    """

    hand: str
    finger: str
    time_s: float
    source_mm: float
    asked_mm: float
    reached_mm: float
    verdict: Verdict


@dataclass(frozen=True)
class DemoMeasures:
    """Every pinch, and what the runner said of each hand."""

    source: str
    space: str
    pinches: tuple[Pinch, ...]
    episodes: Mapping[str, Mapping[str, Any]]

    @property
    def passed(self) -> bool:
        """Whether no pinch failed."""
        return all(pinch.verdict != "FAIL" for pinch in self.pinches)

    def of(self, hand: str, finger: str | None) -> Pinch | None:
        """A hand's pinch with a finger, or None where there is none."""
        return next((p for p in self.pinches if (p.hand, p.finger) == (hand, finger)), None)

    def table(self) -> str:
        """As aligned columns, one pinch a line."""
        rows = [HEADER]
        rows += [
            (
                pinch.hand,
                pinch.finger,
                f"{pinch.source_mm:.1f}",
                f"{pinch.asked_mm:.1f}",
                f"{pinch.reached_mm:.1f}",
                pinch.verdict,
            )
            for pinch in self.pinches
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
        lines = []
        for row in rows:
            cells = [
                cell.rjust(width) if column in (2, 3, 4) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "source": self.source,
            "space": self.space,
            "pass_mm": 1e3 * PASS_M,
            "passed": self.passed,
            "pinches": [asdict(pinch) for pinch in self.pinches],
            "episodes": {hand: dict(facts) for hand, facts in self.episodes.items()},
        }


HEADER = ("HAND", "PINCH", "SOURCE mm", "ASKED mm", "REACHED mm", "VERDICT")


def measure(motion: Motion, performances: Sequence[Performance], space: str) -> DemoMeasures:
    """Looks at every key pinch on every hand that has the finger.

    Args:
        motion: What was played.
        performances: What the hands did.
        space: Id of the latent space it was played through.
    """
    return DemoMeasures(
        motion.source.id,
        space,
        tuple(pinch for done in performances for pinch in _pinches(motion, done)),
        {done.spec.id: done.report.to_json() for done in performances},
    )


def _pinches(motion: Motion, done: Performance) -> list[Pinch]:
    source, target = hand_kinematics(motion.source), hand_kinematics(done.spec)
    found = []
    for key in motion.keys:
        finger = key.posture.finger
        if finger is None or finger not in target.finger_names:
            continue
        source_m = float(thumb_distance(source, finger, key.posture.qpos))
        asked_m = float(thumb_distance(target, finger, done.asked(key.time_s)))
        time_s = done.nearest(key.time_s, finger)
        reached_m = float(thumb_distance(target, finger, done.reached(time_s)))
        verdict: Verdict = "beyond reach"
        if able(target, finger):
            verdict = "ok" if reached_m <= PASS_M else "FAIL"
        found.append(
            Pinch(
                hand=done.spec.id,
                finger=finger,
                time_s=round(time_s, 3),
                source_mm=round(1e3 * source_m, 2),
                asked_mm=round(1e3 * asked_m, 2),
                reached_mm=round(1e3 * reached_m, 2),
                verdict=verdict,
            )
        )
    return found
