"""The reference reads URDFs; what else it would load stays out."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.small_hand import small_hand
from xlvla_sdk.kinematics import hand_kinematics, reference
from xlvla_sdk.specs import HandSpec


def test_mujoco_is_not_loaded_before_its_opengl_platform_is_chosen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, "mujoco", raising=False)
    with reference.without_mujoco(), pytest.raises(ImportError):
        importlib.import_module("mujoco")
    assert "mujoco" not in sys.modules


def test_mujoco_that_is_there_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "mujoco", sys)
    with reference.without_mujoco():
        assert sys.modules["mujoco"] is sys
    assert sys.modules["mujoco"] is sys


def test_a_urdf_is_compared_whatever_it_leaves_out_that_kinematics_does_not_need(tmp_path: Path):
    """A <limit> needs no velocity or effort; a mesh may be away, a material unknown."""
    spec = small_hand(tmp_path)
    urdf = Path(str(spec.urdf))
    text = re.sub(r' (velocity|effort)="[^"]*"', "", urdf.read_text())
    odd = '<visual><geometry><mesh filename="away.dae"/></geometry><material name="?"/></visual>'
    urdf.write_text(text.replace('<link name="palm"/>', f'<link name="palm">{odd}</link>'))
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    bare = HandSpec(**{**fields, "velocity": 5.0})
    reference.check_against_reference(bare, hand_kinematics(bare))
    qpos = np.array([[0.3, 0.4]])
    np.testing.assert_allclose(
        reference.reference_tips(bare, qpos), hand_kinematics(bare).tips(qpos), atol=1e-6
    )
