"""Measures as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlvla_sdk.latent.evaluation import Evaluation
    from xlvla_sdk.latent.measures import Measures


def measured_rows(evaluation: Evaluation) -> list[list[str]]:
    """A header, then a row for each set; the oracle's below where it was run."""
    rows = _rows("", evaluation.sets)
    if evaluation.oracle is not None:
        rows += _rows("oracle-c ", evaluation.oracle)[1:]
    return rows


def _rows(prefix: str, sets: Mapping[str, Measures]) -> list[list[str]]:
    header = ["SET"]
    rows = []
    for name, measures in sets.items():
        values = measures.to_json()
        header = ["SET", *values]
        cells = ["-" if value is None else f"{value:.3f}" for value in values.values()]
        rows.append([f"{prefix}{name}", *cells])
    return [header, *rows]
