"""Our server, asked by openpi's own client and by peers that misbehave."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from openpi_client.action_chunk_broker import ActionChunkBroker
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.codecs import layout_of, slow_wave
from tests.policy.servers import ONE_RIGHT_HAND, packed
from tests.small_hand import small_hand
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.messages import ActionChunk, Observation
from xlvla_sdk.policy import Metadata, Policy, PolicyServer, ReplayPolicy
from xlvla_sdk.policy.metadata import parse_metadata
from xlvla_sdk.policy.wire import unpack


class SlowPolicy(Policy):
    """Answers when it is let."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()

    @property
    def name(self) -> str:
        return "a slow policy"

    @property
    def metadata(self) -> Metadata:
        return ONE_RIGHT_HAND

    def infer(self, observation: Observation) -> ActionChunk:
        if observation.prompt == "fail":
            raise ZeroDivisionError("of all things")
        self.asked.set()
        if observation.prompt == "wait":
            self.go.wait(10)
        return ActionChunk(np.zeros((64, 32)), "xl-1", 0.05)


@pytest.fixture
def replay(tmp_path: Path) -> ReplayPolicy:
    hand = small_hand(tmp_path)
    return ReplayPolicy(slow_wave(hand), layout_of(hand))


def openpi_client(server: PolicyServer) -> WebsocketClientPolicy:
    """openpi's own client, unmodified; it has no close, so tests close its socket."""
    return WebsocketClientPolicy(server.uri)


def greeted(server: PolicyServer) -> ClientConnection:
    connection = connect(server.uri, compression=None)
    connection.recv(timeout=5)
    return connection


def test_openpis_own_client_gets_answers(replay: ReplayPolicy):
    with PolicyServer(replay, port=0) as server:
        client = openpi_client(server)
        assert parse_metadata(client.get_server_metadata(), "server") == replay.metadata
        first, second = client.infer({"time_s": 1.0}), client.infer({"time_s": 1.0})
        client._ws.close()
    assert first["actions"].shape == (64, 32)
    assert first["actions"].dtype == np.float32
    np.testing.assert_allclose(
        first["actions"], replay.infer(Observation(np.zeros(0), 1.0)).rows, atol=1e-6
    )
    assert set(first["server_timing"]) == {"infer_ms"}
    assert set(second["server_timing"]) == {"infer_ms", "prev_total_ms"}


def test_openpis_chunk_broker_gets_rows_one_by_one(replay: ReplayPolicy):
    with PolicyServer(replay, port=0) as server:
        client = openpi_client(server)
        rows = [ActionChunkBroker(client, 64).infer({})["actions"] for _ in range(2)]
        client._ws.close()
    assert rows[0].shape == (32,)


def test_without_a_time_each_connection_has_its_own_cursor(replay: ReplayPolicy):
    with PolicyServer(replay, port=0) as server:
        one, other = openpi_client(server), openpi_client(server)
        chunks = [client.infer({"state": np.zeros(32)}) for client in (one, one, other)]
        one._ws.close()
        other._ws.close()
    starts = [chunk["actions"][0] for chunk in chunks]
    at = [replay.infer(Observation(np.zeros(0), t)).rows[0] for t in (0.0, 3.2, 0.0)]
    np.testing.assert_allclose(starts, at, atol=1e-6)
    assert [chunk.get("final") for chunk in chunks] == [None, True, None]


def test_healthz_and_other_clients_are_answered_while_an_inference_runs():
    policy = SlowPolicy()
    with PolicyServer(policy, port=0) as server, greeted(server) as slow, greeted(server) as quick:
        slow.send(packed({"prompt": "wait"}))
        assert policy.asked.wait(5)
        with urllib.request.urlopen(server.uri.replace("ws", "http") + "/healthz") as health:
            assert (health.status, health.read()) == (200, b"OK\n")
        quick.send(packed({}))
        assert unpack(quick.recv(timeout=5), "server")["actions"].shape == (64, 32)
        policy.go.set()
        assert unpack(slow.recv(timeout=5), "server")["actions"].shape == (64, 32)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (packed({"prompt": "fail"}), "a slow policy failed: ZeroDivisionError: of all things"),
        (b"\xc1\xc1", "the client sent 2 bytes that are no msgpack map"),
        ("hello", "the client sent text"),
        (packed([1, 2]), "the client sent a list"),
        (packed({"time_s": "now"}), "time_s is 'now'"),
        (packed({"state": np.zeros((2, 2))}), "state is float64"),
    ],
)
def test_a_question_that_cannot_be_answered_gets_one_clear_text_and_code_1011(frame, reason):
    with PolicyServer(SlowPolicy(), port=0) as server, greeted(server) as connection:
        connection.send(frame)
        text = connection.recv(timeout=5)
        assert isinstance(text, str)
        assert reason in text
        assert "Traceback" not in text
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011


def test_one_client_that_fails_leaves_the_others_alone():
    with PolicyServer(SlowPolicy(), port=0) as server, greeted(server) as good:
        with greeted(server) as bad:
            bad.send(b"\xc1")
            bad.recv(timeout=5)
        good.send(packed({}))
        assert isinstance(good.recv(timeout=5), bytes)


def test_a_peer_that_connects_and_leaves_does_no_harm():
    with PolicyServer(SlowPolicy(), port=0) as server:
        host, port = server.uri.removeprefix("ws://").split(":")
        socket.create_connection((host, int(port))).close()
        with greeted(server) as good:
            good.send(packed({}))
            assert isinstance(good.recv(timeout=5), bytes)


def test_a_taken_port_is_named():
    with (
        PolicyServer(SlowPolicy(), port=0) as server,
        pytest.raises(PolicyError, match=r"cannot listen on 127.0.0.1:\d+.*--port"),
        PolicyServer(SlowPolicy(), port=int(server.uri.rsplit(":", 1)[1])),
    ):
        pass


def test_it_listens_on_this_computer_alone_unless_told_otherwise():
    with PolicyServer(SlowPolicy(), port=0) as server:
        assert server.uri.startswith("ws://127.0.0.1:")


def test_closing_says_goodbye_and_ends_waiting_though_an_inference_runs():
    policy = SlowPolicy()
    with PolicyServer(policy, port=0) as server, greeted(server) as slow:
        waiting = threading.Thread(target=server.wait)
        waiting.start()
        slow.send(packed({"prompt": "wait"}))
        assert policy.asked.wait(5)
        begun = time.monotonic()
        server.close()
        waiting.join(5)
        assert not waiting.is_alive()
        assert time.monotonic() - begun < 3.0
        with pytest.raises(ConnectionClosed) as closed:
            slow.recv(timeout=5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        policy.go.set()
