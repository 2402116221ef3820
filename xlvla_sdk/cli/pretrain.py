"""`xlvla pretrain`: a latent space is trained on its founding hands."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.measures import measured_rows
from xlvla_sdk.cli.options import AsJson, Seed
from xlvla_sdk.cli.output import columns, say, say_json
from xlvla_sdk.errors import SpecError

if TYPE_CHECKING:
    from xlvla_sdk.latent.presets import Preset


class How(StrEnum):
    """How a space is trained."""

    XL = "xl"
    LAD = "lad"
    VQ = "vq"


class Device(StrEnum):
    """Where training computes."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def pretrain(
    hands: Annotated[list[str], typer.Argument(help="The founding hands, two or more.")],
    name: Annotated[str, typer.Option(help="What the space is called.")],
    method: Annotated[
        How,
        typer.Option(
            help="xl: ours. To compare with: lad, supervised by optimised pairs; vq, discrete codes."
        ),
    ] = How.XL,
    preset: Annotated[
        str | None, typer.Option(help="With xl: default, or paper. [default: default]")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Optimiser steps, if not the preset's.")
    ] = None,
    seed: Seed = 7,
    device: Annotated[
        Device,
        typer.Option(help="Where to compute. auto: with xl on a GPU where CUDA reaches one."),
    ] = Device.AUTO,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to write; else the data folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a latent space on hands.

    It takes nothing but their kinematics. Writes NAME.safetensors and its card NAME.json. The
    same seed gives the same space, bit for bit on the CPU. What stops it on the way leaves the last good state behind,
    NAME-unfinished.safetensors.

    \b
    Examples:
      xlvla pretrain ability:right inspire:right xhand:right paxini:right --name mine-1
      xlvla pretrain xhand:right xhand:left --name two-1 --steps 500 --out spaces/
      xlvla pretrain ability:right xhand:right --name lad-1 --method lad
    """
    from dataclasses import replace

    from xlvla_sdk.codec.space import save_space
    from xlvla_sdk.kinematics import shared_kinematics
    from xlvla_sdk.registry import registry
    from xlvla_sdk.storage import data_folder

    if method is not How.XL and preset is not None:
        raise SpecError(f"--preset is for --method xl; {method} has one recipe. Leave it out.")
    specs = [registry().hand(hand) for hand in hands]
    if len(set(hands)) < 2 or len(set(hands)) < len(hands):
        raise SpecError("a space needs two hands or more, each named once.")
    from xlvla_sdk.latent.checkpoint import Checkpoint
    from xlvla_sdk.latent.evaluation import evaluate, with_closings
    from xlvla_sdk.latent.methods import Method, train_space
    from xlvla_sdk.latent.where import Where
    from xlvla_sdk.onboarding.progress import training_bar

    recipe = _recipe(method, preset, steps)
    where = Where(device)
    founding = {spec.id: shared_kinematics(spec) for spec in specs}
    folder = data_folder() / "spaces" if out is None else out
    kept = Checkpoint(folder, name)
    with training_bar(name) as told:
        space = train_space(Method(method), founding, seed, name, told, recipe, kept, where)
    space = with_closings(space)
    evaluation = evaluate(space.hands, closings=space.closings)
    space = replace(space, card={**space.card, "measures": evaluation.to_json()})
    save_space(space, folder)
    kept.clear()
    if as_json:
        path = str(folder / f"{name}.safetensors")
        say_json({"space": space.id, "path": path, **evaluation.to_json()})
        return
    say(columns(measured_rows(evaluation), right=range(1, 8)))
    say(f"{space.id}: {folder / name}.safetensors")


def _recipe(method: How, preset: str | None, steps: int | None) -> Preset:
    from dataclasses import replace

    from xlvla_sdk.latent.methods import RECIPES, Method
    from xlvla_sdk.latent.presets import preset as named

    recipe = RECIPES[Method(method)] if preset is None else named(preset)
    return recipe if steps is None else replace(recipe, steps=steps)
