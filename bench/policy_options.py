"""What every command of pooled policies is asked with: the pool, its training, the judged seeds."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any

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


Command = Callable[..., None]


def pool_of(
    hands: Hands = HANDS,
    tasks: Tasks = TASKS,
    episodes: Episodes = EPISODES,
    steps: Steps = STEPS,
    batch: Batch = BATCH,
    horizon: Horizon = HORIZON,
    seed: Seed = SEED,
    kept: Kept = KEPT,
) -> Pool:
    """The pool that was asked for."""
    recipe = Recipe(steps=steps, batch=batch, seed=seed)
    return Pool(tuple(hands.split(",")), tuple(tasks.split(",")), episodes, recipe, horizon, kept)


def of_pool(**usual: object) -> Callable[[Command], Command]:
    """Makes a command of one whose first arguments are a pool and the judged seeds, as `A:B`.

    In their place come the options of `pool_of` and `--seeds`; the command's own follow.

    Args:
        usual: Defaults that are others for this command, by the option's name.
    """
    seeds = Parameter("seeds", Parameter.POSITIONAL_OR_KEYWORD, default=SEEDS, annotation=Seeds)
    pools = list(signature(pool_of, eval_str=True).parameters.values())
    asked = [one.replace(default=usual.get(one.name, one.default)) for one in (*pools, seeds)]

    def made(command: Command) -> Command:
        own = list(signature(command, eval_str=True).parameters.values())[2:]

        @wraps(command)
        def run(**given: Any) -> None:
            pool = pool_of(**{one.name: given.pop(one.name) for one in pools})
            command(pool, **given)

        # typer asks for what a function says of itself.
        run.__dict__.pop("__wrapped__")
        run.__dict__["__signature__"] = Signature([*asked, *own])
        run.__annotations__ = {one.name: one.annotation for one in (*asked, *own)}
        return run

    return made


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
