"""Options of a pool: asked for by a command that takes the pool itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from bench.policy_cells import Pool
from bench.policy_options import EPISODES, SEEDS, of_pool, pool_of, words_of

asked: list[tuple[Pool, str, str]] = []


@of_pool(hands="xhand", steps=3)
def command(pool: Pool, seeds: str, layout: Annotated[str, typer.Option()] = "xl-1") -> None:
    """Takes notice of what it was given."""
    asked.append((pool, seeds, layout))


@pytest.fixture
def runner() -> CliRunner:
    asked.clear()
    return CliRunner()


def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(command)
    return made


def test_a_command_without_options_is_given_its_usual_pool(runner: CliRunner):
    assert runner.invoke(app(), []).exit_code == 0
    (given,) = asked
    assert given == (pool_of(hands="xhand", steps=3), SEEDS, "xl-1")


def test_options_reach_pool_seeds_and_command(runner: CliRunner, tmp_path: Path):
    words = ["--hands", "ability,inspire", "--tasks", "push-cans", "--batch", "8", "--horizon", "4"]
    words += ["--seed", "2", "--kept", str(tmp_path), "--seeds", "5:7", "--layout", "raw-1"]
    assert runner.invoke(app(), words).exit_code == 0
    ((pool, seeds, layout),) = asked
    assert (pool.hands, pool.tasks) == (("ability", "inspire"), ("push-cans",))
    assert (pool.episodes, pool.horizon, pool.kept) == (EPISODES, 4, tmp_path)
    assert (pool.recipe.steps, pool.recipe.batch, pool.recipe.seed) == (3, 8, 2)
    assert (seeds, layout) == ("5:7", "raw-1")


def test_what_is_no_pool_is_refused(runner: CliRunner):
    assert runner.invoke(app(), ["--steps", "0"]).exit_code == 2
    assert runner.invoke(app(), ["--pool", "all"]).exit_code == 2
    assert not asked


def test_words_of_a_pool_ask_for_it_again(runner: CliRunner):
    pool = pool_of(hands="inspire,xhand", episodes=3, horizon=16)
    runner.invoke(app(), words_of(pool, "1:2").split())
    assert asked == [(pool, "1:2", "xl-1")]


def test_a_command_keeps_its_name_and_help(runner: CliRunner):
    assert command.__name__ == "command"
    shown = runner.invoke(app(), ["--help"]).output
    assert "Takes notice" in shown
    assert "--layout" in shown
    assert "--seeds" in shown
