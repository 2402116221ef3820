"""Replays across hands: the arm holds what it should, causes are told apart, nothing is played twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import replays
from bench.replay_causes import ARM, CONTACT, DECODED, FORCE, PLACED, POSTURE, cause
from bench.replay_cells import Demonstrated, Folder, Outcome, judged
from bench.replay_page import Page, causes, errors, pairs, success
from bench.replay_things import Parted, held, parted
from bench.replay_ways import FINGERTIPS, FIRMLY, LATENT, ORACLE, REFINED, Moved, Ways
from bench.replays import Plan, played
from tests.registered import embodiment
from tests.synthesis.lifting import NAME, registered
from xlvla_sdk.codec import load_space
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.kinematics.pinch import pinch_point
from xlvla_sdk.layouts.arm_pose import ArmPose
from xlvla_sdk.specs import placed_sides
from xlvla_sdk.synthesis.joints import Joints
from xlvla_sdk.synthesis.playing import Played

XHAND, INSPIRE = "xarm7+xhand:right", "xarm7+inspire:right"


@pytest.fixture(scope="module")
def ways() -> Ways:
    return Ways(load_space(), {}, (XHAND, INSPIRE))


def waving(name: str, rows: int = 4) -> Joints:
    """A body that opens its hand and moves its arm a little."""
    body = embodiment(name)
    arm = np.array([0.0, -0.3, 0.0, 0.8, 0.0, 1.1, 0.0])
    lower, upper = body.hands[0].limits
    part = np.linspace(0.5, 0.3, rows + 1)[:, None]
    hand = lower + part * (upper - lower)
    arms = arm + 0.02 * np.arange(rows + 1)[:, None]
    qpos = np.concatenate([arms, hand], axis=1)
    return Joints(body, qpos[:-1], qpos[1:])


def at(joints: Joints, qpos: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pinch points, middles of the fingertips and rotations of the palm in the task frame."""
    arm = ArmPose.of(placed_sides(joints.body, None)[0])
    parts = dict(joints.body.slices())
    hand = qpos[:, parts[joints.body.hands[0]]]
    T = arm.T_task_base @ arm.arm.fk(qpos[:, :7]) @ arm.T_flange_palm
    assert arm.hand is not None
    points = np.stack([pinch_point(arm.hand, hand), arm.hand.tips(hand)[:, 1:].mean(axis=1)])
    pinch, tips = T[:, :3, 3] + (T[:, :3, :3] @ points[..., None])[..., 0]
    return pinch, tips, T[:, :3, :3]


def test_the_arm_holds_the_pinch_point_where_the_source_did(ways: Ways):
    own = waving(XHAND)
    moved = ways.move(LATENT, own, INSPIRE)
    assert (moved.followed, moved.joints.body.name) == (1.0, INSPIRE)
    assert moved.furthest < 1e-6
    mine, theirs = (at(joints, joints.action) for joints in (moved.joints, own))
    np.testing.assert_allclose(mine[0], theirs[0], atol=1e-5)
    np.testing.assert_allclose(mine[2], theirs[2], atol=1e-5)


def test_or_the_fingertips_where_that_is_what_is_changed(ways: Ways):
    own = waving(XHAND)
    moved = ways.move(FINGERTIPS, own, INSPIRE)
    pinch, tips, R = at(moved.joints, moved.joints.action)
    wanted = at(own, own.action)
    np.testing.assert_allclose(tips, wanted[1], atol=1e-5)
    np.testing.assert_allclose(R, wanted[2], atol=1e-5)
    assert np.abs(pinch - wanted[0]).max() > 1e-3


@pytest.mark.slow
def test_pressing_harder_goes_as_far_again(ways: Ways):
    own = waving(INSPIRE)
    still = replace(own, state=own.action.copy())
    hand = slice(7, None)
    plain, same = (ways.move(way, still, INSPIRE).joints.action for way in (REFINED, FIRMLY))
    np.testing.assert_allclose(same[1:, hand], plain[1:, hand], atol=0.02)
    pressed = ways.move(FIRMLY, own, INSPIRE).joints.action[:, hand]
    lead = own.action[:, hand] - own.state[:, hand]
    np.testing.assert_allclose(pressed - own.action[:, hand], lead, atol=0.03)
    assert np.abs(lead).max() > 0.05


def still(rows: int) -> np.ndarray:
    """A thing that stands where it is."""
    return np.tile([0.1, 0.2, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0], (rows, 1))


def carried(rows: int, begin: int, end: int) -> np.ndarray:
    """A thing that goes 0.1 m between two rows."""
    thing = still(rows)
    thing[:, 0] += 0.1 * np.clip((np.arange(rows) - begin) / (end - begin), 0.0, 1.0)
    return thing


def test_things_part_before_they_are_touched_or_while_or_after():
    own = np.concatenate([still(30), carried(30, 10, 20)], axis=1)
    assert held(own) == [(11, 19)]
    assert parted(own, own) is Parted.NEVER
    for row, expected in ((3, Parted.BEFORE), (15, Parted.WHILE), (25, Parted.AFTER)):
        other = own.copy()
        other[row:, 10] += 0.02
        assert parted(own, other) is expected
    never_taken = np.concatenate([still(30), still(30)], axis=1)
    assert parted(own, never_taken) is Parted.WHILE
    assert parted(own, own[:5]) is Parted.NEVER
    nudged = own.copy()
    nudged[5, 10] += 0.004
    assert parted(own, nudged) is Parted.BEFORE, "though it came back"
    nudged = own.copy()
    nudged[8, 10] += 0.004
    assert parted(own, nudged) is Parted.NEVER, "a moment early"


