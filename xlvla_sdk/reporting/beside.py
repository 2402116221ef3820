"""A hand's measures beside those of the founding hands and of what geometry allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.latent.evaluation import evaluate, with_closings
from xlvla_sdk.latent.measures import (
    SETS,
    Measures,
    reconstruction_deg,
    reconstruction_mm,
)
from xlvla_sdk.onboarding import OnboardReport

SAID: Mapping[str, tuple[str, str, str]] = {
    "retarget_loss": ("Retargeting loss", "", "distance and direction together; what is minimised"),
    "dist_mm": ("Distance", "mm", "how far thumb-to-finger distances differ"),
    "dir_deg": ("Direction", "deg", "how far their directions differ"),
    "contact_mm": ("Contact", "mm", "where one hand touches, how near the other comes"),
    "contact_5mm": ("Contact kept", "%", "of those, how many come within 5 mm"),
}
"""The measures that are shown: their name, unit, and what they say."""
OWN: Mapping[str, tuple[str, str, str]] = {
    "turning": ("Own posture", "deg", "how far off joints come back from their own code"),
    "sliding": ("Own posture", "mm", "how far off sliding joints come back from their own code"),
}
"""The measures that are of one hand alone."""
SET_NAMES = {"CP": "Pinches", "RT": "Postures anywhere within the limits"}


@dataclass(frozen=True)
class Row:
    """One measure of one set.

    Attributes:
        name: What it is called.
        unit: Its unit; empty where it has none.
        said: What it says, in words.
        hand: Of the pairs with this hand.
        best: What oracle-c reaches on them.
        founding: Of each founding hand's pairs with the others, by id.
    """

    name: str
    unit: str
    said: str
    hand: float | None
    best: float | None
    founding: Mapping[str, float | None]

    @property
    def full(self) -> float:
        """The largest value in it, which a bar of full length stands for."""
        values = (self.hand, self.best, *self.founding.values())
        return max((value for value in values if value is not None), default=0.0) or 1.0


def beside_founding(report: OnboardReport, space: LatentSpace) -> dict[str, list[Row]]:
    """For each set the measures of a hand, of the oracle, and of each founding hand.

    The hand's own are over its pairs with the founding hands, each founding hand's over its pairs
    with the other founding hands, on the same kind of postures.
    """
    hands = list(space.hands)
    closings = (space if space.closings else with_closings(space)).closings
    founding = {
        hand: evaluate(
            space.hands,
            [pair for other in hands if other != hand for pair in ((hand, other), (other, hand))],
            closings=closings,
        ).sets
        for hand in hands
    }
    oracle = report.measured.oracle or {}
    return {
        name: [
            *(
                Row(
                    *said,
                    _value(report.measured.sets[name], key),
                    _value(oracle[name], key) if name in oracle else None,
                    {hand: _value(sets[name], key) for hand, sets in founding.items()},
                )
                for key, said in SAID.items()
                if getattr(report.measured.sets[name], key) is not None
            ),
            *(
                Row(*said, own.get(""), None, {hand: own.get(hand) for hand in hands})
                for key, said in OWN.items()
                if "" in (own := _own_postures(report, space, name, key))
            ),
        ]
        for name in reversed(SETS)
    }


def _own_postures(
    report: OnboardReport, space: LatentSpace, name: str, joints: str
) -> dict[str, float]:
    """How well each hand brings its own postures back, joints that turn or that slide.

    This hand's is under no name. Hands without such joints, and founding hands that were not tried
    with this one, have none.
    """
    measure = reconstruction_mm if joints == "sliding" else reconstruction_deg
    found: dict[str, float] = {}
    for trial in report.measured.trials:
        if trial.set == name:
            mine = trial.source not in space.hands or trial.source == report.codec.hand
            codec = report.codec if mine else space.hands[trial.source]
            found["" if mine else trial.source] = measure(codec, trial.postures)
    return {hand: value for hand, value in found.items() if isfinite(value)}


def _value(measures: Measures, key: str) -> float | None:
    """A measure as it is shown: parts in percent."""
    value = getattr(measures, key)
    return 100.0 * value if value is not None and SAID[key][1] == "%" else value
