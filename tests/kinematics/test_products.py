"""Thumb-to-finger vectors by products are those by walking the fingers, for any hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.random_hand import random_hand, random_qpos
from tests.registered import hands
from tests.small_hand import small_hand
from xlvla_sdk.kinematics import HandKinematics, hand_kinematics, shared_kinematics
from xlvla_sdk.kinematics.finger import Finger, Screw
from xlvla_sdk.kinematics.model import TipModel
from xlvla_sdk.kinematics.products import BLOCK, DEEPEST
from xlvla_sdk.specs import FINGERS, HandSpec


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


def expected_deltas(kinematics: HandKinematics, qpos: np.ndarray) -> np.ndarray:
    """Thumb minus finger of `tips`, zeros where there is no finger."""
    tips = dict(zip(kinematics.finger_names, kinematics.tips(qpos).swapaxes(0, 1), strict=True))
    none = np.zeros((len(qpos), 3))
    deltas = [tips["thumb"] - tips[f] if f in tips else none for f in FINGERS[1:]]
    return np.stack(deltas, axis=1)


@pytest.mark.parametrize("spec", hands(), ids=lambda spec: spec.id)
def test_registered_hands_agree_with_torch_and_with_tips(spec: HandSpec):
    kinematics = shared_kinematics(spec)
    qpos = random_qpos(spec, 1, 64)
    deltas = kinematics.deltas(qpos)
    model = TipModel(kinematics, torch.float64)
    expected = model.deltas(torch.from_numpy(qpos)) * model.has[1:, None]
    np.testing.assert_allclose(deltas, expected.numpy(), rtol=0, atol=1e-9)
    np.testing.assert_allclose(deltas, expected_deltas(kinematics, qpos), rtol=0, atol=1e-9)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_any_tree_agrees_with_its_tips(folder: Path, seed: int):
    spec = random_hand(folder, seed)
    kinematics = hand_kinematics(spec)
    qpos = random_qpos(spec, seed, 5)
    expected = expected_deltas(kinematics, qpos)
    np.testing.assert_allclose(kinematics.deltas(qpos), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("depth", [0, DEEPEST, DEEPEST + 1])
def test_a_finger_may_have_any_number_of_joints(depth: int, tmp_path: Path):
    rng = np.random.default_rng(depth)
    axes = rng.normal(size=(depth, 3))
    screws = tuple(
        Screw(index % 2, 1.0, 0.1 * index, index == 1, axis / np.linalg.norm(axis), 0.1 * axis)
        for index, axis in enumerate(axes)
    )
    kinematics = hand_kinematics(small_hand(tmp_path))
    long = Finger("thumb", screws, np.array([0.01, 0.02, 0.03]))
    kinematics = replace(kinematics, fingers=(long, *kinematics.fingers[1:]))
    qpos = rng.uniform(-1.0, 1.0, (7, 2))
    expected = expected_deltas(kinematics, qpos)
    np.testing.assert_allclose(kinematics.deltas(qpos), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3), (BLOCK + 1,)])
def test_every_batch_shape_is_taken_row_by_row(shape: tuple[int, ...], tmp_path: Path):
    kinematics = hand_kinematics(small_hand(tmp_path))
    qpos = np.random.default_rng(0).uniform(0.0, 1.0, (*shape, 2))
    deltas = kinematics.deltas(qpos)
    assert deltas.shape == (*shape, 4, 3)
    rows = [kinematics.deltas(row) for row in qpos.reshape(-1, 2)]
    np.testing.assert_allclose(deltas.reshape(-1, 4, 3), np.reshape(rows, (-1, 4, 3)), atol=1e-12)
