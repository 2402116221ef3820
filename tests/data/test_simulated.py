"""Where simulated episodes took place goes along wherever the dataset goes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import body_of, layout_of, small_codec
from tests.registered import right_hands
from xlvla_sdk.data.converting import convert
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.decoding import decode
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.rows import PHYSICS
from xlvla_sdk.data.sidecar import PLACE, Body, Sidecar
from xlvla_sdk.data.simulated import Simulated
from xlvla_sdk.data.writer import written
from xlvla_sdk.errors import DataError
from xlvla_sdk.specs import HandSpec

HANDS = {hand.id: hand for hand in right_hands()}
XHAND, INSPIRE = HANDS["xhand:right"], HANDS["inspire:right"]
ROWS = 12


def place(hand: HandSpec, seed: int) -> Simulated:
    station = {"task_base": {"right": {"xyz": [0.1, 0.0, 0.0]}}}
    return Simulated(hand.id, "push-cans", seed, True, 3.5, 0.0, "a1b2", "mujoco 4", station)


def made(folder: Path, hand: HandSpec, recorded: bool = False) -> Dataset:
    """Two episodes of joints in the middle of their range."""
    body, rows = body_of(hand), np.tile(np.mean(hand.limits, axis=0), (ROWS, 1))
    joints = Feature("float32", (len(hand.joints),), list(hand.joints))
    physics = Feature("float64", (3,), [f"{hand.name}.{axis}" for axis in "xyz"])
    features = {"observation.state": joints, "action": joints, PHYSICS: physics}
    sidecar = Sidecar(None, None, (), 20.0, 64, 0.0, (Body.of(body, {}, None),))
    with written(folder, features, 20.0, "v3.0", sidecar=sidecar) as writer:
        for seed in (7, 9):
            columns = {"observation.state": rows, "action": rows, PHYSICS: np.ones((ROWS, 3))}
            said = None if recorded else place(hand, seed)
            writer.add(columns, ["push"] * ROWS, simulated=said)
    return Dataset.open(folder)


def encoded(raw: Dataset, hand: HandSpec, out: Path) -> Dataset:
    encode(raw, layout_of(hand), out, codecs={hand.id: small_codec(hand)})
    return Dataset.open(out)


def test_it_goes_through_every_conversion(tmp_path: Path):
    parts = []
    for hand in (XHAND, INSPIRE):
        raw = made(tmp_path / hand.name, hand)
        convert(raw, "v2.1", tmp_path / f"{hand.name}-old")
        old = Dataset.open(tmp_path / f"{hand.name}-old")
        parts.append(encoded(old, hand, tmp_path / f"{hand.name}-encoded"))
        assert [parts[-1].simulated(k) for k in (0, 1)] == [place(hand, 7), place(hand, 9)]
        assert PHYSICS in parts[-1].info.features
    merge(parts, tmp_path / "all")
    merged = Dataset.open(tmp_path / "all")
    assert [merged.simulated(k) for k in (1, 2)] == [place(XHAND, 9), place(INSPIRE, 7)]
    done = decode(
        merged, layout_of(XHAND), tmp_path / "third", codecs={XHAND.id: small_codec(XHAND)}
    )
    assert Dataset.open(tmp_path / "third").simulated(3) == place(INSPIRE, 9)
    assert done.dropped == ()  # the states of two bodies were left out when they were merged


def test_states_of_one_body_are_merged_and_not_decoded(tmp_path: Path):
    parts = [
        encoded(made(tmp_path / f"{k}-raw", XHAND), XHAND, tmp_path / f"{k}") for k in range(2)
    ]
    assert merge(parts, tmp_path / "all").dropped == ()
    merged = Dataset.open(tmp_path / "all")
    assert PHYSICS in merged.info.features
    target = layout_of(INSPIRE)
    done = decode(merged, target, tmp_path / "o", codecs={INSPIRE.id: small_codec(INSPIRE)})
    assert done.dropped == (PHYSICS,)
    assert PHYSICS not in Dataset.open(tmp_path / "o").info.features


def test_a_recorded_episode_took_place_nowhere(tmp_path: Path):
    dataset = made(tmp_path / "raw", XHAND, recorded=True)
    assert dataset.simulated(1) is None
    assert json.loads((dataset.root / PLACE).read_text())["simulated"] == []


def test_episodes_that_do_not_add_up_are_refused(tmp_path: Path):
    path = made(tmp_path / "raw", XHAND).root / PLACE
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "simulated": said["simulated"][:1]}))
    with pytest.raises(DataError, match="1 of 2 episodes are said to be simulated"):
        Dataset.open(tmp_path / "raw")
