"""The page of pooled policies: success of each cell in each layout, and what it was measured with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import comb

import numpy as np

from bench.policy_cells import (
    BEYOND,
    DISTURBANCE,
    GENTLE,
    NOISE,
    Judged,
    Pool,
    disturbance,
    known,
    spent_s,
)
from bench.policy_options import words_of
from bench.policy_pictures import IMAGES, bars
from bench.results import machine, table, today, write_section
from xlvla_sdk.evaluation import wilson_interval


def write(pool: Pool, layouts: Sequence[str], found: Sequence[Judged], seeds: str) -> None:
    """Prints the section, and puts it into docs/results/policy.md."""
    title = f"{len(pool.hands)} hands pooled on {', '.join(pool.tasks)}"
    title += ", one of each hand's unseen" if pool.unseen else ""
    title += f", answers {1e3 * pool.latency_s:g} ms late" if pool.latency_s else ""
    picture = IMAGES / f"{picture_name(pool)}.png"
    bars(pool, layouts, found, picture)
    shown = f"![Success of each cell](../images/{picture.name})"
    whole = f"{success(pool, layouts, found)}\n\n{shown}"
    write_section("policy", title, whole, notes(pool, layouts, found, seeds))


def picture_name(pool: Pool) -> str:
    """What the bars of a pool are called: a page has one picture of each kind."""
    kind = "unseen" if pool.unseen else "seen"
    of = f"{len(pool.hands)}_hands_{len(pool.tasks)}_tasks"
    return f"policy_{of}_{kind}" + ("_late" if pool.latency_s else "")


def success(pool: Pool, layouts: Sequence[str], found: Sequence[Judged]) -> str:
    """A row a cell, a column a layout; then all of them."""
    groups = [((task, _called(pool, (task, hand))), {(task, hand)}) for task, hand in pool.cells]
    groups += [
        ((task, "all"), {cell for cell in pool.cells if cell[0] == task}) for task in pool.tasks
    ]
    if pool.unseen:
        groups += [(("all", "seen"), set(pool.learned)), (("all", "unseen"), set(pool.unseen))]
    groups.append((("all", "all"), set(pool.cells)))
    rows = []
    for called, cells in groups:
        some = [one for one in found if (one.task, one.hand) in cells]
        rows.append((*called, *rates(some, layouts)))
    return table(("task", "hand", *layouts), rows)


def notes(pool: Pool, layouts: Sequence[str], found: Sequence[Judged], seeds: str) -> list[str]:
    """What was measured, and how."""
    recipe = pool.recipe
    said = [
        f"One policy a layout, told by no hand which it is; {pool.episodes} demonstrations of each cell, "
        f"noise {1e3 * NOISE:g} mm, arms pushed off their way by {_pushed(pool)}; {recipe.steps} steps "
        f"of {recipe.batch} chunks of {pool.horizon} rows, training seed {recipe.seed}: one training each. "
        f"Done as the task's judge says, on seeds {seeds}, of which none was learned from; with Wilson's "
        "95 % interval.",
        *_beyond(pool),
        *(f"{at}: {_trained(pool, at)}; {_failures(found, at)}." for at in layouts),
    ]
    if pool.latency_s:
        said += [_at_once(pool, at, found) for at in layouts]
    said += [_between(pool, (layouts[0], other), found) for other in layouts[1:]]
    command = (
        f"`python -m bench.policy pooled --layouts {','.join(layouts)} {words_of(pool, seeds)}"
        f"{' --unseen' if pool.unseen else ''}"
        f"{f' --latency {pool.latency_s:g}' if pool.latency_s else ''}`."
    )
    return [*said, command, f"{today()}, {machine()}; others had a part of the processors."]


def _pushed(pool: Pool) -> str:
    """How far arms are pushed, in words, the furthest first."""
    of = {by: [one for one in pool.tasks if disturbance(one) == by] for by in (DISTURBANCE, GENTLE)}
    said = [(f"{by:g} rad", ", ".join(tasks)) for by, tasks in of.items() if tasks]
    if len(said) == 1:
        return said[0][0]
    return " and ".join(f"{far} in {tasks}" for far, tasks in said)


def _beyond(pool: Pool) -> list[str]:
    """Cells that are left out, in words; nothing where none is."""
    cells = [
        f"{task} on {hand}" for task, hand in BEYOND if task in pool.tasks and hand in pool.hands
    ]
    if not cells:
        return []
    return [f"Left out, since the script itself does less than seven in ten: {', '.join(cells)}."]


def _called(pool: Pool, cell: tuple[str, str]) -> str:
    return f"{cell[1]}, unseen" if cell in pool.unseen else cell[1]


def rate(some: Sequence[Judged]) -> str:
    """How many succeeded, with Wilson's 95 % interval."""
    if not some:
        return "–"
    done = sum(one.success for one in some)
    lower, upper = wilson_interval(done, len(some))
    return f"{done} of {len(some)}, {done / len(some):.0%} ({lower:.0%} to {upper:.0%})"


