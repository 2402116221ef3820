"""`xlvla train`: a policy learns from a dataset."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xlvla_sdk.cli.options import Seed, listed
from xlvla_sdk.cli.output import say


class Variant(StrEnum):
    """What a policy sees by."""

    STATE = "state"
    IMAGE = "image"


class Precision(StrEnum):
    """In which numbers its network computes."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def train(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="Encoded rows.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where to write; the same command goes on there.")
    ],
    layout: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the rows must be in. [default: the dataset's own]"),
    ] = None,
    variant: Annotated[
        Variant,
        typer.Option(help="What it sees by. state: where things are; image: pictures."),
    ] = Variant.STATE,
    cameras: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", help="Whose pictures it sees. [default: all of the dataset's]"
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="PIXELS", help="Height and width it sees them at. [default: 96]"
        ),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps.")] = 5000,
    batch: Annotated[int, typer.Option(min=1, help="Chunks in a step.")] = 64,
    seed: Seed = 7,
    horizon: Annotated[
        int | None,
        typer.Option(min=1, metavar="ROWS", help="Rows of a chunk. [default: the dataset's own]"),
    ] = None,
    every: Annotated[
        int, typer.Option(min=1, metavar="STEPS", help="How often to save what it goes on from.")
    ] = 200,
    device: Annotated[
        str,
        typer.Option(
            metavar="auto|cpu|cuda[:N]", help="Where. auto: on a GPU where CUDA reaches one."
        ),
    ] = "auto",
    precision: Annotated[
        Precision | None,
        typer.Option(help="Of computing. [default: bfloat16 on a GPU, float32 on a CPU]"),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Let torch.compile make it faster.")
    ] = False,
) -> None:
    """Train a policy on a dataset, by flow matching.

    It learns chunks of layout rows from measured rows, where things are or what cameras see, and
    what it is told; it never learns which hand it moves. On a CPU the same command gives the same
    bytes; interrupted, it goes on where it last saved. Writes policy.safetensors and policy.json
    into DIR.

    `torchrun --nproc-per-node N -m xlvla_sdk train ...` starts it in several processes, on GPUs of
    one computer or of many: each takes its part of every batch, and the first one writes.

    \b
    Examples:
      xlvla train pushes-latent/ --out pushes-policy/
      xlvla train pooled/ --layout xl-1 --steps 20000 --seed 3 --out pooled-policy/
      xlvla train pushes-seen/ --variant image --cameras front,right_wrist --out seeing-policy/
    """
    from xlvla_sdk.data.dataset import Dataset
    from xlvla_sdk.learning import devices
    from xlvla_sdk.learning.parallel import World
    from xlvla_sdk.learning.samples import Samples
    from xlvla_sdk.learning.training import Recipe
    from xlvla_sdk.learning.training import train as learn
    from xlvla_sdk.learning.variants import chosen_variant
    from xlvla_sdk.onboarding.progress import training_bar

    world = World.started()
    numbers = devices.Precision(precision) if precision else None
    computing = devices.Computing.of(device, numbers, compiled=compiled, world=world)
    rows = Dataset.open(dataset)
    sees_by = chosen_variant(variant, rows, listed(cameras), size)
    samples = Samples.of(rows, layout, horizon, sees_by)
    recipe = Recipe(steps=steps, seed=seed, batch=batch, every=every)
    shown = None if world.first else False
    with world.joined(computing.device), training_bar(out.resolve().name, shown) as told:
        loss = learn(samples, out, recipe, told=told, computing=computing, world=world)
    if not world.first:
        return
    said = samples.metadata
    say(f"{out}: {sees_by.described}; {said.layout} in {said.space or 'no space'}, loss {loss:.3f}")
