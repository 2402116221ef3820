"""What is said of a hand that joined: its measures beside the founding hands', and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.onboarding.task import TaskGain

if TYPE_CHECKING:
    from xlvla_sdk.latent.description import Finding
    from xlvla_sdk.latent.evaluation import Evaluation

GOOD, FAIR = 1.25, 1.6
"""Up to these ratios of retarget_loss to oracle-c's a codec is good, or fair; beyond, poor."""


@dataclass(frozen=True)
class Verdict:
    """How good a codec is against what the hands' geometry allows.

    Attributes:
        grade: `good`, `fair` or `poor`.
        ratio: retarget_loss over oracle-c's, mean of RT and CP.
        reason: In words, with what was found.
        findings: What keeps it from being good, or speaks against the hand's description.
    """

    grade: str
    ratio: float
    reason: str
    findings: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {**vars(self), "findings": [vars(finding) for finding in self.findings]}


@dataclass(frozen=True)
class OnboardReport:
    """A hand's codec with what was measured.

    Attributes:
        codec: The codec.
        space: Id of its space.
        measured: Over the pairs with this hand.
        founding: Over the founding hands' own pairs, to compare with.
        verdict: How good it is.
        origin: `trained`, `founding`, `shipped`, or the day of the user's file.
        seconds: How long training took [s].
        path: Where it was saved, or None.
        gain: What a recording gained that it was trained near to; None where there was none.
    """

    codec: LatentCodec
    space: str
    measured: Evaluation
    founding: Evaluation
    verdict: Verdict
    origin: str
    seconds: float
    path: Path | None
    gain: TaskGain | None = None

    def summary(self) -> dict[str, Any]:
        """What the codec file keeps: measures and verdict; no date and no time, which would
        make the same training give other bytes."""
        return {
            "sets": {name: m.to_json() for name, m in self.measured.sets.items()},
            "ratio_to_oracle_c": self.measured.ratios and dict(self.measured.ratios),
            "verdict": self.verdict.grade,
            **({"training": dict(self.training)} if self.training else {}),
            **({"curve": [list(point) for point in self.curve]} if self.curve else {}),
        }

    @property
    def training(self) -> Mapping[str, Any] | None:
        """How training ended: `steps`, `of` how many, and whether `early`; None where no one said."""
        return self.codec.measures.get("training")

    @property
    def curve(self) -> tuple[tuple[int, float], ...]:
        """Steps of the training and the loss up to each; empty where no one kept it."""
        return tuple((int(step), loss) for step, loss in self.codec.measures.get("curve", ()))

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "hand": self.codec.hand,
            "space": self.space,
            "origin": self.origin,
            "seconds": round(self.seconds, 2),
            "training": self.training and dict(self.training),
            "verdict": self.verdict.to_json(),
            "measured": self.measured.to_json(),
            "founding": self.founding.to_json(),
            "path": None if self.path is None else str(self.path),
            **({"gain": self.gain.to_json()} if self.gain else {}),
        }

    def table(self) -> str:
        """As aligned columns: this hand's pairs, then the founding hands'."""
        rows: list[tuple[str, ...]] = [HEADER]
        for name in self.measured.sets:
            for who, evaluation in ((self.codec.hand, self.measured), ("founding", self.founding)):
                rows.append(_row(name, who, evaluation))
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
        lines = [
            "  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows
        ]
        said = f"{self.codec.hand} in {self.space}: {self._how()}, {self.verdict.reason}"
        return "\n".join([*lines, said, *([self.gain.said()] if self.gain else [])])

    def _how(self) -> str:
        """Where the codec is from, and how its training ended."""
        if self.origin != "trained":
            return self.origin
        seconds = f"trained in {self.seconds:.1f} s"
        if not self.training:
            return seconds
        steps, of = self.training["steps"], self.training["of"]
        if self.training["early"]:
            return f"{seconds} (stopped after {steps} of {of} steps: the measure no longer fell)"
        return f"{seconds} (took all {of} steps)"


HEADER = (
    "SET",
    "PAIRS WITH",
    "recon_deg",
    "dir_deg",
    "dist_mm",
    "retarget_loss",
    "contact_mm",
    "contact_5mm",
    "over oracle-c",
)


def judge(measured: Evaluation, findings: Sequence[Finding] = ()) -> Verdict:
    """The verdict on a hand from its pairs' measures; they must have been taken with the oracle.

    Args:
        measured: Over the pairs with the hand.
        findings: Of its diagnosis. That the codec lags behind is no news where it is good.
    """
    assert measured.ratios is not None
    ratio = sum(measured.ratios.values()) / len(measured.ratios)
    grade = "good" if ratio <= GOOD else "fair" if ratio <= FAIR else "poor"
    told = tuple(f for f in findings if grade != "good" or f.cause != "training")
    said = ", ".join(f"{name} {value:.2f}" for name, value in measured.ratios.items())
    reason = f"{grade}: {ratio:.2f} times what the geometry allows ({said})."
    reason += "".join(
        f" {finding.cause} ({', '.join(finding.fingers)}): {finding.said}." for finding in told
    )
    return Verdict(grade, ratio, reason, told)


def _row(name: str, who: str, evaluation: Evaluation) -> tuple[str, ...]:
    m = evaluation.sets[name]
    ratio = evaluation.ratios[name] if evaluation.ratios else None
    return (
        name,
        who,
        "-" if m.recon_deg is None else f"{m.recon_deg:.2f}",
        f"{m.dir_deg:.1f}",
        f"{m.dist_mm:.2f}",
        f"{m.retarget_loss:.3f}",
        "-" if m.contact_mm is None else f"{m.contact_mm:.2f}",
        "-" if m.contact_5mm is None else f"{m.contact_5mm:.2f}",
        "-" if ratio is None else f"{ratio:.2f}",
    )
