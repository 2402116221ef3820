"""World: the processes that train one policy together, each on its part of every step's batch.

torchrun starts them and tells each its number; torch.distributed brings their numbers together,
over gloo between CPUs and over NCCL between GPUs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from xlvla_sdk.errors import DataError, XlvlaError
from xlvla_sdk.learning.files import differences

Found = TypeVar("Found")


@dataclass(frozen=True)
class World:
    """Which of how many processes this one is.

    Attributes:
        rank: Its number, from 0.
        size: How many there are.
        local_rank: Its number among those on this computer.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @staticmethod
    def started() -> World:
        """As torchrun started this process; alone where it was started by itself.

        Raises:
            XlvlaError: It was told how many there are and not which one it is.
        """
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return ALONE
        try:
            return World(int(os.environ["RANK"]), size, int(os.environ["LOCAL_RANK"]))
        except KeyError as error:
            raise XlvlaError(
                f"WORLD_SIZE says {size} processes, and {error} is not set. Start them by `torchrun "
                "--nproc-per-node N -m xlvla_sdk train ...`, or unset WORLD_SIZE."
            ) from error

    @property
    def first(self) -> bool:
        """Whether it is the one that writes and tells."""
        return self.rank == 0

    @contextmanager
    def joined(self, device: torch.device, meeting: str = "env://") -> Iterator[None]:
        """Inside, the processes hear one another.

        Args:
            device: Where this one computes.
            meeting: Where they find one another; as torchrun says, when left out.

        Raises:
            XlvlaError: They did not find one another.
        """
        if self.size == 1:
            yield
            return
        backend = "gloo" if device.type == "cpu" else f"cpu:gloo,{device.type}:nccl"
        if device.type != "cpu":
            torch.cuda.set_device(device)
        with self._in_touch():
            dist.init_process_group(
                backend, init_method=meeting, rank=self.rank, world_size=self.size
            )
        try:
            yield
        finally:
            dist.destroy_process_group()

    def part(self, whole: Tensor) -> Tensor:
        """This process's part of a batch."""
        return whole if self.size == 1 else whole.tensor_split(self.size)[self.rank]

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Puts the sum of all processes' numbers into each one's, as one message."""
        if self.size == 1:
            return
        whole = torch.cat([one.detach().flatten() for one in tensors])
        with self._in_touch():
            dist.all_reduce(whole)
        parts = whole.split([one.numel() for one in tensors])
        for one, part in zip(tensors, parts, strict=True):
            one.detach().copy_(part.view_as(one))

    def agree(self, said: Mapping[str, Any]) -> None:
        """Makes sure that all processes were told the same.

        Raises:
            DataError: Naming what one was told otherwise, in every process.
        """
        if self.size == 1:
            return
        every: list[Any] = [None] * self.size
        with self._in_touch():
            dist.all_gather_object(every, dict(said))
        for rank, theirs in enumerate(every):
            if other := differences(theirs, every[0]):
                raise DataError(
                    f"process {rank} trains something else than process 0 ({other}). Give "
                    "all the same command and the same dataset."
                )

    def from_first(self, find: Callable[[], Found]) -> Found:
        """What the first process finds, in every process; its error likewise."""
        if self.size == 1:
            return find()
        found: list[Any] = [None]
        if self.first:
            try:
                found[0] = find()
            except XlvlaError as error:
                found[0] = error
        with self._in_touch():
            dist.broadcast_object_list(found, src=0)
        result: Any = found[0]
        if isinstance(result, XlvlaError):
            raise result
        return result

    @contextmanager
    def _in_touch(self) -> Iterator[None]:
        """What torch says when another process is gone, said plainly."""
        try:
            yield
        except RuntimeError as error:
            raise XlvlaError(
                f"process {self.rank} of {self.size} cannot reach the others any more: one has ended, "
                "or never came. Look at what it said. The same command goes on from the last state "
                f"that was saved. ({str(error).strip().partition(chr(10))[0]})"
            ) from error


ALONE = World()
"""One process, which is all there is."""
