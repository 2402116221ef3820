"""Cameras are named as policies name them, and a device's path is an address."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlvla_sdk.drivers.address import Address
from xlvla_sdk.drivers.looking import camera_address, named_cameras
from xlvla_sdk.errors import DriverError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/dev/video0", Address("v4l2", "/dev/video0")),
        ("/dev/video0?fps=30", Address("v4l2", "/dev/video0", {"fps": "30"})),
        ("/dev/v4l/by-path/pci-0:14.0-usb-0", Address("v4l2", "/dev/v4l/by-path/pci-0:14.0-usb-0")),
        ("v4l2:/dev/video2", Address("v4l2", "/dev/video2")),
        ("video:clips/a.mp4?loop=1", Address("video", "clips/a.mp4", {"loop": "1"})),
        ("mujoco:front", Address("mujoco", "front")),
    ],
)
def test_an_address_is_read(text: str, address: Address):
    read = camera_address(text)
    assert (read.wire, read.place, dict(read.options)) == (
        address.wire,
        address.place,
        dict(address.options),
    )


@pytest.mark.parametrize("text", ["clip.mp4", "video:", ":x", ""])
def test_what_is_no_address_is_refused_with_examples(text: str):
    with pytest.raises(DriverError, match=r"is no camera's address. Write one such as /dev/video0"):
        camera_address(text)


def test_cameras_given_go_before_the_stations():
    known = {"left_wrist": "video:left.mp4", "front": "/dev/video9"}
    found = named_cameras(["side=/dev/video1?fps=30", "front=/dev/video0"], known, "lab.toml")
    assert {name: address.place for name, address in found.items()} == {
        "front": "/dev/video0",
        "side": "/dev/video1",
        "left_wrist": "left.mp4",
    }
    assert list(found) == ["front", "side", "left_wrist"]


@pytest.mark.parametrize(
    ("texts", "known", "said"),
    [
        (["top=/dev/video0"], {}, "--camera: 'top' is no camera's name. They are front, side, rig"),
        (["/dev/video0"], {}, "--camera: '/dev/video0' is no camera's name."),
        (["/dev/video0?fps=3"], {}, "write it as in front=/dev/video0"),
        (["front=/dev/video0", "front=/dev/video1"], {}, "--camera names front twice. Leave one"),
        (["front="], {}, "--camera front=: no address. Write it as in front=/dev/video0."),
        (["front"], {}, "--camera front: no address."),
        (["front=clip.mp4"], {}, "'clip.mp4' is no camera's address."),
        ([], {"wrist": "/dev/video0"}, "lab.toml: cameras: 'wrist' is no camera's name."),
        (["front=/dev/video0"], {"front": "clip.mp4"}, "'clip.mp4' is no camera's address."),
    ],
)
def test_what_names_no_camera_is_refused(texts: list[str], known: Mapping[str, str], said: str):
    with pytest.raises(DriverError) as error:
        named_cameras(texts, known, "lab.toml")
    assert said in error.value.message


@given(st.one_of(st.text(), st.builds("{}:/{}?{}={}".format, *[st.text(max_size=5)] * 4)))
def test_any_text_is_an_address_or_refused(text: str):
    try:
        address = camera_address(text)
    except DriverError:
        return
    assert camera_address(f"{address.wire}:{address.place}").place == address.place
