"""Our client, against openpi's own server and against servers that fail in every way."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from websockets.sync.server import ServerConnection

from tests.policy.servers import (
    ONE_RIGHT_HAND,
    SteadyPolicy,
    greeting,
    openpi_server,
    packed,
    rows,
    serving,
)
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.messages import Observation
from xlvla_sdk.policy import OpenPIClient, RemotePolicy
from xlvla_sdk.policy.wire import BasePolicy

NOW = Observation(np.zeros(32), 0.0)


class FailingPolicy(BasePolicy):
    """Fails as a policy behind openpi's server does."""

    def infer(self, obs: dict) -> dict:
        raise KeyError("observation/image")


def client_of(uri: str, infer_timeout_s: float = 2.0) -> OpenPIClient:
    return OpenPIClient(uri, connect_timeout_s=1.0, infer_timeout_s=infer_timeout_s)


def test_openpis_own_server_answers_and_its_metadata_are_read():
    policy = SteadyPolicy(rows(0.5))
    with openpi_server(policy, ONE_RIGHT_HAND.to_wire()) as uri:
        client = client_of(uri)
        client.wait_for_server(5.0)
        with RemotePolicy(client) as remote:
            assert remote.metadata == ONE_RIGHT_HAND
            chunk = remote.infer(Observation(np.ones(32), 1.5, prompt="go"))
    assert (chunk.layout, chunk.dt, chunk.final) == ("xl-1", 0.05, False)
    np.testing.assert_array_equal(chunk.rows, rows(0.5))
    chunk.rows[0] = 1.0  # writable
    (asked,) = policy.asked
    assert (asked["time_s"], asked["prompt"]) == (1.5, "go")
    assert asked["state"].dtype == np.float32


def test_openpis_runtime_takes_the_client_as_a_policy():
    assert issubclass(OpenPIClient, BasePolicy)
    with openpi_server(SteadyPolicy()) as uri:
        client = client_of(uri)
        client.wait_for_server(5.0)
        client.reset()
        answer = client.infer({"state": np.zeros(32)})
        client.close()
    answer["actions"][0] = 1.0
    assert "infer_ms" in answer["server_timing"]


def test_a_plain_server_is_accepted_only_when_the_user_names_its_rows():
    with openpi_server(SteadyPolicy()) as uri:
        client = client_of(uri)
        client.wait_for_server(5.0)
        with pytest.raises(PolicyError, match=r"plain openpi server.*--layout and --space"):
            RemotePolicy(client).infer(NOW)
        named = RemotePolicy(client, assumed=ONE_RIGHT_HAND)
        assert named.infer(NOW).rows.shape == (64, 32)
        client.close()


def test_a_server_that_says_something_else_than_the_user_is_refused():
    with serving(lambda connection: connection.send(greeting())) as uri:
        assumed = replace(ONE_RIGHT_HAND, space="other@00000000")
        with pytest.raises(PolicyError, match=r"says layout xl-1 in space toy.*you named.*other"):
            RemotePolicy(client_of(uri), assumed).infer(NOW)


def test_a_policy_that_fails_in_openpis_server_gives_its_last_line_and_the_whole_text():
    with openpi_server(FailingPolicy(), {}) as uri:
        client = client_of(uri)
        client.wait_for_server(5.0)
        with pytest.raises(PolicyError, match=r"failed: KeyError: 'observation/image'$") as caught:
            client.infer({})
    assert "Traceback" in str(caught.value.text)


def test_a_dead_server_is_named_at_once():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.monotonic()
    with pytest.raises(PolicyError, match=f"ws://127.0.0.1:{port} cannot be reached.*running"):
        client_of(f"ws://127.0.0.1:{port}").infer({})
    assert time.monotonic() - begun < 1.0


@pytest.mark.parametrize("uri", ["127.0.0.1:8000", "http://127.0.0.1:1", "ws://", "nonsense"])
def test_an_address_of_another_form_is_named(uri: str):
    with pytest.raises(PolicyError, match="ws://host:port"):
        client_of(uri).infer({})


def test_a_server_that_is_no_websocket_server_is_named():
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=_answer_http, args=(plain,), daemon=True).start()
        with pytest.raises(PolicyError, match="cannot be reached"):
            client_of(f"ws://127.0.0.1:{plain.getsockname()[1]}").infer({})


def _answer_http(plain: socket.socket) -> None:
    peer, _ = plain.accept()
    with peer:
        peer.recv(1000)
        peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def test_a_peer_that_takes_the_connection_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = OpenPIClient(f"ws://127.0.0.1:{mute.getsockname()[1]}", connect_timeout_s=0.2)
        with pytest.raises(PolicyError, match="cannot be reached"):
            client.infer({})


