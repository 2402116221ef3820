"""Where training computes: on the CPU, or on a GPU that CUDA reaches."""

from __future__ import annotations

from enum import StrEnum

import torch

from xlvla_sdk.errors import XlvlaError


class Where(StrEnum):
    """A place to compute."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def torch_device(where: Where) -> torch.device:
    """The device of a place: `auto` is the GPU where there is one, else the CPU.

    Raises:
        XlvlaError: When a GPU is asked for and none is in reach.
    """
    there = torch.cuda.is_available()
    if where is Where.CUDA and not there:
        raise XlvlaError(
            f"torch {torch.__version__} reaches no GPU on this computer. Compute on the CPU "
            "(`--device cpu`), or install the driver and a build of torch with CUDA."
        )
    return torch.device("cuda" if there and where is not Where.CPU else "cpu")
