"""How long a chunk takes: the network of `xlvla train` at its default size, on one core.

    python -m bench.policy inference

Weights are drawn at random: time does not depend on what was learned.
"""

from __future__ import annotations

import time
from typing import Annotated

import numpy as np
import torch
import typer

from bench.results import machine, table, today, write_section
from xlvla_sdk.latent.threads import one_thread
from xlvla_sdk.learning.batch import UNMOVED
from xlvla_sdk.learning.network import FlowNetwork
from xlvla_sdk.learning.policy import STEPS
from xlvla_sdk.learning.seeing import Told
from xlvla_sdk.learning.shape import Shape

WIDTH, ARM, THINGS, WORDS, SPOKEN = 41, 32, 3, 30, 9
"""A hand on an arm in xl-1, three things, an instruction of nine words."""


def inference(
    times: Annotated[int, typer.Option(min=2, help="How often each is asked.")] = 50,
) -> None:
    """Times chunks of 32 and of 64 rows, and writes docs/results/policy.md."""
    rows = []
    for horizon in (32, 64):
        median, slow = np.quantile(seconds(horizon, times), (0.5, 0.9))
        rows.append((str(horizon), f"{1e3 * median:.1f}", f"{1e3 * slow:.1f}"))
    notes = [
        f"Default sizes, {STEPS} steps from noise to rows, {THINGS} things, one thread; processor time of "
        f"{times} questions, so that others' work does not count. Wanted: 64 rows in 50 ms on two cores.",
        f"{today()}, {machine()}.",
    ]
    header = ("rows", "median [ms of a core]", "nine in ten within [ms of a core]")
    write_section("policy", "Inference", table(header, rows), notes)


def seconds(horizon: int, times: int) -> list[float]:
    """Processor time of one chunk, so many times [s]."""
    torch.manual_seed(0)
    network = FlowNetwork(Shape(WIDTH, horizon, WORDS, (ARM,))).eval()
    told = Told(
        torch.randn(1, WIDTH),
        torch.randn(1, THINGS, 9),
        torch.ones(1, THINGS, dtype=torch.bool),
        torch.randint(1, WORDS, (1, THINGS, 2)),
        torch.randint(1, WORDS, (1, SPOKEN)),
        torch.zeros(1, 0, 0, 0, 3, dtype=torch.uint8),
        torch.from_numpy(UNMOVED[None]),
    )
    noise, found = torch.randn(1, horizon, WIDTH), []
    with one_thread(), torch.inference_mode():
        for _ in range(times + 1):
            begun = time.process_time()
            network.unfold(told, noise, STEPS)
            found.append(time.process_time() - begun)
    return found[1:]  # the first also sets things up
