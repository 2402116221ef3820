"""The driver byte for byte, against what the maker's package 1.1.7 sends (frames of
jefferzn2001/XhandControl@f244afd) and answers built by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import pytest
from xlvla_xhand import hand
from xlvla_xhand.driver import FRESH_S, RECENT_S, XHandDriver
from xlvla_xhand.emulator import checksum

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address, Driver, Identity
from xlvla_sdk.errors import DriverError, LimitViolation
from xlvla_sdk.testing import Receive, ScriptedTransport, Send

SERIAL = b"XH1R0042"
STANDS = np.linspace(0.0, 0.11, 12)
HEAD = bytes.fromhex("55 AA FE 80 02 20 01")
READ_SILENT = Send("55 AA FE 80 15 04 00 CE 00 01 00 33 21")
SPEAK = Send("55 AA FE 80 16 03 00 CE 00 00 0E EF")
LOUD = bytes.fromhex("CE 00 01 00 00")
SILENT = bytes.fromhex("CE 00 01 00 01")


def sealed(begin: bytes) -> bytes:
    return begin + struct.pack("<H", checksum(begin))


def framed(command: int, data: bytes) -> bytes:
    return sealed(struct.pack("<BBBBBH", 0x55, 0xAA, 0x80, 0xFE, command, len(data)) + data)


def answer(command: int, data: bytes) -> Receive:
    return Receive(framed(command, data))


def told(positions: Sequence[float] | np.ndarray, kp: int = 100, torque: int = 300, mode: int = 3):
    joints = (
        struct.pack("<HhhhfHHQ", i, kp, 0, 0, position, torque, mode, 0)
        for i, position in enumerate(positions)
    )
    return Send(sealed(HEAD + b"".join(joints)))


LIMP = told([0.0] * 12, kp=0, torque=0, mode=0)


def state(positions: Sequence[float] | np.ndarray = STANDS, mode: int = 3) -> bytes:
    joints = (
        struct.pack("<BBfHHHHHHHHH", i, 0xFF, position, 7, mode, 30, 0, 0, 0, 0, 0, 0)
        for i, position in enumerate(positions)
    )
    return b"".join(joints) + bytes(5 * 384)


def measured(positions: Sequence[float] | np.ndarray = STANDS, mode: int = 3) -> Receive:
    return answer(0x02, state(positions, mode))


def greeting(side: bytes = b"R") -> list[Send | Receive]:
    about = struct.pack("<HH", 20, 33)
    return [
        READ_SILENT,
        answer(0x15, LOUD),
        Send(sealed(bytes.fromhex("55 AA FE 80 15 04 00") + about)),
        answer(0x15, about + side + SERIAL.ljust(32, b"\0")),
        Send(sealed(bytes.fromhex("55 AA FE 80 13 00 00"))),
        answer(0x13, b"1.2.3".ljust(16, b"\0")),
    ]


OPENING = [*greeting(), LIMP, measured(mode=0)]


def driver_on(
    script: ScriptedTransport, clock, options: dict[str, str] | None = None, side: Side = Side.RIGHT
) -> XHandDriver:
    address = Address("serial", "/dev/ttyUSB0", {"timeout": "0.02", **(options or {})})
    return XHandDriver(hand(side), address, script.connect, clock)


def play(clock, steps: Sequence[Send | Receive], **options: str):
    """A driver that opened, with what it is to send and receive next."""
    script = ScriptedTransport([*OPENING, *steps])
    driver = driver_on(script, clock, options)
    driver.open()
    return script, driver


def test_opening_asks_who_it_is_and_measures_without_power(clock):
    script, driver = play(clock, [])
    assert driver.identity() == Identity(side=Side.RIGHT, serial="XH1R0042", firmware="1.2.3")
    script.finish()


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_silent_hand_is_made_to_speak(clock, acknowledged: bool):
    """Whether writes are answered is not known, so both must do."""
    _, _, *rest = greeting()
    ack = [answer(0x16, bytes.fromhex("CE 00"))] if acknowledged else []
    steps = [READ_SILENT, answer(0x15, SILENT), SPEAK, READ_SILENT, *ack, answer(0x15, LOUD)]
    script = ScriptedTransport([*steps, *rest, LIMP, measured()])
    driver_on(script, clock).open()
    script.finish()


def test_a_hand_that_stays_silent_is_refused(clock):
    steps = [READ_SILENT, answer(0x15, SILENT), SPEAK, READ_SILENT, answer(0x15, SILENT)]
    script = ScriptedTransport(steps)
    with pytest.raises(DriverError, match=r"it stays silent.*Switch it off and on"):
        driver_on(script, clock).open()
    script.finish()
    assert script.closed == 1


def test_the_other_side_is_refused_and_both_are_named(clock):
    script = ScriptedTransport(greeting(b"L"))
    with pytest.raises(DriverError, match=r"a left hand.*XH1R0042.*not a right one.*xhand:left"):
        driver_on(script, clock).open()
    script.finish()
    assert script.closed == 1


def test_a_side_that_is_none_is_refused(clock):
    with pytest.raises(DriverError, match="its side is 'Q'"):
        driver_on(ScriptedTransport(greeting(b"Q")), clock).open()


def test_all_positions_0_is_the_packages_frame(clock):
    """The package's example: kp 100, torque 300, mode 3; sum 50 04."""
    script, driver = play(clock, [told([0.0] * 12), measured()])
    driver.command(np.zeros(12))
    sent = told([0.0] * 12).data
    assert isinstance(sent, bytes)
    assert sent[-2:].hex() == "5004"
    script.finish()


