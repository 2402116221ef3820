"""The page of replays: success, pinch errors, pair by pair, and why the latent's failures fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.replay_causes import CAUSES, cause
from bench.replay_cells import CLOSED, NOISE, Outcome
from bench.replay_things import Parted
from bench.replay_ways import FINGERTIPS, FIRMLY, HOW, LATENT, ORACLE, REFINED
from bench.results import RESULTS, machine, table, today, write_section
from xlvla_sdk.evaluation import wilson_interval

PAGE = "replay"
HEAD = """# Results: replay

Demonstrations of each hand, played on each other hand in simulation. Tables written by
`python -m bench.policy replay`, not by hand.
"""


@dataclass(frozen=True)
class Page:
    """What the page is made of.

    Attributes:
        done: Outcomes, those of substitutions among them.
        ways, tasks, hands: In the order of rows and columns.
        spaces: How the spaces came to be, a sentence each.
        took: How long it took, in words.
    """

    done: Sequence[Outcome]
    ways: Sequence[str]
    tasks: Sequence[str]
    hands: Sequence[str]
    spaces: Sequence[str]
    took: str

    def of(self, **wanted: str) -> list[Outcome]:
        """Outcomes with these attributes."""
        return [one for one in self.done if all(getattr(one, k) == v for k, v in wanted.items())]


def write(page: Page, kept: bool) -> None:
    """Prints the sections, and puts them into docs/results/replay.md."""
    path = RESULTS / f"{PAGE}.md"
    if kept and not path.is_file():
        path.write_text(HEAD)
    where = f"{today()}, {machine()}, others had a part of the processors."
    sections = [
        ("Success", *success(page, where)),
        ("Pinch errors", *errors(page)),
        ("Hand by hand", *pairs(page)),
    ]
    if {LATENT, REFINED, ORACLE} <= set(page.ways):
        sections.append(("Why the latent's failures fail", *causes(page)))
    for title, rows, notes in sections:
        if kept:
            write_section(PAGE, title, rows, notes)
        else:
            print("\n".join([f"## {title}", "", rows, "", *(f"- {note}" for note in notes), ""]))


def success(page: Page, where: str) -> tuple[str, list[str]]:
    """A row for each way: done by task, and over all."""
    rows = []
    for way in page.ways:
        cells = [page.of(way=way, task=task) for task in page.tasks]
        rows.append((way, *map(_rate, cells), _mean_rate(cells)))
    episodes = sorted({len({one.seed for one in page.of(way=LATENT, task=t)}) for t in page.tasks})
    notes = [
        f"Each of {', '.join(page.hands)} on xarm7, right; demonstrations of each played on each "
        f"other: {len(page.hands) * (len(page.hands) - 1)} ordered pairs, {len(page.tasks)} tasks, "
        f"{' to '.join(map(str, dict.fromkeys((episodes[0], episodes[-1]))))} seeds from "
        f"{min(one.seed for one in page.done)} on a task. Only demonstrations that did "
        f"their task are played (scripted, waypoints {1e3 * NOISE:g} mm off at random).",
        "Done: the task's judge says so, in simulation, things where they were when the demonstration "
        "began. In brackets Wilson's 95 % interval, as if episodes were independent; those of one "
        "pair are alike, so it is too narrow for other pairs of hands.",
        "The arm holds the hand so that pinch point and palm are where the source's were, where a way "
        "does not say otherwise; the ways differ in the hand's posture.",
        *_beside(page),
        *(f"{way}: {HOW[way]}" for way in page.ways if way in HOW),
        *page.spaces,
        f"{where} {page.took}.",
    ]
    return table(("way", *page.tasks, "mean of the tasks"), rows), notes


def errors(page: Page) -> tuple[str, list[str]]:
    """A row for each task and way: how far distances from thumb to finger are from the source's."""
    rows = []
    for task in page.tasks:
        for way in page.ways:
            cell = page.of(task=task, way=way)
            numbers = (_mm([getattr(one, what) for one in cell]) for what in _ERRORS)
            rows.append((task, way, *numbers))
    notes = [
        "Mean over episodes, rows and fingers that both hands have of | |delta| - |delta_source| |, "
        "delta from the thumb's tip to the finger's. Commanded: of the joints asked for, both "
        f"sides. Where it holds: in the {CLOSED:.0%} of the rows in which the source's hand is most "
        "closed. Played: of the joints measured in simulation, both sides.",
        "Wider: how much further open than the source's the hand was where it holds, as measured, signed. "
        "A hand that was stopped by the thing it holds is no further closed than the thing is wide.",
    ]
    header = ("task", "way", "commanded [mm]", "where it holds [mm]", "played [mm]", "wider [mm]")
    return table(header, rows), notes


