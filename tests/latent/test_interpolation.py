"""Ways between pinches are straight in the latent, and every posture on them is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest

from tests.claw_hand import claw_hand
from tests.codecs import small_codec
from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent import measures
from xlvla_sdk.latent.interpolation import STEPS, WAYS, measure_interpolation
from xlvla_sdk.latent.measures import make_test_sets, postures_to_qpos

SHORT, LONG, STUMP = "short:right", "long:right", "stump:right"
PAIRS = [(SHORT, LONG), (LONG, SHORT), (SHORT, STUMP), (STUMP, SHORT)]


@pytest.fixture(scope="module")
def codecs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LatentCodec]:
    """Two claws that pinch with both fingers, and one whose links are too short to."""
    folder = tmp_path_factory.mktemp("claws")
    lengths = {"short": 0.05, "long": 0.055, "stump": 0.001}
    hands = [claw_hand(folder, name, length=length) for name, length in lengths.items()]
    return {hand.id: small_codec(hand) for hand in hands}


@pytest.fixture(scope="module")
def models(codecs: Mapping[str, LatentCodec]) -> Mapping[str, TipModel]:
    return {hand: TipModel(codec.kinematics) for hand, codec in codecs.items()}


@pytest.fixture(scope="module")
def sets(models: Mapping[str, TipModel]) -> measures.TestSets:
    return make_test_sets(models, count=64)


def gap(codec: LatentCodec, qpos: np.ndarray, finger: int) -> np.ndarray:
    tips = codec.kinematics.tips(qpos)
    return 1000.0 * np.linalg.norm(tips[..., 0, :] - tips[..., finger + 1, :], axis=-1)


def plain_ways(source: LatentCodec, target: LatentCodec, closed: np.ndarray, joints: bool = False):
    """Gaps (ways, STEPS) of both fingers [mm], a loop at a time."""
    for finger in (0, 1):
        touching = closed[gap(source, closed, finger) < 5.0][: WAYS + 1]
        for start, end in pairwise(touching):
            parts = np.linspace(0.0, 1.0, STEPS)
            if joints:
                rows = np.array([start + part * (end - start) for part in parts])
            else:
                one, two = source.encode(start), source.encode(end)
                rows = np.array([target.decode(one + part * (two - one)) for part in parts])
            yield gap(target, rows, finger)


def test_gaps_are_the_plain_loops(
    codecs: Mapping[str, LatentCodec], models: Mapping[str, TipModel], sets: measures.TestSets
):
    found = measure_interpolation(codecs, models, sets, PAIRS)
    closed = {h: postures_to_qpos(codecs[h], sets.postures["CP"][h]) for h in (SHORT, LONG)}
    for gaps, walked in (
        (found.same, [(SHORT, SHORT, False), (LONG, LONG, False)]),
        (found.others, [(SHORT, LONG, False), (LONG, SHORT, False)]),
        (found.joints, [(SHORT, SHORT, True), (LONG, LONG, True)]),
    ):
        rows = np.array(
            [
                way
                for source, target, joints in walked
                for way in plain_ways(codecs[source], codecs[target], closed[source], joints)
            ]
        )
        assert gaps is not None
        assert gaps.ways == len(rows) > 20
        between = rows[:, 1:-1]
        assert gaps.median_mm == pytest.approx(np.median(between), rel=1e-3)
        assert gaps.end_median_mm == pytest.approx(np.median(rows[:, [0, -1]]), rel=1e-3)
        assert gaps.within_10mm == pytest.approx(np.mean(between < 10.0), abs=2e-3)
        worst = rows[between.max(axis=1).argmax()]
        assert gaps.worst.gap_mm == pytest.approx(worst[1:-1].max(), rel=1e-3)
        assert gaps.worst.end_mm == pytest.approx(worst[[0, -1]].max(), rel=1e-3)


def test_a_hand_that_cannot_touch_is_neither_source_nor_target(
    codecs: Mapping[str, LatentCodec], models: Mapping[str, TipModel], sets: measures.TestSets
):
    every = measure_interpolation(codecs, models, sets, PAIRS)
    without = [(SHORT, LONG), (LONG, SHORT)]
    assert every == measure_interpolation(codecs, models, sets, without)
    alone = {STUMP: codecs[STUMP]}
    found = measure_interpolation(alone, {STUMP: models[STUMP]}, sets, [])
    assert found.to_json() == {"same": None, "others": None, "joints": None}


def test_the_worst_way_is_named_and_the_report_is_plain_data(
    codecs: Mapping[str, LatentCodec], models: Mapping[str, TipModel], sets: measures.TestSets
):
    found = measure_interpolation(codecs, models, sets, [(SHORT, LONG)])
    assert found.others is not None
    assert (found.others.worst.source, found.others.worst.target) == (SHORT, LONG)
    assert found.others.worst.finger in ("index", "middle")
    assert json.loads(json.dumps(found.to_json()))["others"]["ways"] == found.others.ways
