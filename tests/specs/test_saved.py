"""A hand is kept whole or not at all, and what was changed since is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.small_hand import small_hand, small_urdf
from xlvla_sdk.errors import SpecError
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.specs import HandSpec, Pose
from xlvla_sdk.specs.saved import CARD, load_hand, save_hand


def changed(spec: HandSpec, **fields: Any) -> HandSpec:
    return HandSpec(**{**{name: getattr(spec, name) for name in HandSpec.model_fields}, **fields})


def test_a_hand_comes_back_as_it_was_kept(tmp_path: Path):
    mounts = {"lifter": Pose(xyz=(0.0, 0.0, 0.1))}
    spec = changed(small_hand(tmp_path), palm_rpy=(0.0, 0.1, 0.0), mounts=mounts)
    again = load_hand(save_hand(spec))
    assert hand_kinematics(again).difference(hand_kinematics(spec)) is None
    assert np.array_equal(again.posture("bent"), spec.posture("bent"))
    assert (again.id, again.source, again.velocity) == (spec.id, spec.source, spec.velocity)
    assert again.mounts == mounts


def test_keeping_a_changed_hand_replaces_the_old_one(tmp_path: Path):
    spec = small_hand(tmp_path)
    folder = save_hand(spec)
    Path(str(spec.urdf)).write_text(small_urdf().replace('upper="1.2"', 'upper="1.1"'))
    save_hand(changed(spec))
    assert load_hand(folder).limits.upper[0] == 1.1
    assert len(list(folder.iterdir())) == 2


def test_meshes_are_left_out_of_the_copy(tmp_path: Path):
    spec = small_hand(tmp_path)
    mesh = '<visual><geometry><mesh filename="palm.stl"/></geometry></visual>'
    text = small_urdf().replace('<link name="palm"/>', f'<link name="palm">{mesh}</link>')
    Path(str(spec.urdf)).write_text(text)
    kept = load_hand(save_hand(changed(spec)))
    assert changed(spec).model.missing_meshes() == ("palm.stl",)
    assert kept.model.missing_meshes() == ()


def test_a_failing_write_leaves_the_kept_hand_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    spec = small_hand(tmp_path)
    folder = save_hand(spec)

    def full(*given: object, **how: object) -> None:
        raise OSError("no space left")

    Path(str(spec.urdf)).write_text(small_urdf().replace('upper="1.2"', 'upper="1.1"'))
    monkeypatch.setattr(json, "dumps", full)
    with pytest.raises(OSError, match="no space"):
        save_hand(changed(spec))
    assert load_hand(folder).limits.upper[0] == 1.2


@pytest.mark.parametrize("damage", ["", "{", "{}", '{"format": 2}', "[]"])
def test_a_damaged_card_is_refused(tmp_path: Path, damage: str):
    folder = save_hand(small_hand(tmp_path))
    (folder / CARD).write_text(damage)
    with pytest.raises(SpecError, match="Keep the hand again"):
        load_hand(folder)


def test_a_changed_or_missing_urdf_is_refused(tmp_path: Path):
    folder = save_hand(small_hand(tmp_path))
    (urdf,) = folder.glob("*.urdf")
    urdf.write_text(urdf.read_text().replace("1.2", "1.3"))
    with pytest.raises(SpecError, match="was changed after the hand was kept"):
        load_hand(folder)
    urdf.unlink()
    with pytest.raises(SpecError, match="cannot be read"):
        load_hand(folder)
