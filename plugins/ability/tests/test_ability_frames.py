"""Frames of the Ability Hand: the maker's own, and whatever else may come over a line.

Worked frames were produced by the maker's wrapper (psyonicinc/ability-hand-api at 34c9a9324d37,
python/ah_wrapper/ah_api.py) or stand in its tests (python/tests/test_mock_data.py).
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlvla_ability import frames, hand
from xlvla_ability.frames import FrameParser
from xlvla_ability.units import LOWER, TOUCH_FINGERS, UPPER, Wiring, newton

from xlvla_sdk import Side
from xlvla_sdk.errors import DriverError, LimitViolation

WIRING = Wiring(hand(Side.RIGHT))
RECEIVED = bytes.fromhex(
    "7E 12 E7 27 11 00 62 2F 2B 00 D5 32 26 00 A1 31 E1 FF 8C 2B AC FF B2 DC FB FF 65 0C EE 08 A7 01"
    "24 FA 10 F6 C6 03 00 4E 7E"
)
# The maker's test data, variant 2 over RS485, whose adapter puts zeros around frames.
RECEIVED_TOUCH = (
    b'\x00~\x111"\xe5\xff\x84\x08&\x005"\xfe\xff\x8a\x08\xf9\xff\x9b\x19\x12\x00o\xe6\x10\x00\x8aP\t\xbc'
    b'\xb02f\xa0\rb&"|\x10\x1e\xc8\x91^\xbd\x96,\x9b@K\x94q*\xf2A\x0c\xa6 \\\xf1!\x17\xa3\xa0\x0b\x88DN'
    b"L\xf1\x15\x00F~\x00"
)


def told(index: float, middle: float, ring: float, pinky: float, flexor: float, rotator: float):
    """Degrees in the wire's order, as radians in the spec's."""
    return np.radians([rotator, flexor, index, middle, ring, pinky])


@pytest.mark.parametrize(
    ("degrees", "reply", "expected"),
    [
        ((0, 0, 0, 0, 0, 0), 1, "7E 50 10 00 00 00 00 00 00 00 00 00 00 00 00 A0 7E"),
        ((15, 30, 45, 60, 20, -60), 1, "7E 50 10 CC 0C 99 19 66 26 32 33 10 11 CE CC 6A 7E"),
        ((30, 30, 30, 30, 30, -30), 3, "7E 50 12 99 19 99 19 99 19 99 19 99 19 67 E6 D7 7E"),
        ((0.6,) * 5 + (-0.6,), 1, "7E 50 10 83 00 83 00 83 00 83 00 83 00 7D 5D FF 95 7E"),
    ],
)
def test_targets_are_the_makers_frames(degrees, reply, expected):
    counts = WIRING.counts(told(*degrees))
    assert frames.position_request(0x50, counts, reply) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (frames.read_request(0x50, 1), "7E 50 A0 10 7E"),
        (frames.read_request(0x50, 3), "7E 50 A2 0E 7E"),
        (frames.bare_request(0x50, frames.UPSAMPLING_ON), "7E 50 C2 EE 7E"),
        (frames.bare_request(0x50, frames.LEAVE_API), "7E 50 7C 34 7E"),
        (frames.register_request(0x50, 1), "7E 50 DA 01 00 00 00 D5 7E"),
    ],
)
def test_other_requests_are_the_makers_frames(made, expected):
    assert made == bytes.fromhex(expected)


def test_the_makers_reply_is_read():
    (frame,) = FrameParser().feed(RECEIVED)
    state = frames.feedback(frame, 3)
    assert state is not None
    assert state.positions.tolist() == [10215, 12130, 13013, 12705, 11148, -9038]
    assert state.currents is not None
    assert state.currents.tolist() == [17, 43, 38, -31, -84, -5]
    assert state.rotors is not None
    assert state.rotors.tolist() == [3173, 2286, 423, -1500, -2544, 966]
    assert (state.touch, state.status) == (None, 0)
    degrees = np.degrees(WIRING.radians(state.positions))
    assert degrees == pytest.approx([-41.374, 51.033, 46.762, 55.528, 59.571, 58.161], abs=1e-3)


def test_touch_is_unpacked_as_the_makers_parser_does():
    """By hand: 8A 50 09 and BC B0 32 are the first four sites, 4C F1 15 the last two."""
    parser = FrameParser()
    (frame,) = parser.feed(RECEIVED_TOUCH)
    state = frames.feedback(frame, 2)
    assert state is not None
    assert state.touch is not None
    assert state.touch.shape == (5, 6)
    assert state.touch[0, :4].tolist() == [0x08A, 0x095, 0x0BC, 0x32B]
    assert state.touch[-1, -2:].tolist() == [0x14C, 0x15F]
    assert state.currents is None
    assert parser.refused == 0


def test_stuffing_is_the_makers():
    """python/tests/test_ppp_stuffing.py: 01 02 7D 03 04 7E; here as a request's payload bytes."""
    sent = frames.position_request(0x50, np.array([0x027D, 0x7E04, 0, 0, 0, 0]), 1)
    assert sent.startswith(bytes.fromhex("7E 50 10 7D 5D 02 04 7D 5E"))
    assert sent.count(0x7E) == 2


