"""What every command of pooled policies is asked with: the pool, its training, the judged seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.policy_cells import Pool
from xlvla_sdk.learning.training import Recipe

HANDS = "ability,inspire,xhand,paxini"
TASKS = "push-cans,push-boxes,place-box"
SEEDS = "100000:100010"
"""Demonstrations begin at seed 0: none of these was learned from."""
EPISODES, STEPS, BATCH, HORIZON, SEED = 50, 12000, 64, 32, 7
KEPT = Path(".bench/policy")

Layouts = Annotated[str, typer.Option(help="Between commas.")]
Hands = Annotated[str, typer.Option(help="Of the pool, between commas.")]
Tasks = Annotated[str, typer.Option(help="Of the pool, between commas.")]
Episodes = Annotated[int, typer.Option(min=1, help="Of each hand and task.")]
Steps = Annotated[int, typer.Option(min=1, help="Of each training.")]
Batch = Annotated[int, typer.Option(min=1, help="Chunks in a step.")]
Horizon = Annotated[int, typer.Option(min=1, help="Rows of a chunk.")]
Seed = Annotated[int, typer.Option(help="Of the trainings.")]
Seeds = Annotated[str, typer.Option(metavar="A:B", help="Of the judged episodes.")]
Kept = Annotated[Path, typer.Option(help="Where all is kept.")]


def pool_of(
    hands: str,
    tasks: str,
    episodes: int,
    steps: int,
    batch: int,
    horizon: int,
    seed: int,
    kept: Path,
) -> Pool:
    """The pool that was asked for."""
    recipe = Recipe(steps=steps, batch=batch, seed=seed)
    return Pool(tuple(hands.split(",")), tuple(tasks.split(",")), episodes, recipe, horizon, kept)


def seeds_of(said: str) -> range:
    """The seeds that `A:B` says."""
    first, _, beyond = said.partition(":")
    return range(int(first), int(beyond))


def words_of(pool: Pool, seeds: str) -> str:
    """The same as options, for whoever wants to measure it again."""
    recipe = pool.recipe
    return (
        f"--hands {','.join(pool.hands)} --tasks {','.join(pool.tasks)} --episodes {pool.episodes} "
        f"--steps {recipe.steps} --batch {recipe.batch} --horizon {pool.horizon} --seed {recipe.seed} "
        f"--seeds {seeds}"
    )