def test_a_server_that_upgrades_and_goes_quiet_is_given_up():
    quiet = threading.Event()

    def say_nothing(connection: ServerConnection) -> None:
        quiet.wait(5)

    with serving(say_nothing) as uri:
        client = OpenPIClient(uri, connect_timeout_s=0.2)
        with pytest.raises(PolicyError, match=r"did not answer in 0.2 s"):
            client.get_server_metadata()
        quiet.set()


def test_a_server_that_greets_with_text_or_no_map_is_refused():
    for frame in ("hello", packed([1])):
        with (
            serving(lambda connection, frame=frame: connection.send(frame)) as uri,
            pytest.raises(PolicyError, match=f"{uri} sent"),
        ):
            client_of(uri).infer({})


def test_a_connection_that_timed_out_is_never_used_again():
    """The late answer to the first question must not be taken for the answer to the second."""
    connections: list[ServerConnection] = []

    def late(connection: ServerConnection) -> None:
        connections.append(connection)
        connection.send(greeting())
        question = len(connections)
        connection.recv()
        if question == 1:
            time.sleep(0.3)
        connection.send(packed({"actions": rows(question)}))
        connection.recv()

    with serving(late) as uri:
        client = client_of(uri, infer_timeout_s=0.1)
        with pytest.raises(PolicyError, match=r"did not answer in 0.1 s"):
            client.infer({})
        client.infer_timeout_s = 2.0
        assert client.infer({})["actions"][0, 0] == 2.0
        client.close()
    assert len(connections) == 2


def test_a_server_that_closes_is_told_and_the_next_question_connects_anew():
    def one_answer(connection: ServerConnection) -> None:
        connection.send(greeting())
        connection.recv()
        connection.send(packed({"actions": rows(1.0)}))
        connection.recv()  # closes on the next question, not before it

    with serving(one_answer) as uri:
        client = client_of(uri)
        client.infer({})
        with pytest.raises(PolicyError, match="closed the connection"):
            client.infer({})
        assert client.infer({})["actions"].shape == (64, 32)
        client.close()


def test_answers_of_two_threads_do_not_change_places():
    def echo(connection: ServerConnection) -> None:
        connection.send(greeting())
        for frame in connection:
            connection.send(frame)

    wrong: list[int] = []
    with serving(echo) as uri:
        client = client_of(uri)

        def ask(number: int) -> None:
            wrong.extend(number for _ in range(50) if client.infer({"n": number})["n"] != number)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
    assert wrong == []


def test_closing_wakes_a_question_under_way():
    asked = threading.Event()

    def never(connection: ServerConnection) -> None:
        connection.send(greeting())
        connection.recv()
        asked.set()
        connection.recv()

    with serving(never) as uri:
        client = client_of(uri, infer_timeout_s=30.0)
        errors: list[Exception] = []

        def ask() -> None:
            try:
                client.infer({})
            except PolicyError as error:
                errors.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        assert asked.wait(5)
        client.close()
        thread.join(5)
        assert not thread.is_alive()
    assert len(errors) == 1


def test_a_server_that_comes_back_as_another_is_refused():
    visits = [ONE_RIGHT_HAND, replace(ONE_RIGHT_HAND, space="x@1")]

    def changing(connection: ServerConnection) -> None:
        connection.send(greeting(visits.pop(0)))
        connection.recv()
        if visits:
            return
        connection.send(packed({"actions": rows()}))
        connection.recv()

    with serving(changing) as uri, RemotePolicy(client_of(uri)) as remote:
        assert remote.metadata == ONE_RIGHT_HAND
        with pytest.raises(PolicyError, match="closed the connection"):
            remote.infer(NOW)
        with pytest.raises(PolicyError, match="restarted with other rows"):
            remote.infer(NOW)


@pytest.mark.parametrize(
    "actions", [rows()[0], np.zeros((2, 2, 2)), "none", np.array([["a"]])], ids=str
)
def test_actions_that_are_no_rows_are_refused(actions: object):
    def odd(connection: ServerConnection) -> None:
        connection.send(greeting())
        connection.recv()
        connection.send(packed({"actions": actions}))
        connection.recv()

    with (
        serving(odd) as uri,
        RemotePolicy(client_of(uri)) as remote,
        pytest.raises(PolicyError, match="'actions' is"),
    ):
        remote.infer(NOW)