def test_every_position_comes_out_as_it_was_read():
    for count in range(0, 21845, 7):
        counts = np.clip(np.array([count, count, count, count, count, -count]), LOWER, UPPER)
        assert (WIRING.counts(WIRING.radians(counts)) == counts).all()


@pytest.mark.parametrize("side", list(Side))
def test_the_limits_themselves_may_be_told(side: Side):
    spec = hand(side)
    assert WIRING.counts(spec.limits.lower).tolist() == [0, 0, 0, 0, 0, -21844]
    assert WIRING.counts(spec.limits.upper).tolist() == [21844] * 5 + [0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1.76, -0.01])
def test_what_the_wire_does_not_take_is_refused(bad: float):
    with pytest.raises(LimitViolation, match=r"'thumb_q2'.*Nothing was sent") as caught:
        WIRING.counts(np.array([-0.1, bad, 0.1, 0.1, 0.1, 0.1]))
    assert caught.value.joint == "thumb_q2"


def test_force_follows_the_makers_estimate():
    """ICD 3.4.6 worked by hand: D = 1000 is 0.8057 V, 50960 ohm, 2.386 + 0.879 N."""
    touch = np.array([0, 1000, 4095])
    assert newton(touch, None) == pytest.approx([0.0, 3.2649, 6.9577], abs=2e-3)
    assert newton(touch, touch) == pytest.approx([0.0, 0.0, 0.0])
    assert newton(touch, np.zeros(3)) == pytest.approx([0.0, 2.3860, 6.0788], abs=2e-3)
    assert TOUCH_FINGERS[0] == "index"


def test_a_register_that_is_not_there_is_an_error():
    value = bytes.fromhex("A4 FE 11 4E E8 03 00 00")
    assert frames.register_value(value + bytes([-sum(value) & 0xFF])) == 1000
    refused = bytes.fromhex("FF FF 17 FA 00 00 00 00")
    with pytest.raises(DriverError, match="no such register"):
        frames.register_value(refused + bytes([-sum(refused) & 0xFF]))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40))
def test_however_a_frame_is_cut_it_is_found(cuts: list[int]):
    parser, found, data = FrameParser(), [], RECEIVED + RECEIVED_TOUCH
    for cut in cuts:
        found += parser.feed(data[:cut])
        data = data[cut:]
    assert len(found + parser.feed(data)) == 2


@given(st.integers(0, len(RECEIVED) - 1), st.integers(0, 7))
def test_no_flipped_bit_passes(at: int, bit: int):
    spoilt = bytearray(RECEIVED)
    spoilt[at] ^= 1 << bit
    assert [frames.feedback(frame, 3) for frame in FrameParser().feed(bytes(spoilt))] == []


@given(st.lists(st.binary(max_size=300), max_size=30))
def test_no_bytes_raise_anything_or_fill_the_memory(pieces: list[bytes]):
    parser = FrameParser()
    for piece in pieces:
        for frame in parser.feed(piece):
            assert frames.feedback(frame, 3) is None or sum(frame) % 256 == 0
        assert len(parser.stray) <= frames.LONGEST_RUN + 1
        frames.is_bare_reply(parser.stray)
    parser.clear()
    assert len(parser.feed(RECEIVED)) == 1


def test_a_run_without_end_is_forgotten():
    parser = FrameParser()
    for _ in range(1000):
        assert parser.feed(b"\x12" * 4096) == []
    assert len(parser.stray) <= frames.LONGEST_RUN + 1
    assert parser.feed(b"\x7e") == []
    assert parser.refused == 1


@given(st.binary(max_size=160))
def test_bytes_with_a_right_sum_are_a_frame_only_at_a_known_length(data: bytes):
    body = data + bytes([-sum(data) & 0xFF])
    escaped = body.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    found = FrameParser().feed(b"\x7e" + escaped + b"\x7e")
    assert all(len(frame) in (9, 39, 72) for frame in found)