def test_a_thing_that_leans_has_parted_too_but_not_one_that_turns_upright():
    own = still(10)
    c, s = np.cos(0.5), np.sin(0.5)
    turned, leaning = own.copy(), own.copy()
    turned[4:, 3:] = [c, s, 0.0, -s, c, 0.0]
    leaning[4:, 3:] = [1.0, 0.0, 0.0, 0.0, c, s]
    assert parted(own, turned) is Parted.NEVER
    assert parted(own, leaning) is Parted.BEFORE


def test_the_same_motion_of_the_same_body_has_no_error():
    own = waving(XHAND, 8)
    things = still(8)
    moved, seen = Moved(own, 1.0, 0.0), Played(1.0, "", own.state, things)
    one = judged("lift", LATENT, Demonstrated(3, own, things), XHAND, moved, seen)
    assert (one.asked, one.asked_closed, one.played, one.wider) == (0.0, 0.0, 0.0, 0.0)
    assert one.success
    assert one.seed == 3


def test_a_hand_that_stays_open_is_wider():
    own = waving(XHAND, 8)
    hand = slice(7, None)
    opened = own.action.copy()
    opened[:, hand] -= 0.1
    moved = Moved(replace(own, action=opened), 1.0, 0.0)
    seen = Played(None, "no", opened[:5], still(5))
    one = judged("lift", LATENT, Demonstrated(3, own, still(8)), XHAND, moved, seen)
    assert one.wider > 0.005
    assert one.asked > 0.005
    assert not one.success


def outcome(way: str, success: bool, **numbers: float) -> Outcome:
    told = {"followed": 1.0, "asked": 0.002, "asked_closed": 0.003, "played": 0.004, "wider": 0.001}
    done_s, failure = (2.0, "") if success else (None, "no")
    numbers = told | numbers
    return Outcome("t", XHAND, INSPIRE, way, 1, "h", done_s, failure, parted="while", **numbers)


@pytest.mark.parametrize(
    ("expected", "latent", "others"),
    [
        (ARM, {"followed": 0.9}, {REFINED: True}),
        (DECODED, {}, {ORACLE: True, FINGERTIPS: True}),
        (PLACED, {}, {FINGERTIPS: True, FIRMLY: True}),
        (FORCE, {}, {FIRMLY: True}),
        (CONTACT, {}, {}),
    ],
)
def test_the_first_link_that_helps_is_the_cause(
    expected: str, latent: dict[str, float], others: dict[str, bool]
):
    failed = outcome(LATENT, False, **latent)
    tried = [outcome(way, others.get(way, False)) for way in (REFINED, ORACLE, FINGERTIPS, FIRMLY)]
    assert cause(failed, [failed, *tried]) == expected


def test_a_posture_that_no_optimiser_finds_is_out_of_reach():
    failed = outcome(LATENT, False)
    tried = [outcome(way, False, asked_closed=0.02) for way in (REFINED, ORACLE)]
    assert cause(failed, [failed, *tried]) == POSTURE


def test_the_page_counts_with_intervals_and_says_why():
    done = [outcome(LATENT, False), outcome(REFINED, True), outcome(ORACLE, False)]
    done += [replace(one, seed=2, done_s=1.0) for one in done]
    page = Page(done, (LATENT, REFINED, ORACLE), ("t",), ("xhand", "inspire"), (), "a while")
    table, notes = success(page, "here.")
    assert "| latent | 1 of 2: 0.50 (0.09 to 0.91) |" in table
    assert "| latent, refined | 2 of 2: 1.00 (0.34 to 1.00) |" in table
    assert any("2 seeds from 1" in note for note in notes)
    assert any("does 1 that the latent does not, and fails 0 that it does" in n for n in notes)
    assert "| latent | 2.0 | 3.0 | 4.0 | 1.0 |" in errors(page)[0]
    assert "| xhand | inspire | 1/2 | 2/2 | 1/2 | 3.0 |" in pairs(page)[0]
    table, notes = causes(page)
    assert "| t | xhand | inspire | 1 | – | 1 | – | – | – | – | 1 while |" in table
    assert notes[0] == "Of 2 episodes through the latent 1 fail: 1 the latent."


@pytest.mark.slow
def test_what_was_played_is_not_played_again(
    ways: Ways, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    plan = Plan(("xhand", "inspire"), (NAME,), (LATENT,), 1, 0)
    with registered():
        first = list(played(plan, ways, Folder(tmp_path)))
        monkeypatch.setattr(replays, "play", None)
        again = list(played(plan, ways, Folder(tmp_path)))
        more = replace(plan, episodes=2)
        with pytest.raises(TypeError):
            list(played(more, ways, Folder(tmp_path)))
        known = list(played(replace(more, anew=False), ways, Folder(tmp_path)))
    assert first == again == known
    assert [(one.source, one.target) for one in first] == [(XHAND, INSPIRE), (INSPIRE, XHAND)]
    assert all(one.success for one in first), "the palm goes up, and the can stands"


@pytest.mark.slow
def test_only_what_did_its_task_is_played(tmp_path: Path):
    """Every third seed of this task cannot be done."""
    with registered():
        found = Folder(tmp_path).demonstrations(XHAND, NAME, 1)
        assert [next(found).seed, next(found).seed] == [1, 3]


@pytest.mark.slow
def test_a_demonstrator_that_never_does_it_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from bench import replay_cells
    from tests.synthesis.lifting import LIFT

    monkeypatch.setattr(replay_cells, "TRIES", 2)
    with (
        registered(replace(LIFT, success=lambda _: False)),
        pytest.raises(XlvlaError, match="2 demonstrations failed, the last at 1"),
    ):
        next(Folder(tmp_path).demonstrations(XHAND, NAME, 0))
