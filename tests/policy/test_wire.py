"""Frames: what travels comes out as it went in, and broken bytes are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.servers import packed
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy.wire import (
    chunk_from_wire,
    chunk_to_wire,
    observation_from_wire,
    observation_to_wire,
    pack,
    unpack,
)

IMAGE = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)


def test_arrays_come_out_writable():
    message = unpack(pack({"a": np.zeros(3), "deep": [{"b": np.ones((2, 2))}]}), "peer")
    message["a"][0] = 1.0
    message["deep"][0]["b"][0, 0] = 2.0


@pytest.mark.parametrize("kind", ["<f4", "<f8", ">f4", "|u1", "<i8", "|b1"])
def test_array_kinds_round_trip(kind: str):
    array = np.arange(6).reshape(2, 3).astype(kind)
    got = unpack(pack({"a": array, "n": array[0, 1]}), "peer")
    np.testing.assert_array_equal(got["a"], array)
    assert got["a"].dtype == array.dtype
    assert got["n"] == array[0, 1]


@pytest.mark.parametrize("value", [np.array([None]), np.zeros(2, complex), object(), {1, 2}])
def test_what_does_not_travel_is_refused(value: object):
    with pytest.raises(PolicyError, match="cannot be packed"):
        pack({"a": value})


@given(st.binary(max_size=200))
def test_random_bytes_give_a_map_or_one_clear_error(frame: bytes):
    try:
        message = unpack(frame, "peer")
    except PolicyError as error:
        message = {"refused": error.message}
    assert message.get("refused", "peer sent").startswith("peer sent")


def test_an_array_that_claims_more_than_it_has_is_refused():
    lie = {b"__ndarray__": True, b"data": b"1234", b"dtype": "<f4", b"shape": [10**9]}
    with pytest.raises(PolicyError, match="no msgpack map"):
        unpack(packed({"a": lie}), "peer")


@pytest.mark.parametrize("kind", ["|O", "f4,O", "<c8", "|V8"])
def test_bytes_are_never_taken_for_objects(kind: str):
    """openpi's own unpacking follows such bytes as a pointer."""
    lie = {b"__ndarray__": True, b"data": b"12345678", b"dtype": kind, b"shape": [1]}
    with pytest.raises(PolicyError, match="no msgpack map"):
        unpack(packed({"a": lie}), "peer")


def test_text_is_no_map():
    with pytest.raises(PolicyError, match="peer sent text"):
        unpack("hello", "peer")


def test_an_observation_round_trips_with_openpis_camera_names():
    observation = Observation(
        np.linspace(0, 1, 32),
        1.5,
        np.zeros((3, 32)),
        {"front": IMAGE, "left_wrist": IMAGE, "side": IMAGE},
        "pick it up",
    )
    message = observation_to_wire(observation)
    assert set(message["images"]) == {"base_0_rgb", "left_wrist_0_rgb", "side"}
    back = observation_from_wire(unpack(pack(message), "peer"), 0.0)
    assert set(back.images) == set(observation.images)
    assert (back.time_s, back.prompt) == (1.5, "pick it up")
    assert back.state_history is not None
    np.testing.assert_allclose(back.state, observation.state, atol=1e-7)


def test_where_things_are_travels():
    pose = np.array([0.4, 0.1, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    observation = Observation(np.zeros(32), 0.0, things={"can": pose})
    back = observation_from_wire(unpack(pack(observation_to_wire(observation)), "peer"), 0.0)
    assert list(back.things) == ["can"]
    np.testing.assert_allclose(back.things["can"], pose, atol=1e-7)
    with pytest.raises(PolicyError, match="no map of names"):
        observation_from_wire({"things": pose}, 0.0)
    with pytest.raises(PolicyError, match="'can' is 7 numbers; wanted are nine"):
        observation_from_wire({"things": {"can": pose[:7]}}, 0.0)


def test_a_plain_clients_observation_gets_the_cursors_time():
    observation = observation_from_wire({"observation/image": IMAGE, "prompt": "go"}, 3.2)
    assert observation.time_s == 3.2
    assert observation.state.shape == (0,)


@pytest.mark.parametrize(
    "message",
    [
        {"time_s": "now"},
        {"time_s": float("nan")},
        {"state": "open"},
        {"state": np.zeros((2, 2))},
        {"state": [[1, 2], [3]]},
        {"images": [IMAGE]},
        {"images": {"front": 3}},
        {"prompt": 7},
        {"state_history": np.zeros(3)},
    ],
)
def test_an_observation_of_another_kind_is_refused(message: dict[str, object]):
    with pytest.raises(PolicyError):
        observation_from_wire(message, 0.0)


def test_final_travels_only_when_it_is_so():
    rows = np.zeros((2, 32))
    assert "final" not in chunk_to_wire(ActionChunk(rows, "xl-1", 0.05))
    message = chunk_to_wire(ActionChunk(rows, "xl-1", 0.05, final=True))
    assert chunk_from_wire(message, "xl-1", 0.05, "peer").final


@pytest.mark.parametrize(
    "answer", [{}, {"actions": np.zeros(32)}, {"actions": "none"}, {"actions": [["a"]]}]
)
def test_an_answer_without_rows_is_refused(answer: dict[str, object]):
    with pytest.raises(PolicyError, match="peer"):
        chunk_from_wire(answer, "xl-1", 0.05, "peer")
