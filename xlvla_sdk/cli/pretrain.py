"""`xlvla pretrain`: a latent space is trained on its founding hands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.measures import measured_rows
from xlvla_sdk.cli.options import AsJson, Seed
from xlvla_sdk.cli.output import columns, say, say_json
from xlvla_sdk.errors import SpecError


def pretrain(
    hands: Annotated[list[str], typer.Argument(help="The founding hands, two or more.")],
    name: Annotated[str, typer.Option(help="What the space is called.")],
    preset: Annotated[str, typer.Option(help="default, or paper.")] = "default",
    steps: Annotated[
        int | None, typer.Option(min=1, help="Optimiser steps, if not the preset's.")
    ] = None,
    seed: Seed = 7,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to write; else the data folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a latent space on hands.

    It takes nothing but their kinematics. Writes NAME.safetensors and its card NAME.json. The
    same seed gives the same space.

    \b
    Examples:
      xlvla pretrain ability:right inspire:right xhand:right paxini:right --name mine-1
      xlvla pretrain xhand:right xhand:left --name two-1 --steps 500 --out spaces/
    """
    from dataclasses import replace

    from xlvla_sdk.codec.space import save_space
    from xlvla_sdk.kinematics import shared_kinematics
    from xlvla_sdk.registry import registry
    from xlvla_sdk.storage import data_folder

    specs = [registry().hand(hand) for hand in hands]
    if len(set(hands)) < 2 or len(set(hands)) < len(hands):
        raise SpecError("a space needs two hands or more, each named once.")
    from xlvla_sdk.latent.evaluation import evaluate
    from xlvla_sdk.latent.presets import preset as named
    from xlvla_sdk.latent.pretraining import pretrain as trained
    from xlvla_sdk.onboarding.progress import training_bar

    recipe = named(preset) if steps is None else replace(named(preset), steps=steps)
    with training_bar(name) as told:
        space = trained({s.id: shared_kinematics(s) for s in specs}, recipe, seed, name, told)
    evaluation = evaluate(space.hands)
    space = replace(space, card={**space.card, "measures": evaluation.to_json()})
    folder = data_folder() / "spaces" if out is None else out
    save_space(space, folder)
    if as_json:
        path = str(folder / f"{name}.safetensors")
        say_json({"space": space.id, "path": path, **evaluation.to_json()})
        return
    say(columns(measured_rows(evaluation), right=range(1, 8)))
    say(f"{space.id}: {folder / name}.safetensors")
