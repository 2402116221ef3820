"""Computing: on which device a policy is trained, in which precision, compiled or not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.latent.where import Where, torch_device
from xlvla_sdk.learning.parallel import ALONE, World

CPU = torch.device("cpu")
Loss = Callable[..., Tensor]
"""Of a batch."""


class Precision(StrEnum):
    """In which numbers a network computes; weights, loss and optimiser stay in float32."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True)
class Computing:
    """How the same steps are computed; which steps, is the recipe's.

    Attributes:
        device: Where.
        precision: In which numbers.
        compiler: Makes a loss faster, as `torch.compile` does; None leaves it as it is.
    """

    device: torch.device = CPU
    precision: Precision = Precision.FLOAT32
    compiler: Callable[[Loss], Loss] | None = None

    @staticmethod
    def of(
        device: str = "auto",
        precision: Precision | None = None,
        *,
        compiled: bool = False,
        world: World = ALONE,
    ) -> Computing:
        """As the words of a command line say it.

        Args:
            device: `auto`, `cpu`, `cuda` or `cuda:N`; `auto` is a GPU where CUDA reaches one.
            precision: Left out: bfloat16 on a GPU that computes in it, float32 elsewhere.
            compiled: Whether by torch.compile.
            world: Each of several processes takes a GPU of its own.

        Raises:
            XlvlaError: No such device.
        """
        found = _device(device, world)
        native = found.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        usual = Precision.BFLOAT16 if native else Precision.FLOAT32
        return Computing(found, precision or usual, torch.compile if compiled else None)

    def compiled(self, loss: Loss) -> Loss:
        """The same loss, by the compiler where there is one."""
        return loss if self.compiler is None else self.compiler(loss)

    def mixed(self) -> AbstractContextManager[object]:
        """Inside, networks compute in the precision asked for."""
        if self.precision is Precision.FLOAT32:
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def refusal(self, error: RuntimeError, batch: int) -> XlvlaError | None:
        """What to do where a step does not fit into memory, or cannot be compiled; None for others."""
        if isinstance(error, torch.OutOfMemoryError):
            return XlvlaError(
                f"a step of {batch} chunks does not fit into the GPU's memory. Take a smaller --batch, "
                "or more GPUs: each computes its part of the batch."
            )
        if self.compiler is None:
            return None
        from torch._dynamo.exc import TorchDynamoException  # loaded with the compiler, in seconds

        if not isinstance(error, TorchDynamoException):
            return None
        first = str(error).strip().partition("\n")[0]
        return XlvlaError(
            f"torch.compile failed ({first}). Train with --no-compile; for a CPU it needs a C++ "
            "compiler."
        )

    def of_steps(self) -> dict[str, str]:
        """What makes other steps than float32 does; training does not go on from one in the other."""
        return {} if self.precision is Precision.FLOAT32 else {"precision": str(self.precision)}

    def to_json(self, world: World) -> dict[str, Any]:
        """What a policy's card says of it; nothing of one process on a CPU in float32."""
        if (self, world.size) == (Computing(), 1):
            return {}
        said = {"device": self.device.type, "precision": str(self.precision)}
        return {"computed": {**said, "compiled": self.compiler is not None, "on": world.size}}


def _device(text: str, world: World) -> torch.device:
    kind, colon, number = text.partition(":")
    numbered = bool(colon)
    if kind not in set(Where) or (numbered and not (kind == Where.CUDA and number.isdecimal())):
        raise XlvlaError(
            f"there is no device '{text}'. There are auto, cpu, cuda, and cuda:N for the GPU with "
            "number N."
        )
    if numbered and world.size > 1:
        raise XlvlaError(
            f"{world.size} processes cannot train on one GPU, '{text}'. Say --device cuda: each takes "
            "one of its own. Which ones, CUDA_VISIBLE_DEVICES says."
        )
    found = torch_device(Where(kind))
    if found.type != "cuda":
        return found
    index = int(number) if numbered else world.local_rank
    if index >= (there := torch.cuda.device_count()):
        raise XlvlaError(
            f"there is no GPU {index}: this computer has {there}, counted from 0. Name another, or let "
            f"torchrun start as many processes: --nproc-per-node {there}."
        )
    return torch.device("cuda", index)
