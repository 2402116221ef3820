"""A calibrated device is told and read in true angles; calibrating finds what its encoders do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small_hand import small_hand
from xlvla_sdk.drivers import Driver, Identity, JointState
from xlvla_sdk.drivers.calibrated import CalibratedDriver
from xlvla_sdk.drivers.calibrating import Guide, calibrate, joint_calibration
from xlvla_sdk.errors import DriverError, LimitViolation
from xlvla_sdk.specs import HandSpec, JointCalibration
from xlvla_sdk.testing import EmulatedJoints

FIVE_DEGREES = float(np.radians(5.0))


class Off(Driver):
    """A hand with mechanical stops at its limits, and encoders that may be off or count backwards."""

    def __init__(self, spec: HandSpec, offset=(0.0, 0.0), sign=(1, 1)) -> None:
        super().__init__(spec)
        self.offset, self.sign = np.array(offset), np.array(sign)
        self.joints = EmulatedJoints(*spec.limits, 5.0, np.zeros(2))
        self.time_s = 0.0
        self.told: list[np.ndarray] = []

    def identity(self) -> Identity:
        return Identity(serial="SN7")

    @property
    def true(self) -> np.ndarray:
        return self.joints.position(self.time_s)

    def read(self) -> JointState:
        return JointState(self.sign * (self.true - self.offset), velocity=np.ones(2))

    def command(self, qpos: np.ndarray) -> None:
        self.spec.check_limits(qpos, tolerance=1e-9)
        self.told.append(qpos)
        wanted = np.clip(self.sign * qpos + self.offset, *self.spec.limits)
        self.joints.command(wanted, self.time_s)

    def stop(self) -> None:
        self.joints.halt(self.time_s)


class Bench:
    """A hand that is off, and a person who sees where it truly goes."""

    def __init__(self, folder, offset=(0.0, 0.0), sign=(1, 1), sees: bool | None = None) -> None:
        hand = small_hand(folder)
        fist = {"thumb_yaw": 1.1, "index_bend": 1.4}
        self.hand = hand.model_copy(update={"postures": {"open": {}, "fist": fist}})
        self.device = Off(self.hand, offset, sign)
        self.sees = sees
        self.asked: list[str] = []
        self.said: list[str] = []

    def answer(self, question: str) -> bool:
        self.asked.append(question)
        if self.sees is not None:
            return self.sees
        at = next((n for n, j in enumerate(self.hand.joints) if j in question), None)
        if at is not None:
            return bool(self.device.true[at] > 0.5)
        posture = self.hand.posture("fist" if "fist" in question else "open")
        return bool(np.abs(self.device.true - posture).max() < 0.1)

    def wait(self) -> None:
        self.device.time_s += 0.02

    def calibrate(self) -> dict[str, JointCalibration]:
        guide = Guide(self.answer, self.said.append, self.wait, lambda: self.device.time_s)
        return calibrate(self.device, self.hand, guide)

    def reach(self, driver: Driver, qpos) -> np.ndarray:
        driver.command(np.array(qpos))
        self.device.time_s += 2.0
        return self.device.true


@pytest.mark.parametrize(
    ("offset", "sign"),
    [
        ((0.0, 0.0), (1, 1)),
        ((FIVE_DEGREES, 0.0), (1, 1)),
        ((0.0, -FIVE_DEGREES), (1, 1)),
        ((1.2, 0.0), (-1, 1)),
        ((FIVE_DEGREES, 1.5 - FIVE_DEGREES), (1, -1)),
        ((1.2 + FIVE_DEGREES, 1.5), (-1, -1)),
    ],
)
def test_an_offset_and_a_flipped_joint_are_found_and_undone(tmp_path, offset, sign):
    bench = Bench(tmp_path, offset, sign)
    found = bench.calibrate()
    for joint, true_offset, true_sign in zip(bench.hand.joints, offset, sign, strict=True):
        assert found[joint].sign == true_sign
        assert found[joint].offset == pytest.approx(true_offset, abs=0.01)
    driver = CalibratedDriver(bench.device, {"SN7": found})
    driver.open()
    np.testing.assert_allclose(bench.reach(driver, [0.5, 0.7]), [0.5, 0.7], atol=0.01)
    np.testing.assert_allclose(driver.read().qpos, [0.5, 0.7], atol=0.01)
    assert driver.read().velocity == pytest.approx(np.array(sign))
    assert not bench.device.joints.violations


def test_calibrating_is_slow_and_ends_open(tmp_path):
    bench = Bench(tmp_path)
    bench.calibrate()
    fastest = np.abs(np.diff(bench.device.told, axis=0)).max()
    assert fastest <= 0.15 * 5.0 * 0.02 + 1e-9
    np.testing.assert_allclose(bench.device.true, 0.0, atol=0.02)
    assert bench.asked == [
        "Did 'thumb_yaw' close?",
        "Did 'index_bend' close?",
        "Is it a fist?",
        "Is the hand open?",
    ]


def test_a_joint_that_does_not_move_is_named(tmp_path):
    bench = Bench(tmp_path)
    bench.device.joints.stuck = {1}
    with pytest.raises(DriverError, match=r"'index_bend' moved by 0 rad only"):
        bench.calibrate()


def test_a_calibration_that_makes_no_fist_is_refused(tmp_path):
    with pytest.raises(DriverError, match=r"did not make the posture 'fist'\. Nothing was saved"):
        Bench(tmp_path, sees=False).calibrate()


def test_what_a_joint_cannot_reach_is_its_end_and_is_told_once(tmp_path, caplog):
    bench = Bench(tmp_path, offset=(0.0, FIVE_DEGREES))
    driver = CalibratedDriver(bench.device, {})
    driver.use({"index_bend": JointCalibration(offset=FIVE_DEGREES, lower=FIVE_DEGREES, upper=1.5)})
    for _ in range(2):
        np.testing.assert_allclose(bench.reach(driver, [0.5, 0.0]), [0.5, FIVE_DEGREES], atol=1e-6)
    assert driver.unreached == 2
    assert [record.message for record in caplog.records] == [
        "small:right: 'index_bend' was found to reach [0.0873, 1.5] rad; it goes no further."
    ]


@pytest.mark.parametrize(
    ("serial", "said"),
    [
        ("SN7", "small:right: calibration of SN7 in use"),
        ("SN8", "small:right (SN7): not calibrated; there is one of SN8"),
    ],
)
def test_which_calibration_is_in_use_is_said(tmp_path, caplog, serial, said):
    caplog.set_level("INFO")
    driver = CalibratedDriver(Off(small_hand(tmp_path)), {serial: {}})
    driver.open()
    assert [record.message for record in caplog.records] == [said]
    assert driver.in_use == ("SN7" if serial == "SN7" else None)


def test_an_uncalibrated_device_is_told_and_read_as_it_is(tmp_path):
    bench = Bench(tmp_path)
    driver = CalibratedDriver(bench.device, {})
    np.testing.assert_allclose(bench.reach(driver, [1.2, 0.3]), [1.2, 0.3], atol=1e-6)
    np.testing.assert_array_equal(bench.device.told[-1], [1.2, 0.3])
    with pytest.raises(LimitViolation):
        bench.device.command(np.array([1.3, 0.3]))


@given(
    sign=st.sampled_from([1, -1]),
    offset=st.floats(-0.2, 0.2),
    lower=st.floats(-1.0, 0.5),
    width=st.floats(0.8, 2.5),
)
def test_sign_and_offset_follow_from_where_a_joint_meets_its_stops(sign, offset, lower, width):
    upper = lower + width
    true_offset = offset if sign > 0 else lower + upper + offset

    def reading(told: float) -> float:
        true = np.clip(sign * told + true_offset, lower, upper)
        return float(sign * (true - true_offset))

    found = joint_calibration(lower, upper, reading(lower), reading(upper), sign)
    error = abs(found.offset - true_offset)
    assert error <= 0.035 + 1e-4 if abs(offset) <= 0.035 else error <= 1e-4
    assert lower - 1e-4 <= found.lower < found.upper <= upper + 1e-4
