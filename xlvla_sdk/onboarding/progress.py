"""The bar that training shows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def training_bar(
    hand: str, wanted: bool | None = None
) -> Iterator[Callable[[int, int, float], None] | None]:
    """A progress bar on stderr, gone when training ends.

    Args:
        hand: What is trained.
        wanted: Whether to show it; on a terminal only when left out.

    Yields:
        What to call with the step, how many there are, and the loss; None when nothing is shown.
    """
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("training {task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(hand, total=1, loss=float("nan"))

        def told(step: int, steps: int, loss: float) -> None:
            if step % 10 == 0 or step == steps:
                bar.update(task, completed=step, total=steps, loss=loss)

        yield told
