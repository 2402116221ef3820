"""The bridge's server: one seat, and peers that send what they should not."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.integrations.bridge.served import WAIT_S, Client, served
from tests.small_hand import small_hand
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.integrations.bridge.exchange import Exchange
from xlvla_sdk.integrations.bridge.server import BridgeServer
from xlvla_sdk.specs import HandSpec


@pytest.fixture
def hand(tmp_path: Path) -> HandSpec:
    return small_hand(tmp_path)


def test_one_client_at_a_time_and_asking_what_is_there_takes_no_seat(hand: HandSpec):
    with served(hand) as bridge, Client(bridge.uri) as looking, Client(bridge.uri) as client:
        client.observe()
        assert "serves another client" in looking.refused({"observe": True})
        client.observe()  # undisturbed


def test_the_seat_of_a_client_that_left_is_free(hand: HandSpec):
    with served(hand) as bridge:
        for _ in range(3):
            with Client(bridge.uri) as client:
                client.observe()
            time.sleep(0.05)


def test_a_client_that_hangs_makes_room(hand: HandSpec):
    with (
        served(hand, watchdog_s=0.05, seat_s=0.1) as bridge,
        Client(bridge.uri) as hanging,
        Client(bridge.uri) as second,
    ):
        hanging.observe()
        time.sleep(0.3)
        second.observe()
        assert "serves another client" in hanging.refused({"action": np.zeros(2)})


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"action": np.array([np.nan, 0.0])}, "'thumb_yaw' is nan"),
        ({"action": np.array([0.0, 9.0])}, "'index_bend' is 9, outside"),
        ({"action": np.zeros(3)}, r"float64 (3,); wanted are 2 numbers"),
        ({"action": np.array(["a", "b"])}, "wanted are 2 numbers"),
        ({"action": None}, "wanted are 2 numbers"),
        ({"observe": False}, "'observe': true or 'action'"),
        ({}, "this one has nothing"),
        (b"\x00rubbish", "no msgpack map"),
        ("open the hand", "text where one msgpack map was expected"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words_and_moves_nothing(
    hand: HandSpec, message: dict[str, object] | bytes | str, reason: str
):
    with served(hand) as bridge:
        with Client(bridge.uri) as client:
            assert reason in client.refused(message)
            with pytest.raises(ConnectionClosed):
                client.socket.recv(timeout=WAIT_S)
        with Client(bridge.uri) as second:
            np.testing.assert_array_equal(second.observe()["state"], hand.posture("open"))


def test_a_message_of_megabytes_is_not_read(hand: HandSpec):
    with served(hand) as bridge, Client(bridge.uri) as client:
        with pytest.raises(ConnectionClosed):
            client.said(bytes(3_000_000))
        with Client(bridge.uri) as second:
            second.observe()


def test_web_pages_are_refused(hand: HandSpec):
    with served(hand) as bridge, pytest.raises(InvalidStatus, match="403"):
        connect(bridge.uri, additional_headers={"Origin": "http://example.org"})


def test_a_taken_port_is_named(hand: HandSpec):
    with served(hand) as bridge:
        port = int(bridge.uri.rpartition(":")[2])
        server = BridgeServer(Exchange(time.monotonic, 1.0), "127.0.0.1", port)
        with pytest.raises(PolicyError, match=f"cannot listen on 127.0.0.1:{port}.*--port"):
            server.open(lambda: pytest.fail("nobody asked"), {"names": []})
