"""`xlvla retarget` writes whole recordings of other hands, or nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Command, waving
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry


def test_a_recording_becomes_another_hands(
    xlvla: Command, motion: Path, space: Path, tmp_path: Path
):
    out = tmp_path / "xhand.npz"
    done = xlvla(
        "retarget", motion, "--from", "inspire:right", "--to", "xhand:right", "--out", out,
        "--space", space,
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert (
        "40 rows at 20.00 Hz, inspire:right to xhand:right; kept as they are: arm_joint" in done.out
    )
    before, after = Recording.load(motion), Recording.load(out)
    xhand = registry().hand("xhand:right")
    assert after.joint_names == ("arm_joint", *xhand.joints)
    assert np.array_equal(after.time_s, before.time_s)
    assert np.array_equal(after.qpos[:, 0], before.qpos[:, 0])
    xhand.check_limits(after.qpos[:, 1:], tolerance=0.0)


@pytest.mark.slow
def test_several_hands_go_into_a_folder(xlvla: Command, motion: Path, space: Path, tmp_path: Path):
    done = xlvla(
        "retarget", motion, "--from", "inspire:right", "--to", "xhand:right", "--to",
        "paxini:right", "--out", tmp_path / "hands", "--space", space, "--json",
    )  # fmt: skip
    assert [fact["to"] for fact in json.loads(done.out)] == ["xhand:right", "paxini:right"]
    names = sorted(path.name for path in (tmp_path / "hands").iterdir())
    assert names == ["motion-paxini-right.npz", "motion-xhand-right.npz"]


def shifted(motion: Path, by: float) -> Path:
    """The same motion with its first hand joint that far below its lower limit in two rows."""
    recording = Recording.load(motion)
    qpos = recording.qpos.copy()
    qpos[3:5, 1] = registry().hand("inspire:right").limits.lower[0] - by
    replace(recording, qpos=qpos).save(motion)
    return motion


@pytest.mark.slow
def test_a_little_outside_is_clipped_and_said_in_one_line(
    xlvla: Command, motion: Path, space: Path, tmp_path: Path
):
    words = ("--from", "inspire:right", "--to", "xhand:right", "--to", "ability:right")
    done = xlvla(
        "retarget", shifted(motion, 0.004), *words, "--out", tmp_path / "o", "--space", space
    )
    joint = registry().hand("inspire:right").joints[0]
    assert done.err.count("\n") == 1
    assert f"qpos of '{joint}' was clipped to its limits in 2 rows, by 0.004" in done.err
    assert done.code == 0


def test_further_outside_is_refused_unless_asked_for(
    xlvla: Command, motion: Path, space: Path, tmp_path: Path
):
    out = tmp_path / "out.npz"
    words = ("--from", "inspire:right", "--to", "xhand:right", "--out", out, "--space", space)
    done = xlvla("retarget", shifted(motion, 0.1), *words)
    assert done.error.startswith("LimitViolation: ")
    assert "--clip" in done.error
    assert not out.exists()
    assert xlvla("retarget", motion, *words, "--clip").code == 0
    assert out.exists()


def test_methods_and_their_short_names(xlvla: Command, space: Path, tmp_path: Path):
    motion = tmp_path / "short.npz"
    waving("inspire:right", seconds=0.3).save(motion)
    words = ("--from", "inspire:right", "--to", "xhand:right", "--space", space)
    found = {}
    for name, choice in {
        "latent": ("--method", "latent"),
        "latent-only": ("--latent-only",),
        "refined": ("--method", "refined"),
        "plain": (),
    }.items():
        out = tmp_path / f"{name}.npz"
        done = xlvla("retarget", motion, *words, "--out", out, *choice)
        assert done.code == 0, done.err
        found[name] = Recording.load(out).qpos
    assert np.array_equal(found["latent"], found["latent-only"])
    assert np.array_equal(found["refined"], found["plain"])
    assert not np.array_equal(found["latent"], found["refined"])


def test_optimisation_needs_no_space(xlvla: Command, space: Path, tmp_path: Path):
    motion, out = tmp_path / "short.npz", tmp_path / "xhand.npz"
    waving("inspire:right", seconds=0.3).save(motion)
    words = ("--from", "inspire:right", "--to", "xhand:right", "--out", out)
    assert xlvla("retarget", motion, *words, "--method", "optimisation").code == 0
    xhand = registry().hand("xhand:right")
    xhand.check_limits(Recording.load(out).qpos[:, 1:], tolerance=0.0)
    again = (*words, "--method", "optimisation", "--space", space)
    assert "reads no latent space. Leave --space out." in xlvla("retarget", motion, *again).error


def test_two_methods_at_once_are_refused(xlvla: Command, motion: Path, tmp_path: Path):
    words = ("--from", "inspire:right", "--to", "xhand:right", "--out", tmp_path / "o.npz")
    done = xlvla("retarget", motion, *words, "--method", "latent", "--refine")
    assert "--method latent and --refine contradict each other" in done.error


def test_raw_joints_go_column_by_column(xlvla: Command, tmp_path: Path):
    motion, out = tmp_path / "short.npz", tmp_path / "xhand.npz"
    waving("inspire:right", seconds=0.3).save(motion)
    words = ("--from", "inspire:right", "--to", "xhand:right", "--out", out, "--layout", "raw-1")
    assert xlvla("retarget", motion, *words).code == 0
    inspire, xhand = (registry().hand(f"{name}:right") for name in ("inspire", "xhand"))
    after = Recording.load(out).qpos[:, 1:]
    parts = [
        (qpos - hand.limits.lower) / (hand.limits.upper - hand.limits.lower)
        for hand, qpos in ((inspire, Recording.load(motion).qpos[:, 1:]), (xhand, after))
    ]
    np.testing.assert_allclose(parts[1][:, :6], parts[0])
    np.testing.assert_allclose(parts[1][:, 6:], 0.5)
    assert "no latent to refine" in xlvla("retarget", motion, *words, "--refine").error
    assert "reads no latent space" in xlvla("retarget", motion, *words, "--space", "x").error
    unknown = (*words[:-1], "raw-9")
    assert "no layout is called 'raw-9'" in xlvla("retarget", motion, *unknown).error
