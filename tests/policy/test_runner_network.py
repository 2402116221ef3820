"""The runner on the wall clock, over real sockets: openpi's server, ours, and ones that die."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpi_client.base_policy import BasePolicy
from websockets.sync.server import ServerConnection

from tests.codecs import layout_of, slow_wave
from tests.drivers.recording_driver import RecordingDriver
from tests.policy.servers import (
    ONE_RIGHT_HAND,
    Handler,
    SteadyPolicy,
    greeting,
    openpi_server,
    packed,
    rows,
    serving,
)
from tests.small_hand import small_hand
from xlvla_sdk.errors import PolicyError
from xlvla_sdk.policy import (
    EpisodeReport,
    OpenPIClient,
    PolicyServer,
    RemotePolicy,
    ReplayPolicy,
    RunSettings,
    WallClock,
    run_episode,
)
from xlvla_sdk.policy.metadata import Metadata

IMPATIENT = RunSettings(watchdog_s=0.1, give_up_s=0.8)
SHORT = replace(IMPATIENT, max_time_s=0.5)


class Bench:
    """A small hand on the wall clock."""

    def __init__(self, folder: Path) -> None:
        self.hand = small_hand(folder)
        self.layout = layout_of(self.hand)
        self.device = RecordingDriver(self.hand, time.monotonic)

    def run(
        self, uri: str, assumed: Metadata | None = None, settings: RunSettings = SHORT
    ) -> EpisodeReport:
        client = OpenPIClient(uri, connect_timeout_s=1.0, infer_timeout_s=5.0)
        with RemotePolicy(client, assumed) as policy:
            client.wait_for_server(5.0)
            return run_episode([self.device], self.layout, policy, WallClock(), settings)

    def fails(self, handler: Handler, message: str) -> None:
        """Runs against a server that does this once, then nothing more; expects the message, and a
        stopped hand."""
        with serving(once(handler)) as uri, pytest.raises(PolicyError, match=message):
            self.run(uri, settings=IMPATIENT)
        assert [name for name, _ in self.device.calls][-2:] == ["stop", "close"]


def once(handler: Handler) -> Handler:
    """The first connection gets this; any other the greeting, and is closed."""
    connections: list[ServerConnection] = []

    def handle(connection: ServerConnection) -> None:
        connections.append(connection)
        if len(connections) == 1:
            handler(connection)
        else:
            connection.send(greeting())

    return handle


def short_chunks(connection: ServerConnection, count: int) -> None:
    """Greets and answers `count` questions with half a second of rows."""
    connection.send(greeting())
    for _ in range(count):
        connection.recv()
        connection.send(packed({"actions": rows(0.3, count=3)}))


def test_the_runner_plays_an_unmodified_openpi_server(tmp_path: Path):
    bench = Bench(tmp_path)
    policy = SteadyPolicy(rows(0.3))
    with openpi_server(policy, ONE_RIGHT_HAND.to_wire()) as uri:
        report = bench.run(uri)
    expected = bench.layout.decode(rows(0.3)[0], np.zeros(2))
    np.testing.assert_allclose(report.targets, np.broadcast_to(expected, report.targets.shape))
    assert set(policy.asked[0]) == {"state", "time_s"}
    assert report.holds == 0
    assert report.time_s[-1] >= 0.4


def test_an_openpi_server_that_says_nothing_is_played_when_the_user_names_its_rows(tmp_path: Path):
    bench = Bench(tmp_path)
    with openpi_server(SteadyPolicy(rows(0.3))) as uri:
        with pytest.raises(PolicyError, match="plain openpi server"):
            bench.run(uri)
        assert bench.device.calls == []
        report = bench.run(uri, assumed=Metadata.of(bench.layout))
    assert report.rows_played > 0


def test_the_runner_plays_our_own_server_to_its_end(tmp_path: Path):
    bench = Bench(tmp_path)
    replay = ReplayPolicy(slow_wave(bench.hand, seconds=0.6), bench.layout, horizon=8)
    with PolicyServer(replay, port=0) as server:
        report = bench.run(server.uri, settings=RunSettings())
    assert report.final
    assert report.time_s[-1] >= replay.duration_s - 0.1


def test_rows_of_another_width_from_an_openpi_server_stop_the_hand(tmp_path: Path):
    bench = Bench(tmp_path)
    with (
        openpi_server(SteadyPolicy(rows(width=7)), ONE_RIGHT_HAND.to_wire()) as uri,
        pytest.raises(PolicyError, match="7 wide; layout xl-1 is 32 wide"),
    ):
        bench.run(uri)
    assert [name for name, _ in bench.device.calls][-2:] == ["stop", "close"]


def test_a_server_that_closes_in_mid_chunk_is_named_and_the_hand_stopped(tmp_path: Path):
    Bench(tmp_path).fails(lambda connection: short_chunks(connection, 3), "closed the connection")


def test_a_server_that_goes_quiet_after_its_greeting_is_named(tmp_path: Path):
    quiet = threading.Event()

    def mute(connection: ServerConnection) -> None:
        short_chunks(connection, 3)
        quiet.wait(3)

    Bench(tmp_path).fails(mute, r"did not answer in 0.8 s; small:right was stopped")
    quiet.set()


def test_commands_keep_their_period_while_a_server_is_quiet(tmp_path: Path):
    bench, quiet = Bench(tmp_path), threading.Event()

    def mute(connection: ServerConnection) -> None:
        short_chunks(connection, 3)
        quiet.wait(3)

    bench.fails(mute, "did not answer")
    quiet.set()
    gaps = np.diff(bench.device.times("command"))
    assert np.median(gaps) == pytest.approx(0.02, abs=0.01)
    assert len(bench.device.times("hold")) == 2  # before the first row, and by the watchdog


def test_a_server_that_sends_its_traceback_is_named_with_its_last_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    def fail(connection: ServerConnection) -> None:
        short_chunks(connection, 2)
        connection.recv()
        connection.send("Traceback (most recent call last):\n  ...\nKeyError: 'image'\n")
        connection.close(1011)

    bench = Bench(tmp_path)
    bench.fails(fail, "closed the connection")
    assert "failed: KeyError: 'image'. It is asked again." in caplog.text


def test_a_server_that_sends_rows_that_are_not_finite_stops_the_hand(tmp_path: Path):
    def broken(connection: ServerConnection) -> None:
        short_chunks(connection, 2)
        while True:
            connection.recv()
            connection.send(packed({"actions": rows(np.inf)}))

    Bench(tmp_path).fails(broken, "answered inf in row 0.*small:right was stopped")


def test_a_server_of_another_space_is_refused_before_the_hand_opens(tmp_path: Path):
    bench = Bench(tmp_path)
    other = Metadata("xl-1", "other@1", 32, ONE_RIGHT_HAND.sides)
    with (
        openpi_server(SteadyPolicy(), other.to_wire()) as uri,
        pytest.raises(PolicyError, match="space other@1 there, toy@00000000 here"),
    ):
        bench.run(uri)
    assert bench.device.calls == []


def test_a_slow_policy_behind_openpis_blocking_server_does_not_slow_the_loop(tmp_path: Path):
    class Slow(SteadyPolicy):
        def infer(self, obs: dict) -> dict:
            time.sleep(0.5)
            return super().infer(obs)

    bench = Bench(tmp_path)
    policy: BasePolicy = Slow(rows(0.3, count=16))
    with openpi_server(policy, ONE_RIGHT_HAND.to_wire()) as uri:
        report = bench.run(uri, settings=RunSettings(max_time_s=1.0))
    gaps = np.diff(bench.device.times("command"))
    assert np.median(gaps) == pytest.approx(0.02, abs=0.01)
    assert gaps.max() < 0.4
    assert report.rows_dropped > 0


def test_the_motion_goes_on_by_itself_when_the_server_is_back(tmp_path: Path):
    """It dies in mid-chunk; another one listens at the same place once the body holds."""
    bench = Bench(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    replay = ReplayPolicy(slow_wave(bench.hand, seconds=1.6), bench.layout, horizon=8)
    first, second = PolicyServer(replay, port=port), PolicyServer(replay, port=port)

    def restart() -> None:
        wait_for(lambda: len(bench.device.times("command")) > 30)
        first.close()
        wait_for(lambda: len(bench.device.times("hold")) > 1)
        second.__enter__()

    thread = threading.Thread(target=restart)
    with first:
        thread.start()
        report = bench.run(f"ws://127.0.0.1:{port}", settings=RunSettings())
    thread.join()
    second.close()
    assert (report.final, report.holds) == (True, 1)
    assert report.failures > 0


def test_a_server_that_hangs_is_left_and_asked_anew(tmp_path: Path):
    """A question that is older than its rows last is given up, with its connection."""
    bench, never = Bench(tmp_path), threading.Event()
    short = replace(ONE_RIGHT_HAND, horizon=8)
    connections: list[ServerConnection] = []

    def hang_once(connection: ServerConnection) -> None:
        connections.append(connection)
        connection.send(greeting(short))
        for number in range(1000):
            connection.recv()
            if len(connections) == 1 and number == 3:
                never.wait(10)
            connection.send(packed({"actions": rows(0.3, count=8)}))

    with serving(hang_once) as uri:
        report = bench.run(uri, settings=RunSettings(max_time_s=1.5))
        never.set()
    assert len(connections) == 2
    assert (report.holds, report.failures) == (1, 1)
    assert report.targets[-1] == pytest.approx(bench.layout.decode(rows(0.3)[0], np.zeros(2)))


def test_a_server_that_comes_back_with_other_rows_ends_the_run_in_words(tmp_path: Path):
    bench = Bench(tmp_path)
    other = replace(ONE_RIGHT_HAND, space="other@11111111")
    greetings = iter([ONE_RIGHT_HAND, other])

    def changed(connection: ServerConnection) -> None:
        connection.send(greeting(next(greetings)))
        for _ in range(3):
            connection.recv()
            connection.send(packed({"actions": rows(0.3, count=3)}))

    message = "restarted with other rows: xl-1 in other@11111111.*where it was xl-1 in toy@00000000"
    with serving(changed) as uri, pytest.raises(PolicyError, match=message):
        bench.run(uri, settings=RunSettings())
    assert [name for name, _ in bench.device.calls][-2:] == ["stop", "close"]


def wait_for(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Until it holds; then the test goes on, whatever it will find."""
    end_s = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.002)
