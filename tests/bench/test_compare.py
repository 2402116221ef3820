"""The comparison measures codecs as `evaluate` does, and everything else by the same rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import played as played_module
from bench.compare_rows import HEADER, Bench, compared, measured
from bench.contestants import (
    Contestant,
    Optimised,
    Oracle,
    RawColumns,
    RawFingers,
    Refined,
    ThroughSpace,
    motors,
)
from bench.dex import _pairs, _palm_rotation, _vectors
from bench.played import errors_of, played
from tests.claw_hand import claw_hand
from tests.codecs import slow_wave
from tests.small_hand import small_hand
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.kinematics import HandKinematics, hand_kinematics, link_pose, shared_kinematics
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.latent.evaluation import evaluate
from xlvla_sdk.latent.measures import make_test_sets
from xlvla_sdk.specs import HandSpec


@pytest.fixture
def specs(tmp_path: Path) -> dict[str, HandSpec]:
    return {hand.id: hand for hand in (small_hand(tmp_path), claw_hand(tmp_path))}


@pytest.fixture
def hands(specs: dict[str, HandSpec]) -> dict[str, HandKinematics]:
    return {hand: shared_kinematics(spec) for hand, spec in specs.items()}


@pytest.fixture
def contestants(
    tiny_space: LatentSpace, specs: dict[str, HandSpec], hands: dict[str, HandKinematics]
) -> list[Contestant]:
    codecs = tiny_space.hands
    return [
        ThroughSpace("ours", "", codecs),
        RawColumns(specs),
        RawFingers(hands),
        Refined("refined", codecs),
        Optimised(hands),
        Oracle(codecs, contact=False, steps=30),
        Oracle(codecs, contact=True, steps=30),
    ]


def bench_of(hands: dict[str, HandKinematics], count: int) -> Bench:
    models = {hand: TipModel(kinematics) for hand, kinematics in hands.items()}
    return Bench(hands, models, make_test_sets(models, count=count))


@pytest.mark.slow
def test_a_space_measures_as_evaluate_says(
    tiny_space: LatentSpace, hands: dict[str, HandKinematics]
):
    ours = ThroughSpace("ours", "", tiny_space.hands)
    expected = evaluate(tiny_space.hands, count=40).sets
    for name in ("RT", "CP"):
        found, _ = measured(ours, bench_of(hands, 40), name, 40)
        for key, value in expected[name].to_json().items():
            mine = found.to_json()[key]
            assert mine == value or mine == pytest.approx(value, rel=1e-5), key


@pytest.mark.slow
def test_everything_stays_within_the_targets_limits(
    contestants: list[Contestant], hands: dict[str, HandKinematics]
):
    bench = bench_of(hands, 3)
    for contestant in contestants:
        for source, target in bench.pairs:
            for how in (contestant.move, contestant.play):
                reached = how(source, target, bench.qpos("CP", source, 3))
                lower, upper = hands[target].limits
                assert reached.shape == (3, len(lower))
                assert (reached >= lower - 1e-9).all(), contestant.name
                assert (reached <= upper + 1e-9).all(), contestant.name


@pytest.mark.slow
def test_optimisers_are_no_worse_than_where_they_began(
    contestants: list[Contestant], hands: dict[str, HandKinematics]
):
    bench = bench_of(hands, 4)
    loss = {c.name: measured(c, bench, "RT", 4)[0].retarget_loss for c in contestants}
    assert loss["refined"] < loss["ours"]
    assert loss["oracle"] < loss["ours"]
    assert loss["optimisation alone"] < loss["raw joints, by column"]


@pytest.mark.slow
def test_raw_joints_come_back_to_their_own_hand(
    specs: dict[str, HandSpec], hands: dict[str, HandKinematics]
):
    bench = bench_of(hands, 5)
    for contestant in (RawColumns(specs), RawFingers(hands)):
        for hand in hands:
            qpos = bench.qpos("RT", hand, 5)
            np.testing.assert_allclose(contestant.move(hand, hand, qpos), qpos, atol=1e-12)


def test_raw_joints_go_by_column_or_by_finger(
    specs: dict[str, HandSpec], hands: dict[str, HandKinematics]
):
    """The small hand's joints are thumb, index; the claw's two of the thumb, index, middle."""
    assert motors(hands["claw:right"]) == {"thumb": [0, 1], "index": [2], "middle": [3]}
    small = hands["small:right"]
    closed, (lower, upper) = small.upper[None], hands["claw:right"].limits
    middle = 0.5 * (lower + upper)
    by_column = RawColumns(specs).move("small:right", "claw:right", closed)[0]
    np.testing.assert_allclose(by_column, [upper[0], upper[1], middle[2], middle[3]])
    by_finger = RawFingers(hands).move("small:right", "claw:right", closed)[0]
    np.testing.assert_allclose(by_finger, [upper[0], middle[1], upper[2], middle[3]])


@pytest.mark.slow
def test_the_table_has_a_row_for_each_and_set(
    contestants: list[Contestant], hands: dict[str, HandKinematics]
):
    rows, test_hash = compared(contestants[:2], hands, rows=8, few=4)
    assert [row[:2] for row in rows] == [
        (name, each.name) for name in ("RT", "CP") for each in contestants[:2]
    ]
    assert all(len(row) == len(HEADER) for row in rows)
    assert len(test_hash) == 64


def test_a_recording_is_played_and_measured(
    contestants: list[Contestant], specs: dict[str, HandSpec], hands: dict[str, HandKinematics]
):
    recording = slow_wave(specs["small:right"], seconds=0.6)
    ours, optimised = (
        played(c, recording, "small:right", hands) for c in (contestants[0], contestants[4])
    )
    assert list(ours.qpos) == ["claw:right"]
    assert ours.qpos["claw:right"].shape == (30, 4)
    assert optimised.distance_mm < ours.distance_mm
    assert len(ours.cells()) == len(played_module.HEADER)


def test_the_same_motion_has_no_error(hands: dict[str, HandKinematics]):
    claw = hands["claw:right"]
    qpos = np.random.default_rng(0).uniform(*claw.limits, size=(40, 4))
    np.testing.assert_allclose(errors_of(claw, qpos, claw, qpos), 0.0, atol=1e-4)


def turned(hand: HandSpec) -> HandSpec:
    """The same hand with a palm frame that is not its wrist's."""
    return hand.model_copy(update={"palm_rpy": (0.3, -0.8, 1.1), "palm_xyz": (0.01, 0.0, 0.02)})


def test_dex_retargeting_is_given_the_vectors_in_its_own_frame(specs: dict[str, HandSpec]):
    spec = turned(specs["claw:right"])
    hand, qpos = hand_kinematics(spec), np.array([[0.3, -0.2, 0.9, 0.4]])
    pairs = _pairs("vector", hand.finger_names)
    assert pairs == [("thumb", "index"), ("thumb", "middle")]
    given = _vectors(hand, qpos, pairs)[0] @ _palm_rotation(spec).T
    at = {
        finger: link_pose(spec.model, spec.joints, qpos[0], spec.model.root, link)[:3, 3]
        for finger, link in spec.tip_links.items()
    }
    np.testing.assert_allclose(given, [at[b] - at[a] for a, b in pairs], atol=1e-12)


def test_dexpilot_is_given_pairs_in_its_own_order():
    """Between fingers, later to earlier, then from the wrist: as its own table of links has it."""
    assert _pairs("dexpilot", ("thumb", "index", "middle")) == [
        ("index", "thumb"), ("middle", "thumb"), ("middle", "index"),
        ("wrist", "thumb"), ("wrist", "index"), ("wrist", "middle"),
    ]  # fmt: skip
