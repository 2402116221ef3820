"""Every arm stands somewhere and every hand is mounted somehow, or the key to write is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_hand import small_hand
from tests.specs.test_arm import arm
from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import BodySide, Embodiment, HandSpec, Pose, Side, Station, placed_sides

STANDS = {side: Pose(xyz=(0.0, y, 0.0)) for side, y in ((Side.RIGHT, -0.3), (Side.LEFT, 0.3))}
MOUNT = Pose(xyz=(0.0, 0.0, 0.02), rpy=(0.0, 0.0, 1.0))


def mounted(folder: Path, side: Side = Side.RIGHT) -> HandSpec:
    spec = small_hand(folder, side=side)
    fields = {name: getattr(spec, name) for name in HandSpec.model_fields}
    return HandSpec(**{**fields, "mounts": {"lifter": MOUNT}})


def robot(folder: Path, *sides: Side, **fields: object) -> Embodiment:
    def body(side: Side) -> BodySide:
        return BodySide(side=side, arm=arm(folder, **fields), hand=mounted(folder, side))

    return Embodiment(name="robot", sides=tuple(body(side) for side in sides))


def test_the_specs_say_where_a_robot_stands(tmp_path: Path):
    right, left = placed_sides(robot(tmp_path, *Side, stands=STANDS))
    assert (right.T_task_base[1, 3], left.T_task_base[1, 3]) == (-0.3, 0.3)
    assert right.T_flange_wrist is not None
    np.testing.assert_array_equal(right.T_flange_wrist, MOUNT.matrix)


@pytest.mark.parametrize("key", ["right", "lifter", "lifter:right"])
def test_a_station_goes_before_the_specs(tmp_path: Path, key: str):
    lab = Station(
        task_base={key: Pose(xyz=(1.0, 0.0, 0.0))},
        mounts={"lifter+small:right": Pose(xyz=(0.0, 0.5, 0.0))},
    )
    (placed,) = placed_sides(robot(tmp_path, Side.RIGHT, stands=STANDS), lab)
    assert placed.T_task_base[0, 3] == 1.0
    assert placed.T_flange_wrist is not None
    assert placed.T_flange_wrist[1, 3] == 0.5


def test_a_station_names_the_device_before_the_side(tmp_path: Path):
    said = {"right": Pose(xyz=(1.0, 0.0, 0.0)), "lifter:right": Pose(xyz=(2.0, 0.0, 0.0))}
    (placed,) = placed_sides(robot(tmp_path, Side.RIGHT), Station(task_base=said))
    assert placed.T_task_base[0, 3] == 2.0


def test_a_hand_alone_stands_where_the_station_says_or_at_the_origin(tmp_path: Path):
    hand = Embodiment(name="hand", sides=(BodySide(side=Side.RIGHT, hand=small_hand(tmp_path)),))
    assert np.array_equal(placed_sides(hand)[0].T_task_base, np.eye(4))
    lab = Station(task_base={"small:right": Pose(xyz=(0.0, 0.0, 0.2))})
    assert placed_sides(hand, lab)[0].T_task_base[2, 3] == 0.2
    assert placed_sides(hand)[0].T_flange_wrist is None


def test_an_arm_that_stands_nowhere_is_refused_with_the_key(tmp_path: Path):
    with pytest.raises(SpecError, match=r'\[task_base\] "lifter:right" = { xyz'):
        placed_sides(robot(tmp_path, Side.RIGHT))


def test_a_hand_without_a_mount_is_refused_with_the_key(tmp_path: Path):
    body = BodySide(side=Side.RIGHT, arm=arm(tmp_path, stands=STANDS), hand=small_hand(tmp_path))
    with pytest.raises(SpecError, match=r'small:right: .* \[mounts\] "lifter\+small:right" = '):
        placed_sides(Embodiment(name="robot", sides=(body,)))


def test_two_arms_in_one_place_are_refused(tmp_path: Path):
    with pytest.raises(SpecError, match="both arms stand in one place"):
        placed_sides(robot(tmp_path, *Side), Station(task_base={"lifter": Pose()}))
