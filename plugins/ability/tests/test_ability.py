"""The Ability Hand: against the fact sheet, and against the file its numbers are from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from xlvla_ability import hand, xlvla_register_devices

from xlvla_sdk import ArmSpec, HandSpec, Side
from xlvla_sdk.drivers import Driver
from xlvla_sdk.kinematics import hand_kinematics, link_pose, shared_kinematics
from xlvla_sdk.specs import load_urdf
from xlvla_sdk.testing import Emulator

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
SOURCE = "hardware/urdf/ability/dexlatent/ability_hand_{side}.urdf"
SIDES = pytest.mark.parametrize("side", list(Side))
MASS = 0.48655  # [kg], the maker's MuJoCo model
# Limits of the file the check values were computed from; the hardware's are narrower.
SOURCE_LOWER = np.array([-2.0943951, 0.0, 0.0, 0.0, 0.0, 0.0])
SOURCE_UPPER = np.array([0.0, 2.0943951, 2.0943951, 2.0943951, 2.0943951, 2.0943951])
# Tips [m] of the right hand, thumb first, computed from DexLatent 502750d.
TIPS_AT_ZERO = [
    (-0.009690, 0.112958, 0.070542),
    (-0.012326, 0.030266, 0.173142),
    (-0.014508, 0.007446, 0.176366),
    (-0.013350, -0.015929, 0.173901),
    (-0.010166, -0.034317, 0.167966),
]
# The same with every joint that fraction of the way from its lower limit to its upper.
CHECK_VALUES = {
    0.25: [
        (0.080797, 0.021376, 0.091854),
        (0.040006, 0.023226, 0.147842),
        (0.038134, 0.005506, 0.150808),
        (0.039294, -0.012613, 0.148488),
        (0.042261, -0.027917, 0.142695),
    ],
    0.5: [
        (0.049805, 0.035028, 0.110457),
        (0.050983, 0.020568, 0.096218),
        (0.049126, 0.005762, 0.099119),
        (0.050265, -0.009484, 0.096888),
        (0.053224, -0.024692, 0.091100),
    ],
    1.0: [
        (0.019555, 0.002851, 0.092087),
        (-0.010491, 0.027412, 0.070035),
        (-0.012773, 0.008840, 0.073228),
        (-0.011663, -0.010442, 0.070899),
        (-0.008405, -0.029939, 0.064911),
    ],
}


def shared(relative: str) -> Path:
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"needs {relative} of the shared data, which lies beside the checkout")
    return path


def random_postures(spec: HandSpec, count: int) -> np.ndarray:
    lower, upper = spec.limits
    return np.random.default_rng(7).uniform(lower, upper, (count, len(lower)))


def tips_in(urdf: Path, spec: HandSpec, qpos: np.ndarray) -> np.ndarray:
    model = load_urdf(urdf)
    poses = [
        link_pose(model, spec.joints, qpos, model.root, link) for link in spec.tip_links.values()
    ]
    return np.stack([pose[..., :3, 3] for pose in poses], axis=-2)


def test_tips_at_zero_are_where_the_sheet_says() -> None:
    tips = hand_kinematics(hand(Side.RIGHT)).tips(np.zeros(6))
    np.testing.assert_allclose(tips, TIPS_AT_ZERO, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("fraction", "expected"), CHECK_VALUES.items())
def test_tips_agree_with_the_check_values(fraction: float, expected: list) -> None:
    qpos = SOURCE_LOWER + fraction * (SOURCE_UPPER - SOURCE_LOWER)
    tips = hand_kinematics(hand(Side.RIGHT)).tips(qpos)
    np.testing.assert_allclose(tips, expected, rtol=0, atol=1e-6)


@SIDES
def test_travel_is_the_hundred_degrees_the_hardware_accepts(side: Side) -> None:
    """ICD 1.8: 0 to 100 degrees for fingers and thumb flexor, 0 to -100 for the rotator."""
    lower, upper = np.degrees(hand(side).limits)
    np.testing.assert_allclose(lower, [-100, 0, 0, 0, 0, 0], rtol=0, atol=1e-6)
    np.testing.assert_allclose(upper, [0, 100, 100, 100, 100, 100], rtol=0, atol=1e-6)


@SIDES
def test_a_thousand_random_postures_agree_with_the_source(side: Side) -> None:
    spec = hand(side)
    qpos = random_postures(spec, 1000)
    theirs = tips_in(shared(SOURCE.format(side=side)), spec, qpos)
    assert np.linalg.norm(hand_kinematics(spec).tips(qpos) - theirs, axis=-1).max() < 1e-5  # [m]


@SIDES
def test_masses_sum_to_the_sources(side: Side) -> None:
    inertials = [link.inertial for link in hand(side).model.links.values()]
    total = sum(inertial.mass for inertial in inertials if inertial is not None)
    assert total == pytest.approx(MASS, abs=1e-4)  # [kg]


def test_left_mirrors_right() -> None:
    right, left = hand(Side.RIGHT), hand(Side.LEFT)
    qpos = random_postures(right, 1000)
    apart = shared_kinematics(right).tips(qpos) - shared_kinematics(left).tips(qpos)
    assert np.linalg.norm(apart, axis=-1).max() < 1e-5  # [m]


def test_both_sides_are_registered_with_driver_and_emulator() -> None:
    offered: list[str] = []

    def register(spec: HandSpec | ArmSpec, **wires: Mapping[str, str] | None) -> None:
        offered.append(spec.id)
        for what, kind in (("drivers", Driver), ("emulators", Emulator)):
            module, _, name = (wires[what] or {})["serial"].partition(":")
            assert issubclass(getattr(import_module(module), name), kind)

    xlvla_register_devices(register)
    assert offered == ["ability:right", "ability:left"]


def test_the_plugin_loads_no_serial_library_before_a_driver_is_asked_for() -> None:
    code = "import sys, xlvla_ability; print('serial' in sys.modules, 'torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]
