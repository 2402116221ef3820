"""The bridge's loop: a body follows one client, and holds when there is none to follow."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.codecs import layout_of
from tests.integrations.bridge.served import WAIT_S, Client, served
from tests.small_hand import small_hand
from xlvla_sdk.drivers.camera import Camera, Frame
from xlvla_sdk.errors import DriverError
from xlvla_sdk.integrations.bridge import RowColumns
from xlvla_sdk.specs import HandSpec


@pytest.fixture
def hand(tmp_path: Path) -> HandSpec:
    return small_hand(tmp_path)


def until(true: Callable[[], bool]) -> None:
    """Waits for what has to come, however busy the machine is."""
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_the_first_frame_says_what_the_body_is(hand: HandSpec):
    with served(hand, speed=0.5, watchdog_s=7.0) as bridge, Client(bridge.uri) as client:
        first = client.first
    assert first["protocol"] == 1
    assert (first["embodiment"], first["features"], first["simulated"]) == (hand.id, "joints", True)
    assert tuple(first["names"]) == tuple(first["joints"]) == hand.joints
    np.testing.assert_array_equal([first["lower"], first["upper"]], hand.limits)
    np.testing.assert_array_equal(first["velocity"], 0.5 * hand.velocity_limits)
    assert (first["rate_hz"], first["watchdog_s"], first["layout"]) == (100.0, 7.0, None)


def test_the_body_goes_where_the_client_says_at_its_velocity_limit(hand: HandSpec):
    with served(hand) as bridge, Client(bridge.uri) as client:
        before = client.observe()
        sent = client.act(0.6, 1.0)
        assert 0.0 <= sent[0] <= 0.5 + 1e-9  # 5 rad/s for the 0.1 s that a step may count
        until(lambda: bool(np.allclose(client.observe()["state"], [0.6, 1.0], atol=1e-3)))
        np.testing.assert_allclose(client.act(0.6, 1.0), [0.6, 1.0])
        np.testing.assert_array_equal(bridge.device.sent[-1], [0.6, 1.0])
    np.testing.assert_array_equal(before["state"], hand.posture("open"))
    assert before["standing"] == "waits for a client"
    assert np.abs(np.diff(bridge.device.sent, axis=0)).max() <= 0.5 + 1e-9


def test_a_silent_client_makes_the_body_hold_until_it_speaks(hand: HandSpec):
    with served(hand, watchdog_s=1.0, speed=0.02) as bridge, Client(bridge.uri) as client:
        holds = len(bridge.device.times("hold"))
        client.act(1.0, 1.0)
        until(lambda: len(bridge.device.times("hold")) > holds)
        held = bridge.device.sent[-1]
        assert (held < 0.9).all()
        until(lambda: "silent" in (client.observe()["standing"] or "the hold is under way"))
        np.testing.assert_allclose(bridge.device.sent[-1], held, atol=0.01)
        assert (client.act(1.0, 1.0) >= held - 0.01).all()
        assert client.observe()["standing"] is None


def test_a_client_that_only_looks_is_not_silent(hand: HandSpec):
    with served(hand, watchdog_s=1.2, speed=0.05) as bridge, Client(bridge.uri) as client:
        client.act(0.4, 0.4)  # at 0.25 rad/s, for longer than a silent client is moved
        until(lambda: bool(np.allclose(client.observe()["state"], 0.4, atol=1e-3)))
        assert client.observe()["standing"] is None


def test_the_body_holds_when_its_client_is_gone(hand: HandSpec):
    with served(hand, speed=0.02) as bridge:
        with Client(bridge.uri) as client:
            client.act(1.0, 1.0)
            holds = len(bridge.device.times("hold"))
        until(lambda: len(bridge.device.times("hold")) > holds)
        with Client(bridge.uri) as second:
            until(lambda: second.observe()["standing"] == "waits for a client")
            assert (second.observe()["state"] < 0.9).all()


def test_motion_too_fast_for_a_second_is_refused_and_held(hand: HandSpec):
    with served(hand, speed=0.05) as bridge, Client(bridge.uri) as client:
        client.act(0.0, 0.0)  # it is there: what follows is motion
        answer = client.said(_action(1.0, 1.0))
        begun = time.monotonic()
        while isinstance(answer, dict):
            assert time.monotonic() - begun < WAIT_S
            time.sleep(0.01)
            answer = client.said(_action(1.0, 1.0))
        assert "faster than its velocity limit" in answer
        with Client(bridge.uri) as second:
            assert second.observe()["standing"] == "its last action was refused"
            assert (second.observe()["state"] < 0.9).all()


def test_a_device_that_fails_ends_the_bridge_and_the_client_hears_why(hand: HandSpec):
    with served(hand) as bridge, Client(bridge.uri) as client:
        client.act(0.1, 0.1)
        bridge.device.fails = ("command",)
        reason = client.refused({"action": np.array([0.2, 0.2])})
        error = bridge.wait()
    assert isinstance(error, DriverError)
    assert f"{hand.id}: command failed" in reason
    assert [name for name, _ in bridge.device.calls][-2:] == ["stop", "close"]


def test_leaving_stops_the_body_and_tells_the_client(hand: HandSpec):
    with served(hand) as bridge, Client(bridge.uri) as client:
        client.act(0.1, 0.1)
        assert bridge.end() is None
        assert [name for name, _ in bridge.device.calls][-2:] == ["stop", "close"]
        assert not list(client.socket)  # closed, and nothing more came


def test_latents_are_read_and_sent_as_rows_of_the_layout(hand: HandSpec):
    layout = layout_of(hand)
    row = np.linspace(-0.5, 0.5, 32)
    target = layout.decode(row, hand.posture("open"))
    with (
        served(hand, RowColumns(layout)) as bridge,
        Client(bridge.uri) as client,
    ):
        first = client.first

        def arrived() -> bool:
            sent = client.act(*row)
            there = np.allclose(bridge.device.sent[-1], target, atol=1e-6)
            if there:
                np.testing.assert_allclose(sent, layout.encode(target), atol=1e-4)
            return there

        until(arrived)
        state = client.observe()["state"]
    assert (first["features"], first["layout"], first["space"]) == ("latent", "xl-1", layout.space)
    assert (first["names"][0], first["names"][-1]) == ("right_latent_00", "right_latent_31")
    assert state.shape == (32,)


class StillCamera(Camera):
    """A camera whose picture has an age."""

    simulated = True

    def __init__(self, age_s: float) -> None:
        self.age_s = age_s
        self.error: DriverError | None = None

    def read(self) -> Frame:
        if self.error is not None:
            raise self.error
        return Frame(np.full((4, 6, 3), 7, np.uint8), time.monotonic() - self.age_s)


def test_pictures_travel_with_the_observation(hand: HandSpec):
    camera = StillCamera(0.0)
    with (
        served(hand, cameras={"front": camera}, oldest_frame_s=10.0) as bridge,
        Client(bridge.uri) as client,
    ):
        assert client.first["cameras"] == {"front": [4, 6, 3]}
        image = client.observe()["images"]["front"]
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, np.full((4, 6, 3), 7))


def test_an_old_picture_is_refused_and_named(hand: HandSpec):
    with (
        served(hand, cameras={"front": StillCamera(5.0)}, oldest_frame_s=1.0) as bridge,
        Client(bridge.uri) as client,
    ):
        assert "camera 'front' is 5" in client.refused({"observe": True})


def test_a_camera_that_is_gone_ends_the_bridge(hand: HandSpec):
    camera = StillCamera(0.0)
    with served(hand, cameras={"front": camera}) as bridge:
        camera.error = DriverError("unplugged.")
        error = bridge.wait()
    assert "camera 'front': unplugged" in str(error)
    assert [name for name, _ in bridge.device.calls][-2:] == ["stop", "close"]


def _action(*numbers: float) -> bytes:
    from xlvla_sdk.policy.wire import pack

    return pack({"action": np.array(numbers)})
