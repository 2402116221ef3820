"""`xlvla run --sim-clock` against a server that takes longer than its chunks last."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.server import ServerConnection

from tests.cli.conftest import Command
from tests.policy.servers import packed, serving
from xlvla_sdk.layouts import make_layout
from xlvla_sdk.policy import Metadata
from xlvla_sdk.registry import registry

ROWS, RATE_HZ = 2, 20.0


@pytest.mark.parametrize("recorded", [False, True], ids=["run", "data record"])
def test_simulated_time_waits_for_a_server_slower_than_its_chunks(
    xlvla: Command, tmp_path: Path, recorded: bool
):
    body = registry().embodiment("xhand:right")
    layout = make_layout("raw-1", body, {})
    metadata = replace(Metadata.of(layout, RATE_HZ), horizon=ROWS)
    row = layout.encode(body.limits.lower + 0.1)
    asked = 0

    def slow(connection: ServerConnection) -> None:
        nonlocal asked
        connection.send(packed(metadata.to_wire()))
        for _ in connection:
            asked += 1
            if asked > 1:
                time.sleep(3 * ROWS / RATE_HZ)  # real seconds: simulated ones stand still
            connection.send(packed({"actions": np.tile(row, (ROWS, 1)), "final": asked == 3}))

    verb = ("data", "record", body.name, tmp_path / "made") if recorded else ("run", body.name)
    with serving(slow) as uri:
        done = xlvla(*verb, "--policy", uri, "--layout", "raw-1", "--sim-clock")
    assert done.code == 0, done.err
    assert asked == 3
    assert recorded or "asked again     0" in done.out