_ERRORS = ("asked", "asked_closed", "played", "wider")


def pairs(page: Page) -> tuple[str, list[str]]:
    """A row for each pair of hands: done by way, the tasks one after the other."""
    bodies = dict.fromkeys((one.source, one.target) for one in page.done)
    rows = []
    for source, target in bodies:
        cells = [
            "  ".join(
                _count(page.of(source=source, target=target, way=way, task=task))
                for task in page.tasks
            )
            for way in page.ways
        ]
        error = [one.asked_closed for one in page.of(source=source, target=target, way=LATENT)]
        rows.append((_hand(source), _hand(target), *cells, _mm(error)))
    notes = [
        f"Done of tried, {', '.join(page.tasks)}. The last column: the latent's error where it holds.",
    ]
    header = ("demonstrated by", "played on", *page.ways, "latent's error [mm]")
    return table(header, rows), notes


def causes(page: Page) -> tuple[str, list[str]]:
    """A row for each cell in which the latent fails: what mends it."""
    rows: list[tuple[str, ...]] = []
    every: list[tuple[str, str]] = []
    for task in page.tasks:
        for source, target in dict.fromkeys((one.source, one.target) for one in page.done):
            cell = page.of(task=task, source=source, target=target)
            failed = [one for one in cell if one.way == LATENT and not one.success]
            found = [
                (cause(one, [x for x in cell if x.seed == one.seed]), one.parted) for one in failed
            ]
            every += found
            if found:
                rows.append((task, _hand(source), _hand(target), *_causes(found)))
    rows.append(("all", "", "", *_causes(every)))
    tried, total = len(page.of(way=LATENT)), [name for name, _ in every]
    said = ", ".join(f"{total.count(name)} {name}" for name in CAUSES if name in total) or "none"
    notes = [
        f"Of {tried} episodes through the latent {len(total)} fail: {said}.",
        "Each failed episode is played again with one link of the chain changed at a time, and counts for "
        "the first that helps:",
        *(f"*{name}*: {says}" for name, says in CAUSES.items()),
        *(f"*{way}*: {HOW[way]}" for way in (FINGERTIPS, FIRMLY)),
        "*parted*: before, when the hand ran into a thing (moved it 2 mm or tilted it 0.03 rad) 0.2 s or "
        "more before the demonstration touched it; while or after, when the thing first was 15 mm or "
        "0.15 rad from where it was in the demonstration while that moved it, or after it had let go.",
        "Things bounce: an episode that one way does and another does not may be chance.",
    ]
    header = ("task", "demonstrated by", "played on", "failed", *CAUSES, "parted")
    return table(header, rows), notes


def _causes(found: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Cells of a row: how many failed, by cause, and when things parted."""
    names, when = [name for name, _ in found], [each for _, each in found]
    counts = (str(names.count(name) or "–") for name in CAUSES)
    parted = ", ".join(f"{when.count(each)} {each}" for each in Parted if each in when)
    return str(len(found)), *counts, parted


def _beside(page: Page) -> Iterator[str]:
    """Episode by episode, each way beside the latent: a sentence each."""
    ours = {_episode(one): one.success for one in page.of(way=LATENT)}
    for way in page.ways:
        theirs = {_episode(one): one.success for one in page.of(way=way)}
        both = [(ours[key], theirs[key]) for key in ours if key in theirs]
        if way != LATENT and both:
            yield (
                f"Beside the latent, in the same {len(both)} episodes: {way} does "
                f"{both.count((False, True))} that the latent does not, and fails "
                f"{both.count((True, False))} that it does."
            )


def _episode(one: Outcome) -> tuple[str, str, str, int]:
    return one.task, one.source, one.target, one.seed


def _rate(cell: Sequence[Outcome]) -> str:
    if not cell:
        return "–"
    done = sum(one.success for one in cell)
    lower, upper = wilson_interval(done, len(cell))
    return f"{done} of {len(cell)}: {done / len(cell):.2f} ({lower:.2f} to {upper:.2f})"


def _mean_rate(cells: Sequence[Sequence[Outcome]]) -> str:
    rates = [np.mean([one.success for one in cell]) for cell in cells if cell]
    return f"{np.mean(rates):.2f}" if rates else "–"


def _count(cell: Sequence[Outcome]) -> str:
    return f"{sum(one.success for one in cell)}/{len(cell)}" if cell else "–"


def _mm(values: Sequence[float]) -> str:
    return f"{1e3 * float(np.nanmean(values)):.1f}" if len(values) else "–"


def _hand(body: str) -> str:
    return body.partition("+")[2].partition(":")[0]