def test_gains_are_the_addresses(clock):
    script, driver = play(
        clock, [told([0.0] * 12, kp=40, torque=120), measured()], kp="40", torque="120"
    )
    driver.command(np.zeros(12))
    script.finish()


def test_limits_are_sent_as_numbers_within_them(clock):
    """1.919 in single precision is 1.9190001."""
    spec = hand(Side.RIGHT)
    lower, upper = spec.limits
    script, driver = play(clock, [])
    with pytest.MonkeyPatch.context() as patch:
        sent: list[bytes] = []
        patch.setattr(script, "write", sent.append)
        patch.setattr(script, "read", lambda wait_s: framed(0x02, state()) if wait_s else b"")
        for target in (lower, upper):
            driver.command(target)
    for frame in sent:
        positions = [struct.unpack_from("<f", frame, 7 + 24 * i + 8)[0] for i in range(12)]
        assert (positions >= lower).all()
        assert (positions <= upper).all()
        assert positions == pytest.approx(lower if frame is sent[0] else upper, abs=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1.95, -0.01])
def test_what_is_outside_the_limits_is_not_sent(clock, wrong: float):
    script, driver = play(clock, [])
    target = np.zeros(12)
    target[6] = wrong
    with pytest.raises(LimitViolation, match="right_hand_mid_joint1"):
        driver.command(target)
    script.finish()


def test_another_number_of_joints_is_not_sent(clock):
    script, driver = play(clock, [])
    with pytest.raises(DriverError, match="11 values, the hand 12 joints"):
        driver.command(np.zeros(11))
    script.finish()


def test_a_read_after_a_command_costs_no_frame(clock):
    script, driver = play(clock, [told([0.0] * 12), measured([0.05] * 12)])
    driver.command(np.zeros(12))
    clock.now += 0.9 * FRESH_S
    state = driver.read()
    assert state.qpos == pytest.approx(np.full(12, 0.05))
    assert state.time_s == 100.0
    script.finish()


def test_a_second_read_and_a_late_one_send_the_last_command_again(clock):
    again = [told([0.0] * 12), measured([0.04] * 12), told([0.0] * 12), measured([0.02] * 12)]
    script, driver = play(clock, [told([0.0] * 12), measured(), *again])
    driver.command(np.zeros(12))
    clock.now += 1.1 * FRESH_S
    assert driver.read().qpos[0] == pytest.approx(0.04)
    assert driver.read().qpos[0] == pytest.approx(0.02)
    script.finish()


def test_a_hand_that_was_only_read_is_read_without_power(clock):
    script, driver = play(clock, [LIMP, measured()])
    state = driver.read()
    assert state.qpos == pytest.approx(STANDS)
    assert state.temperature == pytest.approx(np.full(12, 30.0))
    assert state.torque is None  # counts are no newton metres
    assert driver.reply is not None
    assert driver.reply.torque.tolist() == [7] * 12
    script.finish()


def test_hold_is_the_measured_posture(clock):
    script, driver = play(clock, [LIMP, measured([0.03] * 12), told([0.03] * 12), measured()])
    driver.hold()
    script.finish()


def test_a_hand_opens_held_when_it_is_told_to(clock):
    steps = [*OPENING, LIMP, measured(), told(STANDS), measured()]
    script = ScriptedTransport(steps)
    driver_on(script, clock, {"open": "hold"}).open()
    script.finish()


def test_a_measured_posture_outside_the_limits_is_held_at_them(clock):
    beyond = np.full(12, 0.05)
    beyond[4] = -0.02
    kept = beyond.copy()
    kept[4] = 0.0
    script, driver = play(clock, [LIMP, measured(beyond), told(kept), measured()])
    driver.hold()
    script.finish()


