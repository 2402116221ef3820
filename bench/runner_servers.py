"""Policy servers for `bench.runner`, each a process of its own that behaves in one way.

python -m bench.runner_servers xhand:right 8000 --takes-ms 200 --jitter-ms 200
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import numpy as np
import typer
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from xlvla_sdk.cli.bodies import body_layout
from xlvla_sdk.layouts import Layout
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy
from xlvla_sdk.policy.wire import chunk_to_wire, observation_from_wire, pack, unpack
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import ArmSpec

RATE_HZ, HORIZON = 20.0, 64
"""Of the answers: 3.2 s each."""
ANCHORS, DISAGREES = 6, 0.03
"""Postures that the motion goes between, and how far one answer is from another along the way to
each of them: standard deviation, of that way."""


class Wandering(Policy):
    """Smooth motion in which no two answers agree, as those of a policy that samples.

    Rows are sums of sines along the ways from one posture to six others.

    Args:
        layout: The rows' format.
        seed: Of the disagreement.

    Attributes:
        clock: The column of rows in which all answers agree, and which moves most: it tells which
            moment a row is of.
    """

    def __init__(self, layout: Layout, seed: int = 0) -> None:
        self._layout = layout
        self._seed = seed
        self._metadata = Metadata.of(layout, RATE_HZ, HORIZON)
        middle, others = _postures(layout)
        self._middle = layout.encode(middle)
        self._ways = layout.encode(others) - self._middle
        self._speeds = np.linspace(0.9, 2.0, ANCHORS)  # [rad/s] of the sines
        self.clock = int(np.abs(self._ways).sum(axis=0).argmax())

    @property
    def name(self) -> str:
        return "wandering"

    @property
    def metadata(self) -> Metadata:
        return self._metadata

    def infer(self, observation: Observation) -> ActionChunk:
        times = observation.time_s + np.arange(HORIZON) / RATE_HZ
        rng = np.random.default_rng([self._seed, round(1e3 * observation.time_s)])
        offset = rng.normal(0.0, DISAGREES, ANCHORS) @ self._ways
        offset[self.clock] = 0.0
        return ActionChunk(self.rows(times) + offset, self._layout.name, 1.0 / RATE_HZ)

    def rows(self, times: np.ndarray) -> np.ndarray:
        """What all answers mean at these moments [s]."""
        along = 0.5 * np.sin(times[:, None] * self._speeds)
        return self._middle + along @ self._ways


def _postures(layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Where the motion is around, and where it goes: hands widely, arms by a tenth of a radian."""
    rng, middles, reaches = np.random.default_rng(3), [], []
    for part, _ in layout.embodiment.slices():
        lower, upper = part.limits
        arm = isinstance(part, ArmSpec)
        middles.append(posture_of(part) if arm else 0.5 * (lower + upper))
        reaches.append(np.full(len(lower), 0.1) if arm else 0.3 * (upper - lower))
    middle, reach = np.concatenate(middles), np.concatenate(reaches)
    others = middle + reach * rng.uniform(-1.0, 1.0, (ANCHORS, len(middle)))
    return middle, np.clip(others, *layout.embodiment.limits)


def posture_of(arm: ArmSpec) -> np.ndarray:
    """Where an arm works: its posture 'ready' where it has one."""
    return arm.posture("ready") if "ready" in arm.postures else arm.rest


class Behaviour:
    """What a server does, question by question, over all its connections."""

    def __init__(
        self, policy: Policy, takes_s: float, jitter_s: float, spoilt: range, fault: str
    ) -> None:
        self._policy = policy
        self._takes_s = takes_s
        self._jitter_s = jitter_s
        self._spoilt = spoilt
        self._fault = fault
        self._asked = 0
        self._rng = np.random.default_rng(1)

    def reply(self, frame: bytes | str) -> bytes | None:
        """The frame of an answer; None when there is none."""
        number, self._asked = self._asked, self._asked + 1
        chunk = self._policy.infer(observation_from_wire(unpack(frame, "the runner"), 0.0))
        time.sleep(self._takes_s + self._jitter_s * self._rng.uniform())
        if number not in self._spoilt:
            return pack(chunk_to_wire(chunk))
        if self._fault == "garbage":
            return self._rng.bytes(4000)
        if self._fault == "nan":
            return pack(chunk_to_wire(replace(chunk, rows=np.full_like(chunk.rows, np.nan))))
        if self._fault == "late":
            time.sleep(1.5 * HORIZON / RATE_HZ)
            return pack(chunk_to_wire(chunk))
        return None


@contextmanager
def listening(behaviour: Behaviour, metadata: Metadata, port: int) -> Iterator[None]:
    """Serves until the block is left."""

    def answer(connection: ServerConnection) -> None:
        try:
            connection.send(pack(metadata.to_wire()))
            for frame in connection:
                if (reply := behaviour.reply(frame)) is None:
                    threading.Event().wait()  # hangs, as a process that waits for a lock does
                else:
                    connection.send(reply)
        except ConnectionClosed:
            return

    with serve(answer, "127.0.0.1", port, compression=None, max_size=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def main(
    body: str,
    port: int,
    takes_ms: Annotated[float, typer.Option()] = 20.0,
    jitter_ms: Annotated[float, typer.Option()] = 0.0,
    fault: Annotated[str, typer.Option(help="hang, garbage, nan or late.")] = "",
    first: Annotated[int, typer.Option(help="The first question that goes wrong.")] = 5,
    count: Annotated[int, typer.Option(help="How many do.")] = 2,
    space: Annotated[str, typer.Option(help="Another space's id, to be refused.")] = "",
) -> None:
    """Serves until it is killed."""
    layout = body_layout(registry().embodiment(body), None, None)
    spoilt = range(first, first + count) if fault else range(0)
    policy = Wandering(layout)
    metadata = replace(policy.metadata, space=space) if space else policy.metadata
    behaviour = Behaviour(policy, 1e-3 * takes_ms, 1e-3 * jitter_ms, spoilt, fault)
    with listening(behaviour, metadata, port):
        print("ready", flush=True)
        threading.Event().wait()
    os._exit(0)


if __name__ == "__main__":
    typer.run(main)
