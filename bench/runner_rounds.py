"""Several runs of one case, as a row of the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.runner_played import Played


@dataclass(frozen=True)
class Rounds:
    """The same body against the same server, several times."""

    runs: Sequence[Played]

    def __str__(self) -> str:
        return str(self.runs[0])

    @property
    def stale(self) -> list[int]:
        """Of each run."""
        return [one.stale for one in self.runs]

    def median(self, what: Callable[[Played, float], float], percentile: float) -> float:
        """The median over the runs of a percentile of one."""
        return median(what(one, percentile) for one in self.runs)

    def row(self) -> tuple[str, ...]:
        """As the table has it."""
        reports = [one.report for one in self.runs if one.report is not None]
        assert len(reports) == len(self.runs), [one.error for one in self.runs]
        counted = ("rows_played", "rows_dropped", "ran_dry", "holds")
        played, dropped, dry, holds = (sum(getattr(r, name) for r in reports) for name in counted)
        return (
            self.runs[0].body,
            self.runs[0].case,
            *(f"{self.median(Played.period_ms, part):.2f}" for part in (50, 99)),
            f"{max(one.period_ms(100) for one in self.runs):.2f}",
            f"{median(one.bare_ms for one in self.runs):.2f}",
            *(f"{self.median(Played.work_ms, part):.2f}" for part in (50, 99)),
            *(str(count) for count in (played, dropped, sum(self.stale), dry, holds)),
        )
