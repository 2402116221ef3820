"""The Ability Hand's driver, byte by byte against a script.

Requests are the maker's frames (see test_ability_frames.py) or made the same way by hand.
"""

from __future__ import annotations

import numpy as np
import pytest
from xlvla_ability import hand
from xlvla_ability.driver import AbilityDriver

from xlvla_sdk import Side
from xlvla_sdk.drivers import Address
from xlvla_sdk.errors import DriverError, LimitViolation
from xlvla_sdk.testing import Receive, ScriptedTransport, Send

RIGHT = hand(Side.RIGHT)
CONNECTION_TEST = "7E 50 A2 0E 7E"
READ = {1: "7E 50 A0 10 7E", 2: "7E 50 A1 0F 7E", 3: CONNECTION_TEST}
LEAVE = "7E 50 7C 34 7E"
HERE = (2184, 2184, 2184, 2184, 2184, -2184)  # [counts], ten degrees
THERE = (3276, 6553, 9830, 13106, 4368, -13106)
TOLD_THERE = "7E 50 10 CC 0C 99 19 66 26 32 33 10 11 CE CC 6A 7E"
ALL_ZERO = "7E 50 10 00 00 00 00 00 00 00 00 00 00 00 00 A0 7E"
QPOS_THERE = np.radians([-60, 20, 15, 30, 45, 60])


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause of this machine ends no session and makes no reply stale."""
    monkeypatch.setattr("xlvla_ability.driver.API_S", 30.0)
    monkeypatch.setattr("xlvla_ability.driver.FRESH_S", 30.0)


def stuffed(body: bytes) -> bytes:
    """A frame around a body: its sum, escapes and flags."""
    body += bytes([-sum(body) & 0xFF])
    return b"\x7e" + body.replace(b"}", b"}]").replace(b"~", b"}^") + b"\x7e"


def words(values) -> bytes:
    return b"".join(int(value).to_bytes(2, "little", signed=True) for value in values)


def state(
    variant: int = 1, where=HERE, second=(0,) * 6, rotors=(0,) * 6, touch=b"", status: int = 0
) -> bytes:
    """A reply as the ICD lays it out, tables 17 and 18."""
    pairs = words(value for pair in zip(where, second, strict=True) for value in pair)
    rest = words(rotors) if variant == 3 else touch.ljust(45, b"\x14")
    return stuffed(bytes([0x10 + variant - 1]) + pairs + rest + bytes([status]))


def told(counts, reply: int = 1) -> bytes:
    return stuffed(bytes([0x50, 0x10 + reply - 1]) + words(counts))


def opening(reply: int = 1) -> list[Send | Receive]:
    return [
        Send(CONNECTION_TEST),
        Receive(state(3)),
        Send(READ[reply]),
        Receive(state(reply)),
    ]


def beginning(reply: int = 1) -> list[Send | Receive]:
    """A session starts where the hand stands."""
    return [
        Send(READ[reply]),
        Receive(state(reply)),
        Send(told(HERE, reply)),
        Receive(state(reply)),
    ]


def driver_on(script: ScriptedTransport, **options: str) -> AbilityDriver:
    options = {"timeout": "5", **options}
    return AbilityDriver(RIGHT, Address("serial", "/dev/none", options), script.connect)


def test_opening_reads_and_nothing_else_and_so_does_leaving():
    with ScriptedTransport(opening()) as script:
        with driver_on(script):
            pass
        assert script.closed == 1


def test_the_first_target_comes_after_the_measured_posture():
    script = [*opening(), *beginning(), Send(TOLD_THERE), Receive(state(where=THERE))]
    with ScriptedTransport(script) as line:
        driver = driver_on(line)
        driver.open()
        driver.command(QPOS_THERE)


def test_a_cycle_is_one_exchange_once_and_the_next_reading_asks():
    script = [
        *opening(),
        *beginning(),
        Send(TOLD_THERE),
        Receive(state(where=THERE)),
        Send(READ[1]),
        Receive(state(where=HERE)),
    ]
    with ScriptedTransport(script) as line:
        driver = driver_on(line)
        driver.open()
        driver.command(QPOS_THERE)
        assert driver.read().qpos == pytest.approx(QPOS_THERE, abs=1e-4)
        assert driver.read().qpos == pytest.approx(np.radians([-10, 10, 10, 10, 10, 10]), abs=1e-4)


def test_the_first_stop_frame_goes_out_before_anything_is_read():
    moved = (4000, 4000, 4000, 4000, 4000, -4000)
    script = [
        *opening(),
        *beginning(),
        Send(TOLD_THERE),
        Receive(state(where=moved)),
        Send(told(moved)),
        Receive(state(where=THERE)),
        Send(told(THERE)),
        Receive(state(where=THERE)),
    ]
    with ScriptedTransport(script) as line:
        driver = driver_on(line)
        driver.open()
        driver.command(QPOS_THERE)
        driver.stop()


def test_a_joint_beyond_its_travel_is_held_at_the_end_of_it():
    beyond = (-30, 21900, 0, 0, 0, 40)
    script = [
        *opening(),
        Send(READ[1]),
        Receive(state(where=beyond)),
        Send(told((0, 21844, 0, 0, 0, 0))),
        Receive(state(where=beyond)),
    ]
    with ScriptedTransport(script) as line:
        driver = driver_on(line)
        driver.open()
        driver.hold()
        assert driver.read().qpos[2] < 0.0


def test_variant_1_gives_currents_and_touch():
    reply = state(second=(621, 0, 0, 0, 0, -621), touch=bytes([0xE8, 0x03, 0]))
    with ScriptedTransport([*opening(), Send(READ[1]), Receive(reply)]) as line:
        driver = driver_on(line, ampere="621")
        driver.open()
        now = driver.read()
    assert now.current is not None
    assert now.current.tolist() == [-1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    assert now.velocity is None
    assert set(now.touch) == {"thumb", "index", "middle", "ring", "pinky"}
    # site 0 from 0x414 to 0x3E8 (1044 to 1000): 121591 (1/50960 - 1/49233), ICD 3.4.6
    assert now.touch["index"][0] == pytest.approx(-0.0837, abs=2e-3)
    assert now.touch["thumb"].tolist() == [0.0] * 6


def test_variant_2_gives_joint_velocities_by_the_gears():
    reply = state(2, second=(2596, 0, 0, 0, 0, -650))
    with ScriptedTransport([*opening(2), Send(READ[2]), Receive(reply)]) as line:
        driver = driver_on(line, reply="2")
        driver.open()
        now = driver.read()
    assert now.velocity is not None
    assert now.velocity[2] == pytest.approx(1.0)  # 2596 / 4 / 649
    assert now.velocity[0] == pytest.approx(-650 / 4 / 162.45)
    assert now.current is None


def test_variant_3_gives_currents_and_velocities_and_no_touch():
    reply = state(3, second=(100,) * 6, rotors=(649 * 4,) * 6)
    with ScriptedTransport([*opening(3), Send(READ[3]), Receive(reply)]) as line:
        driver = driver_on(line, reply="3")
        driver.open()
        now = driver.read()
    assert now.current is not None
    assert now.current == pytest.approx(100 / 620.606079)
    assert now.velocity is not None
    assert now.velocity[1:] == pytest.approx(1.0)
    assert dict(now.touch) == {}


@pytest.mark.parametrize(
    ("status", "joints"),
    [
        (0b000001, ["index_q1"]),
        (0b110000, ["thumb_q2", "thumb_q1"]),
        (0b11000000, []),  # ignored, ICD table 12
    ],
)
def test_status_bits_become_words(status: int, joints: list[str]):
    with ScriptedTransport([*opening(), Send(READ[1]), Receive(state(status=status))]) as line:
        driver = driver_on(line)
        driver.open()
        faults = driver.read().faults
    assert [fault.split(" is limited")[0] for fault in faults] == joints


@pytest.mark.parametrize(("word", "frame"), [("on", "7E 50 C2 EE 7E"), ("off", "7E 50 C3 ED 7E")])
def test_upsampling_is_set_when_a_session_begins(word: str, frame: str):
    script = [*opening(), *beginning(), Send(frame), Receive(state())]
    with ScriptedTransport(script) as line:
        driver = driver_on(line, upsampling=word)
        driver.open()
        driver.hold()


def test_release_leaves_api_mode_and_the_next_command_begins_anew():
    script = [
        *opening(),
        *beginning(),
        Send(LEAVE),
        *beginning(),
        Send(ALL_ZERO),
        Receive(state()),
    ]
    with ScriptedTransport(script) as line:
        driver = driver_on(line)
        driver.open()
        driver.hold()
        driver.release()
        driver.stop()  # nothing of ours moves it
        driver.command(np.zeros(6))


def test_the_identity_is_its_number_and_leaves_no_session_behind():
    first = stuffed(bytes.fromhex("A4 FE 11 4E 3D 2C 1B 0A"))
    second = stuffed(bytes.fromhex("A4 FE 11 4E 71 60 5F 4E"))
    script = [
        *opening(),
        Send(stuffed(bytes.fromhex("50 DA 3D 00 00 00"))),
        Receive(first),
        Send(stuffed(bytes.fromhex("50 DA 3E 00 00 00"))),
        Receive(second),
        Send(LEAVE),
    ]
    with ScriptedTransport(script) as line:
        driver = driver_on(line)
        driver.open()
        assert driver.identity().serial == "0a1b2c3d4e5f6071"
        assert driver.identity().side is None


def test_a_reply_in_another_variant_is_no_answer():
    reading = [Send(READ[1]), Receive(state(2)), Receive(state(1))]
    with ScriptedTransport([*opening(), *reading]) as line:
        driver = driver_on(line)
        driver.open()
        driver.read()
        assert (driver.link.counts.refused, driver.link.counts.recovered) == (1, 1)


def test_an_answer_without_stuffing_names_the_setting():
    bare = state(3)[1:-1]
    script = [Send(CONNECTION_TEST), Receive(bare)] * 3
    with (
        ScriptedTransport(script) as line,
        pytest.raises(DriverError, match=r"without byte stuffing.*We46, We47"),
    ):
        driver_on(line, timeout="0.01").open()


def test_an_answer_that_is_no_frame_names_the_baud_rate():
    script = [Send(CONNECTION_TEST), Receive("F8 00 12 C0 FE 33 81")] * 3
    with ScriptedTransport(script) as line:
        with pytest.raises(DriverError, match=r"no frame of an Ability Hand. Set 'baud='"):
            driver_on(line, timeout="0.01").open()
        assert line.closed == 1


@pytest.mark.parametrize("bad", [np.nan, 2.0, -0.01])
def test_a_target_out_of_range_reaches_no_wire(bad: float):
    with ScriptedTransport(opening()) as line:
        driver = driver_on(line)
        driver.open()
        with pytest.raises(LimitViolation, match="Nothing was sent"):
            driver.command(np.array([-0.1, 0.1, bad, 0.1, 0.1, 0.1]))


@pytest.mark.parametrize("call", ["read", "hold", "release", "identity", "zero_touch"])
def test_a_closed_driver_says_that_it_is_not_open(call: str):
    driver = driver_on(ScriptedTransport([]))
    with pytest.raises(DriverError, match="not open"):
        getattr(driver, call)()
    driver.stop()
    driver.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modbus-rtu:/dev/ttyUSB0", "is not one of serial"),
        ("serial:/dev/ttyUSB0?reply=4", "'reply' is 4. Give 1"),
        ("serial:/dev/ttyUSB0?id=0", "'id' is '0'. Give 1 to 255"),
        ("serial:/dev/ttyUSB0?upsampling=maybe", "'upsampling' is 'maybe'. Give on or off"),
        ("serial:/dev/ttyUSB0?ampere=-1", "'ampere' is '-1'"),
        ("serial:/dev/ttyUSB0?bauds=9600", "no option 'bauds'"),
    ],
)
def test_an_address_that_cannot_be_is_refused(text: str, message: str):
    with pytest.raises(DriverError, match=message):
        AbilityDriver(RIGHT, Address.parse(text))


def test_no_address_is_refused():
    with pytest.raises(DriverError, match="where is it"):
        AbilityDriver(RIGHT)
