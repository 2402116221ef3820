"""The verbs that train: a space from nothing, a hand that no plugin has, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command, waving
from tests.small_hand import small_urdf
from xlvla_sdk.codec import load_space
from xlvla_sdk.messages import Recording
from xlvla_sdk.registry import registry

pytestmark = pytest.mark.slow


@pytest.fixture
def trained(xlvla: Command, tmp_path: Path) -> Path:
    """A space of two hands, hardly trained."""
    words = ("inspire:right", "ability:right", "--name", "two-1", "--steps", "5")
    done = xlvla("pretrain", *words, "--out", tmp_path / "spaces", "--json")
    assert done.code == 0, done.err
    path = Path(json.loads(done.out)["path"])
    assert path.with_suffix(".json").is_file()
    return path


def test_a_space_is_trained_and_measured(xlvla: Command, trained: Path):
    facts = json.loads(xlvla("eval", "--space", trained, "--json").out)
    assert facts["hands"] == ["inspire:right", "ability:right"]
    assert set(facts["sets"]) == {"RT", "CP"}
    assert load_space(str(trained)).card["measures"]["sets"] == facts["sets"]


@pytest.mark.timeout(600)
def test_a_hand_without_a_plugin_joins_and_moves(
    xlvla: Command, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("XLVLA_TRAIN")
    urdf = tmp_path / "small.urdf"
    urdf.write_text(small_urdf())
    words = ("--urdf", urdf, "--side", "right", "--name", "small", "--velocity", "5")
    tips = ("--tip", "thumb=thumb_tip", "--tip", "index=index_tip")
    done = xlvla("onboard", *words, *tips, "--accept", "--space", trained, "--json")
    assert done.code == 0, done.err
    assert "small:right is kept in" in done.err
    assert json.loads(done.out)["hand"] == "small:right"

    registry.cache_clear()
    motion, out = tmp_path / "motion.npz", tmp_path / "small.npz"
    waving("inspire:right").save(motion)
    hands = ("--from", "inspire:right", "--to", "small:right", "--out", out, "--space", trained)
    assert xlvla("retarget", motion, *hands).code == 0
    assert Recording.load(out).joint_names == ("arm_joint", "thumb_yaw", "index_bend")
    ran = xlvla(
        "run", "small:right", "--policy", f"replay:{out}", "--sim-clock", "--space", trained
    )
    assert ran.code == 0, ran.err
    registry.cache_clear()


@pytest.mark.parametrize("method", ["lad", "vq"])
@pytest.mark.timeout(600)
def test_a_space_to_compare_with_is_used_like_any_other(
    xlvla: Command, tmp_path: Path, motion: Path, method: str
):
    words = ("inspire:right", "xhand:right", "--name", "other-1", "--steps", "4")
    done = xlvla("pretrain", *words, "--method", method, "--out", tmp_path, "--json")
    assert done.code == 0, done.err
    space, out = tmp_path / "other-1.safetensors", tmp_path / "xhand.npz"
    hands = ("--from", "inspire:right", "--to", "xhand:right", "--out", out, "--space", space)
    assert xlvla("retarget", motion, *hands, "--method", "latent").code == 0
    played = ("--policy", f"replay:{motion}", "--sim-clock", "--space", space, "--json")
    assert json.loads(xlvla("run", "xhand:right", *played).out)["final"] is True
