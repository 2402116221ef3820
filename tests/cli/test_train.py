from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.learning.blobs import blobs
from tests.learning.demonstrations import reaches


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return reaches(tmp_path / "reaches", episodes=1).root


def test_a_policy_is_trained_and_refused_by_other_rows(
    xlvla: Command, dataset: Path, tmp_path: Path
):
    out = tmp_path / "policy"
    words = ("train", dataset, "--out", out, "--layout", "xl-1", "--steps", 2, "--batch", 2)
    done = xlvla(*words)
    assert done.out.startswith(f"{out}: state; xl-1 in toy@00000000, loss ")
    assert {path.name for path in out.iterdir()} >= {"policy.json", "policy.safetensors"}
    assert xlvla(*words).out == done.out  # nothing was left to do
    asked = ("evaluate", "xarm7+xhand:right", "--task", "push-cans", "--policy", out, "--seeds", 1)
    refused = xlvla(*asked, "--layout", "raw-1").error
    assert refused.startswith("PolicyError: policy of policy speaks other rows")
    assert "layout xl-1 there, raw-1 here" in refused


def test_a_policy_that_sees_by_pictures_is_trained(xlvla: Command, tmp_path: Path):
    dataset, out = blobs(tmp_path / "blobs", episodes=1).root, tmp_path / "policy"
    words = ("train", dataset, "--out", out, "--variant", "image", "--size", 16, "--steps", 1)
    done = xlvla(*words, "--batch", 2, "--cameras", "front")
    nothing = "image, finds nothing: the dataset does not say where things are"
    assert done.out.startswith(f"{out}: {nothing}; xl-1 in toy@00000000, loss ")
    assert "has no pictures of 'side'" in xlvla(*words, "--cameras", "side").error


def test_it_is_said_what_a_policy_finds_in_pictures(xlvla: Command, tmp_path: Path):
    things = ("red blob", "ball")
    dataset, out = blobs(tmp_path / "d", episodes=2, things=things).root, tmp_path / "policy"
    words = ("train", dataset, "--out", out, "--variant", "image", "--size", 16, "--steps", 1)
    assert xlvla(*words).out.startswith(f"{out}: image, finds red blob, ball; xl-1 in")


def test_a_dataset_without_pictures_is_refused(xlvla: Command, dataset: Path, tmp_path: Path):
    said = xlvla("train", dataset, "--out", tmp_path / "policy", "--variant", "image").error
    assert "has no pictures" in said
    assert "xlvla data render" in said


def test_another_layout_is_refused(xlvla: Command, dataset: Path, tmp_path: Path):
    said = xlvla("train", dataset, "--out", tmp_path / "policy", "--layout", "raw-1").error
    assert said.startswith(
        f"CodecMismatch: {dataset}: its rows are in layout xl-1, wanted is raw-1"
    )


def test_a_folder_without_a_policy_is_not_served(xlvla: Command, tmp_path: Path):
    assert "holds no policy" in xlvla("serve", "--policy", tmp_path).error
