"""evaluate: a policy on a task, seed by seed, in simulated time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from xlvla_sdk.errors import DataError, SpecError
from xlvla_sdk.evaluation.report import EpisodeResult, EvaluationReport
from xlvla_sdk.evaluation.trial import EvaluationSettings, Trial
from xlvla_sdk.layouts import Layout
from xlvla_sdk.policy import OpenPIClient, Policy, RemotePolicy
from xlvla_sdk.sim import build_world
from xlvla_sdk.sim.task import Task
from xlvla_sdk.sim.tasks import find_task
from xlvla_sdk.specs import Embodiment

DEFAULTS = EvaluationSettings()


def evaluate(
    policy: Policy | str,
    task: Task | str,
    layout: Layout,
    seeds: Sequence[int],
    settings: EvaluationSettings = DEFAULTS,
    progress: Callable[[EpisodeResult], None] | None = None,
) -> EvaluationReport:
    """Runs a policy on a task, once for each seed, and counts.

    Every episode is `run_episode`'s, on a simulated clock and a world of its own. An episode in
    which policy, drivers or simulation fail counts as failed, with the reason; the next seed
    follows. An episode ends when the task is done, when the policy says so, or after the task's
    horizon; things may then settle. Cameras that the policy's metadata ask for it has, besides
    those of the settings.

    Args:
        policy: Who acts: in this process, or the ws:// address of a server. A policy given is not
            closed.
        task: The task, or its name.
        layout: The rows' format, with the codecs of the body that acts.
        seeds: Of the things' places; no two the same.
        settings: See EvaluationSettings.
        progress: Told of every episode when it has ended.

    Raises:
        PolicyError: No server, or other rows than the layout's, before the first episode.
        SpecError: No such task or camera, no seeds or one twice, a body without arms or without a
            hand that the task needs, or one that touches the things before it has moved.
        DataError: The folder for films cannot be made.
        XlvlaError: When MuJoCo is not installed.
    """
    chosen = find_task(task) if isinstance(task, str) else task
    _check(layout.embodiment, chosen, seeds)
    if isinstance(policy, str):
        with RemotePolicy(OpenPIClient(policy), patient=True) as remote:
            return evaluate(remote, chosen, layout, seeds, settings, progress)
    policy.metadata.require(layout, policy.name)
    seen = dict.fromkeys((*policy.metadata.cameras, *settings.cameras))
    settings = replace(settings, cameras=tuple(seen))
    if settings.films is not None:
        _make_folder(settings.films)
    world = build_world(layout.embodiment, settings.station, chosen.scene)
    for seed in seeds:
        Trial(world, chosen, layout, settings, seed)  # what cannot begin is said before any begins
    results: list[EpisodeResult] = []
    for seed in seeds:
        results.append(Trial(world, chosen, layout, settings, seed).run(policy))
        if progress is not None:
            progress(results[-1])
    return EvaluationReport(
        chosen.name,
        layout.embodiment.name,
        policy.name,
        layout.name,
        settings.latency_s,
        tuple(results),
    )


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{path}: no folder for films can be made there ({error.strerror}). Name another."
        ) from error


def _check(embodiment: Embodiment, task: Task, seeds: Sequence[int]) -> None:
    if not seeds:
        raise SpecError(f"{task.name}: no seeds are given. An evaluation needs one at least.")
    if twice := sorted({seed for seed in seeds if list(seeds).count(seed) > 1}):
        raise SpecError(
            f"{task.name}: seed {twice[0]} is given twice: it would count twice and say nothing new."
        )
    if negative := [seed for seed in seeds if seed < 0]:
        raise SpecError(f"{task.name}: seed {negative[0]} is below zero. Seeds count from 0.")
    if all(side.arm is None for side in embodiment.sides):
        raise SpecError(
            f"{embodiment.name} has no arm: it cannot reach what {task.name} is about. "
            f"Name an arm, as in xarm7+{embodiment.name}."
        )
    task.require(embodiment)
