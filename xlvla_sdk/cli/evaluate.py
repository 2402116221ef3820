"""`xlvla evaluate`: how often a policy does a task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.bodies import REPLAY, Array, From, LayoutName, Mirror, body_layout, replay
from xlvla_sdk.cli.hardware import station_of
from xlvla_sdk.cli.options import AsJson, Replan, Space
from xlvla_sdk.cli.output import columns, note, say, say_json
from xlvla_sdk.cli.policies import policy_uri, remote_policy, trained_policy
from xlvla_sdk.errors import SpecError

if TYPE_CHECKING:
    from xlvla_sdk.evaluation import EpisodeResult, EvaluationReport


def evaluate(
    embodiment: Annotated[str, typer.Argument(help="What acts, as in xarm7+xhand:right.")],
    task: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to do; `xlvla tasks` lists them.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="URI", help="ws://host:port; a folder of `xlvla train`; or replay:FILE."
        ),
    ] = None,
    seeds: Annotated[
        str, typer.Option(metavar="N|A:B", help="How many seeds from 0 on, or A up to before B.")
    ] = "20",
    rate: Annotated[float, typer.Option(min=1.0, metavar="HZ", help="Commands a second.")] = 50.0,
    latency: Annotated[
        float,
        typer.Option(min=0.0, metavar="S", help="How long an answer travels, in simulated time."),
    ] = 0.0,
    replan: Replan = None,
    paraphrase: Annotated[
        bool, typer.Option("--paraphrase", help="Say the task in other words at other seeds.")
    ] = False,
    camera: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A simulated camera the policy sees by; once a camera."),
    ] = None,
    render: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A film of every episode, as MP4.")
    ] = None,
    station: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML: where arms stand, how hands are mounted."),
    ] = None,
    recorded: From = None,
    array: Array = None,
    mirror: Mirror = False,
    layout: LayoutName = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a policy on a task: success rate, with its 95 % interval.

    Every seed is an episode of its own in simulation: things stand elsewhere, the clock is
    simulated, and the same seed gives the same result. An episode in which the policy fails counts
    as failed, with the reason.

    \b
    Examples:
      xlvla evaluate xarm7+xhand:right --task push-cans --policy ws://127.0.0.1:8000
      xlvla evaluate g1+inspire:both --task place-box --policy ws://127.0.0.1:8000 \\
          --camera front --seeds 100:150 --latency 0.1 --json
      xlvla evaluate xarm7+xhand:right --task push-cans --policy pushes-policy/ --seeds 100000:100020
    """
    from xlvla_sdk.evaluation import EvaluationSettings
    from xlvla_sdk.evaluation import evaluate as run_seeds
    from xlvla_sdk.registry import registry
    from xlvla_sdk.sim.tasks import find_task

    chosen_task, chosen_seeds = find_task(_task(task)), _seeds(seeds)
    body, lab = registry().embodiment(embodiment), station_of(station)
    chosen = trained_policy(policy)
    if chosen is not None:
        rows = body_layout(body, layout or chosen.metadata.layout, space, lab)
    elif (uri := policy_uri(policy)).startswith(REPLAY):
        chosen = replay(uri, recorded, array, mirror, layout, space)
        rows = body_layout(body, layout, space, lab)
    else:
        chosen, rows = remote_policy(uri, body, layout, space, lab, patient=True)
    seen = tuple(dict.fromkeys(camera or ()))
    settings = EvaluationSettings(rate, latency, replan, paraphrase, seen, render, lab)
    with chosen:
        report = run_seeds(chosen, chosen_task, rows, chosen_seeds, settings, _progress)
    if as_json:
        say_json(report.to_json())
    else:
        _say(report)


def _task(name: str | None) -> str:
    if name is None:
        raise SpecError("no task is given. Write --task NAME; `xlvla tasks` lists them.")
    return name


def _seeds(text: str) -> range:
    first, colon, end = text.partition(":")
    try:
        seeds = range(int(first), int(end)) if colon else range(int(first))
    except ValueError as error:
        raise SpecError(f"--seeds {text} is neither N nor A:B. Write 20, or 100:120.") from error
    if not seeds:
        raise SpecError(f"--seeds {text} are no seeds. Write 20, or 100:120.")
    return seeds


def _progress(result: EpisodeResult) -> None:
    said = f"done at {result.done_s:.1f} s" if result.done_s is not None else result.failure
    note(f"seed {result.seed}: {said}")


def _say(report: EvaluationReport) -> None:
    lower, upper = report.interval
    count = len(report.episodes)
    lines = [
        ("task", report.task),
        ("embodiment", report.embodiment),
        ("policy", report.policy),
        ("success", f"{report.successes} of {count}, {100 * report.rate:.0f} %"),
        ("95 % interval", f"{100 * lower:.0f} to {100 * upper:.0f} %"),
    ]
    if report.median_time_s is not None:
        lines.append(("median time", f"{report.median_time_s:.1f} s"))
    lines += [("failed", f"{times}: {why}") for why, times in report.failures.items()]
    say(columns(lines))
