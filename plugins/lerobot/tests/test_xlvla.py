"""The robot, as LeRobot's tools use it, against a real bridge of a simulated hand."""

from __future__ import annotations

import ast
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lerobot_robot_xlvla
import numpy as np
import pytest
from lerobot_robot_xlvla import Xlvla, XlvlaConfig
from lerobot_robot_xlvla.bridge import BridgeError
from websockets.sync.server import serve

from xlvla_sdk.drivers import Camera, Frame
from xlvla_sdk.policy.wire import pack
from xlvla_sdk.registry import registry

HAND = "xhand:right"
Bridged = Callable[..., AbstractContextManager[Any]]


class Grey(Camera):
    """A camera that sees grey."""

    simulated = True

    def read(self) -> Frame:
        return Frame(np.full((6, 8, 3), 128, np.uint8), time.monotonic())


def robot_at(served: Any, **options: Any) -> Xlvla:
    return Xlvla(XlvlaConfig(url=served.url, timeout_s=20.0, **options))


@dataclass
class Turned:
    """A copy of an action with one key changed."""

    key: str
    value: float

    def of(self, action: dict[str, float]) -> dict[str, float]:
        return {**action, self.key: self.value}


def action_of(robot: Xlvla) -> dict[str, float]:
    seen = robot.get_observation()
    return {key: seen[key] for key in robot.action_features}


def test_lerobot_knows_the_config_by_its_name():
    assert XlvlaConfig.kinds["xlvla"] is XlvlaConfig
    assert (
        XlvlaConfig.__name__ == Xlvla.__name__ + "Config"
    )  # how LeRobot finds the one by the other
    assert getattr(lerobot_robot_xlvla, "Xlvla") is Xlvla  # noqa: B009
    assert Xlvla.name == "xlvla"


def test_features_are_known_before_it_is_connected(bridged: Bridged):
    with bridged(HAND, cameras={"front": Grey()}) as served:
        robot = robot_at(served)
        names = [f"{joint}.pos" for joint in registry().hand(HAND).joints]
        assert robot.action_features == dict.fromkeys(names, float)
        assert robot.observation_features == {**robot.action_features, "front": (6, 8, 3)}
        assert len(robot.cameras) == 1
        assert not robot.is_connected


def test_features_are_asked_for_once(bridged: Bridged):
    with bridged() as served:
        robot = robot_at(served)
        features = robot.observation_features
    assert robot.observation_features == features


def test_it_reads_moves_and_says_what_was_sent(bridged: Bridged):
    with bridged(cameras={"front": Grey()}) as served:
        robot = robot_at(served)
        robot.connect()
        assert robot.is_connected
        assert robot.is_calibrated
        seen = robot.get_observation()
        assert {key: type(value) for key, value in seen.items()} == {
            **robot.action_features,
            "front": np.ndarray,
        }
        assert seen["front"].shape == (6, 8, 3)
        key = "right_hand_index_joint1.pos"
        wanted = Turned(key, 1.5).of(action_of(robot))
        sent = robot.send_action(wanted)
        assert 0.0 <= sent[key] < 1.5  # at the velocity limit, not at once
        end = time.monotonic() + 20.0
        while abs(robot.get_observation()[key] - 1.5) > 0.01:
            assert time.monotonic() < end
            sent = robot.send_action(wanted)
        assert sent == pytest.approx(wanted)
        robot.disconnect()
        assert not robot.is_connected
        robot.disconnect()  # twice is fine


def test_it_connects_again_after_it_left(bridged: Bridged):
    with bridged() as served:
        robot = robot_at(served)
        for _ in range(2):
            robot.connect()
            robot.get_observation()
            robot.disconnect()
            time.sleep(0.1)


def test_nothing_is_read_or_sent_unconnected(bridged: Bridged):
    with bridged() as served:
        robot = robot_at(served)
        for ask in (robot.get_observation, lambda: robot.send_action({})):
            with pytest.raises(BridgeError, match=r"not connected\. Call connect"):
                ask()
        robot.connect()
        with pytest.raises(BridgeError, match="connected already"):
            robot.connect()
        robot.disconnect()


def test_no_bridge_is_said_with_what_to_start():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"ws://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(BridgeError, match=r"no bridge answers.*`xlvla bridge xhand:right`"):
        _ = Xlvla(XlvlaConfig(url=url)).observation_features


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (pack({"xlvla": {"protocol": 1}}), "is no bridge of xlvla"),
        (
            pack({"xlvla_bridge": {"protocol": 9}}),
            "speaks the bridge's protocol 9; wanted is protocol 1",
        ),
        (b"\xc1", "no msgpack map"),
        ("hello", "hello"),
    ],
)
def test_another_server_is_told_from_a_bridge(first: bytes | str, reason: str):
    with serve(lambda connection: connection.send(first), "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        with pytest.raises(BridgeError, match=reason):
            Xlvla(XlvlaConfig(url=url)).connect()
        server.shutdown()


@pytest.mark.parametrize(
    ("option", "value"),
    [("embodiment", "ability:left"), ("features", "latent"), ("space", "anthro4-1@00000000")],
)
def test_another_body_than_expected_is_refused(bridged: Bridged, option: str, value: str):
    with bridged() as served:
        robot = robot_at(served, **{option: value})
        with pytest.raises(BridgeError, match=f"{option}.*wanted is {value}.*--robot.{option}"):
            robot.connect()
        assert not robot.is_connected


def test_another_bridge_than_its_features_are_of_is_refused(bridged: Bridged):
    with bridged() as first:
        robot = robot_at(first)
        assert robot.action_features
    with bridged("ability:right") as second:
        robot.config.url = second.url
        with pytest.raises(BridgeError, match="another bridge than before"):
            robot.connect()


def test_an_action_of_other_keys_is_refused_before_it_is_sent(bridged: Bridged):
    with bridged() as served:
        robot = robot_at(served)
        robot.connect()
        action = action_of(robot)
        first = next(iter(action))
        odd = {**{key: value for key, value in action.items() if key != first}, "gripper.pos": 1.0}
        with pytest.raises(BridgeError, match=rf"lacks {first} and has gripper.pos"):
            robot.send_action(odd)
        assert robot.is_connected  # nothing went out, so nothing is broken
        robot.disconnect()


def test_a_refused_action_is_said_in_the_bridges_words_and_ends_the_connection(bridged: Bridged):
    with bridged() as served:
        robot = robot_at(served)
        robot.connect()
        action = Turned("right_hand_index_joint1.pos", 90.0).of(action_of(robot))  # degrees
        with pytest.raises(BridgeError, match="right_hand_index_joint1' is 90, outside"):
            robot.send_action(action)
        assert not robot.is_connected


def test_a_second_robot_is_refused_while_the_first_moves(bridged: Bridged):
    with bridged() as served:
        first, second = robot_at(served), robot_at(served)
        first.connect()
        with pytest.raises(BridgeError, match="serves another client"):
            second.connect()
        first.get_observation()
        first.disconnect()


def test_a_bridge_that_ends_is_an_error_at_the_next_call(bridged: Bridged):
    with bridged() as served:
        robot = robot_at(served)
        robot.connect()
        served.end()
        with pytest.raises(BridgeError, match="the bridge is gone"):
            robot.get_observation()
        assert not robot.is_connected


def test_it_needs_neither_the_sdk_nor_more_than_it_declares():
    folder = Path(lerobot_robot_xlvla.__file__).parent
    found: set[str] = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).partition(".")[0])
    own = {"lerobot", "lerobot_robot_xlvla", "msgpack", "numpy", "websockets"}
    assert found - set(sys.stdlib_module_names) <= own
