"""The driver byte by byte, against scripts made by hand from the maker's frame and register tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from xlvla_inspire import hand
from xlvla_inspire.driver import InspireDriver
from xlvla_inspire.tactile_hand import tactile_hand

from xlvla_sdk import HandSpec, Side
from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError, LimitViolation
from xlvla_sdk.testing import Receive, ScriptedTransport, Send

RIGHT, TACTILE = hand(Side.RIGHT), tactile_hand(Side.RIGHT)
HERE = (0, 100, 200, 300, 400, 1000)
"""Counts of the little, ring, middle, index finger, the thumb's bend, its rotation."""
QPOS = [0.0, 0.36, 1.029, 1.176, 1.323, 1.47]
"""The same [rad], the thumb's rotation first: at 1000 is the lower limit."""
NO_ADDRESS, FACTORY = bytes(4), bytes([192, 168, 11, 210])


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause of this machine makes no reading stale."""
    monkeypatch.setattr("xlvla_inspire.driver.FRESH_S", 30.0)
    monkeypatch.setattr("xlvla_inspire.driver.WATCH_S", 30.0)


def framed(header: str, body: Sequence[int]) -> bytes:
    return bytes.fromhex(header) + bytes(body) + bytes([sum(body) % 256])


def place(address: int) -> tuple[int, int]:
    return address % 256, address // 256


def words(values: Sequence[int]) -> bytes:
    return b"".join(int(value).to_bytes(2, "little", signed=True) for value in values)


def asks(address: int, size: int) -> Send:
    return Send(framed("EB 90", [1, 4, 0x11, *place(address), size]))


def answers(address: int, data: bytes) -> Receive:
    return Receive(framed("90 EB", [1, 3 + len(data), 0x11, *place(address), *data]))


def reads(address: int, data: bytes) -> list[Send | Receive]:
    return [asks(address, len(data)), answers(address, data)]


def writes(address: int, data: bytes) -> list[Send | Receive]:
    said = Send(framed("EB 90", [1, 3 + len(data), 0x12, *place(address), *data]))
    return [said, Receive(framed("90 EB", [1, 4, 0x12, *place(address), 1]))]


def measured(
    angles: Sequence[int] = HERE,
    force: Sequence[int] = (0,) * 6,
    current: Sequence[int] = (0,) * 6,
    error: Sequence[int] = (0,) * 6,
    status: Sequence[int] = (2,) * 6,
    temperature: Sequence[int] = (30,) * 6,
) -> bytes:
    rest = bytes([*error, *status, *temperature])
    return words(angles) + bytes(24) + words(force) + words(current) + rest


def identified(network: bytes = NO_ADDRESS, force: int = 500) -> list[Send | Receive]:
    told = [] if network != NO_ADDRESS else reads(1044, words([force] * 6))
    return [*reads(1000, b"\1"), *reads(1700, network), *told]


def opening(network: bytes = NO_ADDRESS, state: bytes | None = None) -> list[Send | Receive]:
    return [*identified(network), *reads(1546, state or measured())]


def limiting(speed: int = 300, force: int = 300) -> list[Send | Receive]:
    return [*writes(1522, words([speed] * 6)), *writes(1498, words([force] * 6))]


def driver_on(script: ScriptedTransport, spec: HandSpec = RIGHT, **options: str) -> InspireDriver:
    options = {"timeout": "5", **options}
    return InspireDriver(spec, Address("serial", "/dev/none", options), script.connect)


def run(script: Sequence[Send | Receive], spec: HandSpec = RIGHT, **options: str) -> InspireDriver:
    """Opens and closes without a stop; the whole script must happen."""
    transport = ScriptedTransport(script)
    with transport:
        driver = driver_on(transport, spec, **options)
        driver.open()
        driver.close()
    return driver


def test_opening_checks_the_model_and_writes_nothing():
    assert run(opening()).identity().model == "RH56DFX or RH56DFQ"


@pytest.mark.parametrize(
    ("spec", "network", "force"), [(RIGHT, NO_ADDRESS, 800), (TACTILE, FACTORY, 3000)]
)
def test_speed_and_force_are_options_set_by_the_first_command(spec, network, force):
    told = writes(1486, words([1000] * 6))
    script = ScriptedTransport([*opening(network), *limiting(1000, force), *told, *told])
    with script:
        driver = driver_on(script, spec, speed="1000", force=str(force))
        driver.open()
        driver.command(spec.limits[0])
        driver.command(spec.limits[0])
        driver.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"speed": "0"}, "'speed' is '0'. Give 1 to 1000"),
        ({"force": "1001"}, "'force' is '1001'. Give 0 to 1000"),
        ({"id": "255"}, "'id' is '255'. Give 1 to 254"),
        ({"touch": "1"}, "no option 'touch'"),
        ({"model": "egt"}, "'model' is 'egt'"),
        ({"timeout": "0"}, "Give seconds, above zero"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, str], said: str):
    with pytest.raises(DriverError, match=said):
        driver_on(ScriptedTransport([]), RIGHT, **options).open()


def test_a_driver_without_an_address_says_what_to_write():
    with pytest.raises(DriverError, match="serial:/dev/ttyUSB0"):
        InspireDriver(RIGHT)


def test_a_wire_the_hand_does_not_have_is_refused():
    with pytest.raises(DriverError, match="'can' is not one of serial, modbus-rtu, modbus-tcp"):
        InspireDriver(RIGHT, Address("can", "can0")).open()


def test_a_tactile_hand_is_refused_by_the_plain_device():
    with pytest.raises(DriverError, match=r"RH56DFTP.*192\.168\.11\.210.*inspire_ftp:right"):
        run(identified(FACTORY))
    with pytest.raises(DriverError, match=r"force limit of 3000 g"):
        run(identified(force=3000))


def test_a_plain_hand_is_refused_by_the_tactile_device():
    with pytest.raises(DriverError, match=r"RH56DFX or RH56DFQ, not a RH56DFTP.*inspire:right"):
        run(identified(), TACTILE)


def test_the_user_may_know_better():
    assert run(opening(FACTORY), model="dfx").identity().model == "RH56DFX or RH56DFQ"
    assert run(opening(), TACTILE, model="ftp").identity().model == "RH56DFTP"


def test_a_hand_without_the_telling_registers_is_a_plain_one():
    silent = [asks(1700, 4), asks(1700, 4), asks(1700, 4), *reads(1000, b"\1")]
    silent += [asks(1044, 12), asks(1044, 12), asks(1044, 12), *reads(1000, b"\1")]
    rest = reads(1546, measured())
    run([*reads(1000, b"\1"), *silent, *rest], timeout="0.001")


def test_a_line_that_dies_while_opening_is_an_error_and_no_plain_hand():
    silent = [*reads(1000, b"\1"), *([asks(1700, 4)] * 3), *([asks(1000, 1)] * 3)]
    with pytest.raises(DriverError, match="no reply to a read of the hand's id"):
        run(silent, timeout="0.001")


def test_a_hand_that_does_not_read_over_gaps_is_read_in_two_parts():
    whole = measured(force=[100] * 6)
    apart = [*reads(1546, whole[:12]), *reads(1582, whole[36:])]
    script = ScriptedTransport([*identified(), *([asks(1546, 78)] * 3), *apart, *apart])
    with script:
        driver = driver_on(script, timeout="0.001")
        driver.open()
        state = driver.read()
        driver.close()
    assert state.qpos == pytest.approx(QPOS)
    assert state.force == pytest.approx([0.980665] * 6)


def test_everything_is_read_in_si_and_in_the_order_of_the_spec():
    data = measured(
        force=(0, 0, 0, 0, -100, 400),
        current=(0, 0, 0, 0, 10, 1500),
        temperature=(20, 21, 22, 23, 24, 25),
    )
    script = ScriptedTransport([*opening(), *reads(1546, data)])
    with script:
        driver = driver_on(script)
        driver.open()
        state = driver.read()
        driver.close()
    assert state.qpos == pytest.approx(QPOS)
    assert state.force == pytest.approx([3.92266, -0.980665, 0, 0, 0, 0])
    assert state.current == pytest.approx([1.5, 0.01, 0, 0, 0, 0])
    assert state.temperature == pytest.approx([25, 24, 23, 22, 21, 20])
    assert state.faults == ()
    assert state.time_s is not None


def test_faults_are_told_in_words_by_joint():
    data = measured(error=(1, 0, 0, 0, 0b110, 0x20), status=(6, 5, 255, 3, 7, 7))
    script = ScriptedTransport([*opening(), *reads(1546, data)])
    with script:
        driver = driver_on(script)
        driver.open()
        state = driver.read()
        activity = driver.activity
        driver.close()
    assert state.faults == (
        "thumb_proximal_yaw_joint: error bits 0x20, which the manual does not have",
        "thumb_proximal_pitch_joint: too hot",
        "thumb_proximal_pitch_joint: its current is too high",
        "middle_proximal_joint: in error",
        "ring_proximal_joint: stopped by its current limit",
        "pinky_proximal_joint: stalled",
    )
    assert activity["index_proximal_joint"] == "stopped by its force limit"


def test_errors_are_cleared_when_asked_for_only(caplog: pytest.LogCaptureFixture):
    wrong = measured(error=(1, 0, 0, 0, 0, 0))
    run(opening(state=wrong))
    assert "pinky_proximal_joint: stalled. Add clear=1" in caplog.text
    cleared = [*identified(), *reads(1546, wrong), *writes(1004, b"\1"), *reads(1546, measured())]
    run(cleared, clear="1")
    assert "cleared: pinky_proximal_joint: stalled" in caplog.text


def test_a_command_is_one_write_in_the_hands_order():
    script = ScriptedTransport(
        [*opening(), *limiting(), *writes(1486, words([1000, 0, 500, 750, 1000, 250]))]
    )
    with script:
        driver = driver_on(script)
        driver.open()
        driver.command(np.array([0.75 * 1.308, 0.0, 0.3675, 0.735, 1.47, 0.0]))
        driver.close()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.001, 1.472])
def test_what_is_outside_the_limits_is_not_sent(wrong: float):
    script = ScriptedTransport(opening())
    with script:
        driver = driver_on(script)
        driver.open()
        qpos = np.zeros(6)
        qpos[2] = wrong
        with pytest.raises(LimitViolation, match=r"'index_proximal_joint'.*Nothing was sent"):
            driver.command(qpos)
        with pytest.raises(DriverError, match="5 values, the hand 6"):
            driver.command(np.zeros(5))
        driver.close()


def test_what_rounding_leaves_beyond_a_limit_is_at_it():
    script = ScriptedTransport(
        [*opening(), *limiting(), *writes(1486, words([1000] * 3 + [0] + [1000] * 2))]
    )
    with script:
        driver = driver_on(script)
        driver.open()
        driver.command(np.array([0, 0, RIGHT.limits.upper[2] + 5e-7, 0, 0, -5e-7]))
        driver.close()


def test_stop_sends_what_is_known_first_and_then_measures():
    there = (10, 110, 210, 310, 410, 990)
    held = [*reads(1546, measured()), *writes(1486, words(HERE))]
    script = [*opening(), *held, *writes(1486, words(HERE))]
    script += [*reads(1546, measured(there)), *writes(1486, words(there))]
    with ScriptedTransport(script) as transport:
        driver = driver_on(transport)
        driver.open()
        driver.hold()
        driver.stop()
        driver.close()


def test_stop_measures_first_when_what_is_known_is_old(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xlvla_inspire.driver.FRESH_S", -1.0)
    held = [*reads(1546, measured()), *writes(1486, words(HERE))]
    with ScriptedTransport([*opening(), *held, *held]) as transport:
        driver = driver_on(transport)
        driver.open()
        driver.hold()
        driver.stop()
        driver.close()


def test_a_joint_beyond_its_end_is_held_at_its_end():
    beyond = (-12, 0, 1003, 500, 500, 500)
    script = [*opening(), *reads(1546, measured(beyond))]
    script += writes(1486, words([0, 0, 1000, 500, 500, 500]))
    with ScriptedTransport(script) as transport:
        driver = driver_on(transport)
        driver.open()
        driver.hold()
        driver.close()


def test_a_closed_driver_stops_in_silence_and_reads_nothing():
    driver = driver_on(ScriptedTransport([]))
    driver.stop()
    driver.close()
    for call in (
        driver.read,
        driver.hold,
        lambda: driver.command(np.zeros(6)),
        lambda: driver.link,
    ):
        with pytest.raises(DriverError, match="is not open"):
            call()


def test_an_answer_of_another_register_is_not_taken():
    stale = [asks(1546, 78), answers(1548, measured()), answers(1546, measured()[:-2])]
    script = ScriptedTransport([*opening(), *stale, answers(1546, measured())])
    with script:
        driver = driver_on(script)
        driver.open()
        assert driver.read().qpos == pytest.approx(QPOS)
        assert driver.link.counts.refused == 2
        driver.close()


def test_a_line_without_an_answer_says_what_to_check():
    with pytest.raises(DriverError, match=r"inspire:right on script: no reply.*24 V.*id is 1"):
        run([asks(1000, 1)] * 3, timeout="0.001")
