"""Films of one success and one failure of every hand, by a pooled policy that was judged before.

    python -m bench.policy films

MP4s go to `--out`, a strip of frames of each into docs/images/policy_episodes.jpg.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench.policy_cells import Judged, Pool, judged, trained
from bench.policy_layouts import body_layout
from bench.policy_options import of_pool, seeds_of, words_of
from bench.policy_pictures import IMAGES, below, strip
from bench.results import write_section
from xlvla_sdk.evaluation import EvaluationSettings, evaluate
from xlvla_sdk.learning.policy import TrainedPolicy
from xlvla_sdk.leaving import heed, listen

PICTURE = "policy_episodes.jpg"


@of_pool()
def films(
    pool: Pool,
    seeds: str,
    layout: Annotated[str, typer.Option(help="Of the policy.")] = "xl-1",
    out: Annotated[Path, typer.Option(help="Where films go.")] = Path(".bench/policy/films"),
) -> None:
    """Films the first success and the first failure of every hand."""
    listen()
    found = list(judged(pool, layout, seeds_of(seeds)))
    strips = []
    for one in chosen(pool, found):
        heed()
        film = _filmed(pool, one, out / one.hand / ("done" if one.success else "failed"))
        said = "done" if one.success else one.failure
        strips.append(strip(film, f"{one.hand}, {one.task}, seed {one.seed}, {layout}: {said}"))
        print(film, file=sys.stderr)
    below(strips, IMAGES / PICTURE)
    command = (
        f"`python -m bench.policy films --layout {layout} {words_of(pool, seeds)}`; "
        "films of them, as MP4, go to `--out`."
    )
    shown = f"![Frames of episodes, from the first to the last](../images/{PICTURE})"
    write_section(
        "policy", "Episodes, of each hand the first success and the first failure", shown, [command]
    )


def chosen(pool: Pool, found: list[Judged]) -> list[Judged]:
    """The first success and the first failure of every hand, where it has them."""
    wanted = ((hand, success) for hand in pool.hands for success in (True, False))
    ones = (
        next((one for one in found if (one.hand, one.success) == which), None) for which in wanted
    )
    return [one for one in ones if one is not None]


def _filmed(pool: Pool, one: Judged, folder: Path) -> Path:
    """Plays an episode again, which is the same again, and films it."""
    path = folder / f"{one.task}-{one.seed:04d}.mp4"
    if not path.is_file():
        layout = body_layout(one.task, one.hand, one.layout)[0]
        settings = EvaluationSettings(films=folder, latency_s=pool.latency_s)
        policy = TrainedPolicy(trained(pool, one.layout))
        report = evaluate(policy, one.task, layout, [one.seed], settings)
        assert report.episodes[0].success == one.success, "the same seed gives the same episode"
    return path