def rates(some: Sequence[Judged], layouts: Sequence[str]) -> tuple[str, ...]:
    """The same of each layout's episodes."""
    return tuple(rate([one for one in some if one.layout == layout]) for layout in layouts)


def _trained(pool: Pool, layout: str) -> str:
    spent = spent_s(pool, layout)
    if spent is None:
        return "the training was interrupted, its time is not known"
    return f"trained in {spent / 60.0:.1f} min of one core"


def _failures(found: Sequence[Judged], layout: str) -> str:
    reasons = Counter(o.failure for o in found if o.layout == layout and not o.success)
    if not reasons:
        return "nothing failed"
    return "failed: " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))


def _at_once(pool: Pool, layout: str, found: Sequence[Judged]) -> str:
    """The same episodes with answers that come at once, where they were played."""
    prompt, folder = replace(pool, latency_s=0.0), pool.folder(layout)
    pairs = [
        (one.success, before.success)
        for one in found
        if one.layout == layout
        and (before := known(prompt, folder, one.task, one.hand, one.seed)) is not None
    ]
    lost, won = pairs.count((False, True)), pairs.count((True, False))
    return (
        f"{layout}: of {len(pairs)} of these episodes played with answers at once, "
        f"{sum(before for _, before in pairs)} were done; late answers lose {lost} of those and win {won} "
        f"(sign test, two-sided: p = {_sign_test(lost, won):.2f})."
    )


def _sign_test(one: int, other: int) -> float:
    """How often a fair coin falls as unevenly as this, or more so."""
    count = one + other
    tail = sum(comb(count, k) for k in range(min(one, other) + 1))
    return min(1.0, 2.0 * tail / 2**count)


def _between(pool: Pool, layouts: tuple[str, str], found: Sequence[Judged]) -> str:
    """How far apart two layouts are, in words."""
    one, other = layouts
    return f"{one} minus {other}, mean over cells: {difference(pool, layouts, found)}."


def difference(pool: Pool, layouts: tuple[str, str], found: Sequence[Judged]) -> str:
    """One layout's success minus another's, mean over cells, with an interval by drawing cells anew.

    Without the interval where it is the same in every cell: such episodes do not say how sure it is.
    """
    apart = []
    for task, hand in pool.cells:
        one, other = (
            [o.success for o in found if (o.task, o.hand, o.layout) == (task, hand, at)]
            for at in layouts
        )
        if one and other:
            apart.append(np.mean(one) - np.mean(other))
    if len(set(apart)) == 1:
        return f"{apart[0]:+.2f} in every cell: these episodes do not say how sure that is"
    drawn = np.random.default_rng(0).choice(apart, (10_000, len(apart)))
    lower, upper = np.quantile(drawn.mean(axis=1), (0.025, 0.975))
    return (
        f"{np.mean(apart):+.2f} (95 % by drawing the {len(apart)} cells anew: {lower:+.2f} to "
        f"{upper:+.2f})"
    )