def test_stop_holds_where_it_was_measured_and_then_where_it_is(clock):
    """The first frame goes out without waiting for anything."""
    steps = [told([0.0] * 12), measured([0.09] * 12)]
    stops = [told([0.09] * 12), measured([0.07] * 12), told([0.07] * 12), measured([0.07] * 12)]
    script, driver = play(clock, [*steps, *stops])
    driver.command(np.zeros(12))
    clock.now += 0.5 * RECENT_S
    driver.stop()
    script.finish()


def test_stop_after_a_pause_measures_first(clock):
    """Else the hand would go back to where it was when it was told last."""
    again = [told([0.0] * 12), measured([0.0] * 12)]
    stops = [told([0.0] * 12), measured([0.0] * 12)] * 2
    script, driver = play(clock, [told([0.0] * 12), measured(), *again, *stops])
    driver.command(np.zeros(12))
    clock.now += 2.0 * RECENT_S
    driver.stop()
    script.finish()


def test_stop_holds_although_the_first_command_was_interrupted(clock, monkeypatch):
    """Ctrl-C came between the command and its answer."""
    stops = [told(STANDS), measured()] * 2
    script, driver = play(clock, [told([0.0] * 12), *stops])
    with monkeypatch.context() as patch:

        def interrupted(wait_s: float) -> bytes:
            if wait_s:
                raise KeyboardInterrupt
            return b""

        patch.setattr(script, "read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            driver.command(np.zeros(12))
    driver.stop()
    script.finish()


def test_stop_twice_is_stop(clock):
    stops = [told([0.05] * 12), measured([0.05] * 12)] * 4
    script, driver = play(clock, [told([0.0] * 12), measured([0.05] * 12), *stops])
    driver.command(np.zeros(12))
    driver.stop()
    driver.stop()
    script.finish()


def test_stopping_a_hand_without_power_leaves_it_so(clock):
    script, driver = play(clock, [])
    driver.stop()
    script.finish()


def test_release_lets_go(clock):
    steps = [told([0.0] * 12), measured([0.0] * 12), LIMP, measured([0.0] * 12)]
    script, driver = play(clock, steps)
    driver.command(np.zeros(12))
    driver.release()
    driver.stop()
    script.finish()


@pytest.mark.parametrize("call", ["read", "hold", "release", "zero_touch"])
def test_a_driver_that_is_not_open_says_so(clock, call: str):
    driver = driver_on(ScriptedTransport([]), clock)
    with pytest.raises(DriverError, match="is not open"):
        getattr(driver, call)()
    with pytest.raises(DriverError, match="is not open"):
        driver.command(np.zeros(12))
    driver.close()
    driver.close()


def test_zeroing_touch_asks_every_fingertip(clock):
    wanted = [Send(sealed(bytes([0x55, 0xAA, 0xFE, at, 0x12, 0, 0]))) for at in range(0x11, 0x16)]
    script, driver = play(clock, wanted)
    driver.zero_touch()
    script.finish()


def test_a_state_of_another_length_is_an_error(clock):
    script, driver = play(clock, [LIMP, answer(0x02, bytes(288))])
    with pytest.raises(DriverError, match=r"xhand:right at /dev/ttyUSB0: its state has 288 bytes"):
        driver.read()
    script.finish()


def test_no_answer_says_what_to_check(clock):
    class Nobody(ScriptedTransport):
        def write(self, data: bytes) -> None:
            return

    with pytest.raises(DriverError, match=r"no reply to a read of whether it is silent.*EtherCAT"):
        driver_on(Nobody([]), clock).open()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("serial:/dev/ttyUSB0?id=126", "'id' is '126'. Give 0 to 125"),
        ("serial:/dev/ttyUSB0?kp=-1", "'kp' is '-1'"),
        ("serial:/dev/ttyUSB0?torque=65536", "Give 0 to 65535"),
        ("serial:/dev/ttyUSB0?open=stiff", "Give limp or hold"),
        ("serial:/dev/ttyUSB0?python=x", "no option 'python'"),
        ("serial:/dev/ttyUSB0?timeout=0", "'timeout'"),
        ("sdk:/dev/ttyUSB0?baud=3", "no option 'baud'"),
        ("modbus-tcp://1.2.3.4", "wire 'modbus-tcp' is not one of serial, sdk"),
    ],
)
def test_an_address_that_cannot_be_is_refused(right: HandSpec, address: str, message: str):
    with pytest.raises(DriverError, match=message):
        XHandDriver(right, Address.parse(address))


def test_no_address_is_refused(right: HandSpec):
    with pytest.raises(DriverError, match="needs an address"):
        XHandDriver(right)


def test_it_is_a_driver_of_every_joint(clock, right: HandSpec):
    driver: Driver = driver_on(ScriptedTransport([]), clock)
    assert driver.commanded == right.joints
    assert driver.identity() == Identity()
