"""Plugins offer kinds of cameras by their own hook, isolated as their devices are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_plugins import HOOK, entry_points_of, write_plugin
from xlvla_sdk.drivers import Address
from xlvla_sdk.drivers.looking import camera_address
from xlvla_sdk.errors import DriverError, PluginError
from xlvla_sdk.registry import Registry, load_registry

CAMERA = """
import numpy as np

from xlvla_sdk import hookimpl
from xlvla_sdk.drivers import Camera, Frame

PLUGIN_API = (1, 1)


class Eye(Camera):
    def __init__(self, address, now):
        address.only("level")
        self.level, self.now = address.integer("level", 7), now

    def read(self):
        return Frame(np.full((2, 3, 3), self.level, np.uint8), self.now())


@hookimpl
def xlvla_register_cameras(register):
    register("{wire}", "{package}:Eye")
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name in sys.modules if "acme" in name]:
        del sys.modules[name]


def write_camera(site: Path, name: str, wire: str = "acme-eye", more: str = "") -> None:
    code = CAMERA.format(wire=wire, package=f"xlvla_{name}") + more
    write_plugin(site, name, code)


def loaded(site: Path) -> Registry:
    return load_registry(entry_points_of(site))


def test_a_plugin_of_cameras_alone_is_used(site: Path):
    write_camera(site, "acme_eye")
    found = loaded(site)
    assert [info.status for info in found.plugins] == ["ok"]
    assert list(found.cameras) == ["v4l2", "video", "acme-eye"]
    assert found.cameras["acme-eye"].plugin.label == "xlvla-acme_eye 0.2.0"
    with found.camera(camera_address("acme-eye:17?level=9"), lambda: 3.5) as camera:
        frame = camera.read()
    assert (frame.image[0, 0, 0], frame.time_s) == (9, 3.5)


def test_a_plugin_may_have_devices_and_cameras(site: Path):
    hands = HOOK.format(device="acme_both").replace("PLUGIN_API = (1, 0)", "")
    write_camera(site, "acme_both", more=hands)
    found = loaded(site)
    assert "acme_both:left" in found.devices
    assert "acme-eye" in found.cameras


def test_a_plugin_that_fails_at_its_cameras_leaves_nothing_behind(site: Path):
    hands = HOOK.format(device="acme_bad").replace("PLUGIN_API = (1, 0)", "")
    write_camera(
        site, "acme_bad", more=hands.replace("register(hand(side))", "register(hand(None))")
    )
    write_camera(site, "acme_good")
    found = loaded(site)
    assert [info.status for info in found.plugins] == ["failed", "ok"]
    assert found.cameras["acme-eye"].plugin.name == "acme_good"
    assert not found.devices


@pytest.mark.parametrize(
    ("wire", "status", "reason"),
    [
        ("v4l2", "duplicate", "'v4l2' is registered already, by xlvla-sdk"),
        ("mujoco", "failed", "'mujoco' is kept for simulations. Rename the wire."),
    ],
)
def test_a_wire_that_is_taken_is_refused(site: Path, wire: str, status: str, reason: str):
    write_camera(site, "acme_eye", wire)
    found = loaded(site)
    assert (found.plugins[0].status, list(found.cameras)) == (status, ["v4l2", "video"])
    assert reason in str(found.plugins[0].reason)


def test_a_wire_of_two_plugins_stays_with_the_first(site: Path):
    write_camera(site, "acme_a")
    write_camera(site, "acme_b")
    found = loaded(site)
    assert [info.status for info in found.plugins] == ["ok", "duplicate"]
    assert found.cameras["acme-eye"].plugin.name == "acme_a"


@pytest.mark.parametrize("target", ["acme.eye", "acme eye:Eye", ""])
def test_a_camera_is_given_as_module_and_class(site: Path, target: str):
    code = CAMERA.format(wire="acme-eye", package="x").replace("x:Eye", target)
    write_plugin(site, "acme_eye", code)
    assert "Write 'module:Class'" in str(loaded(site).plugins[0].reason)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("xlvla_acme_eye:Eye", "there_is_no_module:Eye"), "No module named 'there_is_no_module'"),
        (('address.only("level")', "1 / 0"), "ZeroDivisionError"),
    ],
)
def test_a_camera_that_cannot_be_made_names_its_plugin(
    site: Path, change: tuple[str, str], said: str
):
    code = CAMERA.format(wire="acme-eye", package="xlvla_acme_eye").replace(*change)
    write_plugin(site, "acme_eye", code)
    with pytest.raises(PluginError, match=f"xlvla-acme_eye 0.2.0: .*{said}"):
        loaded(site).camera(Address("acme-eye", "17"), lambda: 0.0)


def test_what_a_camera_refuses_reaches_the_user(site: Path):
    write_camera(site, "acme_eye")
    with pytest.raises(DriverError, match="there is no option 'colour' on this wire"):
        loaded(site).camera(Address("acme-eye", "17", {"colour": "red"}), lambda: 0.0)


def test_an_unknown_wire_is_answered_with_those_that_there_are():
    with pytest.raises(DriverError, match=r"no camera has the wire 'acme'. There are: v4l2, video"):
        load_registry([]).camera(Address("acme", "17"), lambda: 0.0)
    with pytest.raises(DriverError, match="is a camera of the simulation, and there is none"):
        load_registry([]).camera(Address("mujoco", "front"), lambda: 0.0)


def test_without_pyav_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch):
    for module in ("pictures", "newest", "v4l2", "video_file"):
        monkeypatch.delitem(sys.modules, f"xlvla_sdk.drivers.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DriverError, match=r"is not installed. Write `pip install xlvla-sdk\[cam"):
        load_registry([]).camera(Address("video", "film.mp4"), lambda: 0.0)
