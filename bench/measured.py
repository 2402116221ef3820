"""Measures of codecs as the rows of a results page."""

from __future__ import annotations

from xlvla_sdk.latent.evaluation import Evaluation

COLUMNS = ("recon_deg", "dir_deg", "dist_mm", "retarget_loss", "contact_mm", "contact_5mm")
COLUMNS += ("contact_10mm",)
HEADER = ("set", "what", *COLUMNS)


def measured_rows(what: str, evaluation: Evaluation) -> list[tuple[str, ...]]:
    """A row for each set."""
    return [
        (name, what, *(cell(getattr(measures, column)) for column in COLUMNS))
        for name, measures in evaluation.sets.items()
    ]


def cell(value: float | None) -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"
