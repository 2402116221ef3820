"""The kit finds what is wrong with a driver, its bytes and its codec, and says how to mend it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.codecs import small_codec
from tests.line_device import LineDriver, LinePlugin, sealed
from tests.spaces import toy_space
from xlvla_sdk.checks import Declared, Exchange
from xlvla_sdk.codec import save_codec
from xlvla_sdk.codec.store import codec_name
from xlvla_sdk.errors import PluginError
from xlvla_sdk.plugin import Device, PluginInfo, offer_of
from xlvla_sdk.specs import HandSpec
from xlvla_sdk.testing import HandKit
from xlvla_sdk.testing.contract import CLAUSES
from xlvla_sdk.testing.contract_faults import FAULT_CLAUSES
from xlvla_sdk.testing.exchanges import check_exchange
from xlvla_sdk.testing.kit import every_check, require
from xlvla_sdk.testing.mends import MENDS
from xlvla_sdk.testing.quality import check_shipped
from xlvla_sdk.testing.wire_checks import wire_checks


class Reversed(LineDriver):
    """Reads the joints the wrong way round."""

    def read(self):
        state = super().read()
        return type(state)(state.qpos[::-1].copy())


@pytest.fixture
def devices(tmp_path: Path) -> dict[str, Device]:
    offer = offer_of(PluginInfo("line", api=(1, 0)), LinePlugin(tmp_path))
    return {device.spec.id: device for device in offer.devices}


def having(device: Device, driver: str) -> Device:
    fields = {**vars(device), "drivers": {"serial": f"tests.testing.test_kit:{driver}"}}
    return Device(**fields)


def test_every_clause_has_a_mend():
    names = {clause.__name__ for clause in (*CLAUSES, *FAULT_CLAUSES)}
    assert names | {"outlives_a_bad_line", "reaches_its_limits"} == MENDS.keys()


def test_clauses_are_walked_on_each_wire_and_fewer_on_the_second_side(devices):
    right, left = (
        {check.name for check in wire_checks(devices[f"line:{side}"], devices, Declared())}
        for side in ("right", "left")
    )
    assert right == MENDS.keys()
    assert left == {"opens_without_moving", "reads_where_it_was_sent", "reaches_its_limits"}


def walked(device: Device, devices: dict[str, Device], name: str, **declared: Any):
    checks = wire_checks(device, devices, Declared(**declared))
    return next(check for check in checks if check.name == name).make()


def test_a_sound_driver_reaches_its_limits(devices):
    require(walked(devices["line:right"], devices, "reaches_its_limits"))


def test_a_driver_that_reads_wrongly_fails_with_what_was_read_and_the_mend(devices):
    result = walked(having(devices["line:right"], "Reversed"), devices, "reads_where_it_was_sent")
    assert not result.ok
    assert "was read at" in result.text
    assert result.mend == MENDS["reads_where_it_was_sent"]
    with pytest.raises(AssertionError, match="was read at"):
        require(result)


def test_an_exempt_clause_is_not_walked(devices):
    device = having(devices["line:right"], "Reversed")
    result = walked(
        device, devices, "reads_where_it_was_sent", exempt={"reads_where_it_was_sent": "x"}
    )
    assert (result.ok, result.exempt) == (True, "x")


def test_a_wire_that_is_driven_and_not_emulated_is_a_failure(devices):
    device = Device(**{**vars(devices["line:right"]), "emulators": {}})
    (check,) = wire_checks(device, devices, Declared())
    assert not check.make().ok


def exchange(**changed: Any) -> Exchange:
    """A read of the line hand, from its protocol's own words."""

    def line(text: str) -> str:
        return sealed(text).hex(" ")

    fields: dict[str, Any] = {
        "name": "reads",
        "source": "tests/line_device.py",
        "wire": "serial",
        "opening": (f"> {line('I')}", f"< {line('I SN7 right')}"),
        "does": "read",
        "qpos": (0.5, 0.25),
        "lines": (f"> {line('R')}", f"< {line('R 500000 250000 0 0 30 30')}"),
    }
    return Exchange(**{**fields, **changed})


def test_an_exchange_is_played_byte_for_byte(devices):
    result = check_exchange(devices["line:right"], exchange())
    assert result.ok, result.text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"qpos": (0.5, 0.3)}, "'index_bend' was read at 0.2500, not 0.3000"),
        ({"qpos": (0.5,)}, "has 1 joints, the device 2"),
        ({"lines": ("> 00",)}, "sent 52"),
        ({"does": "command", "qpos": (0.5, 0.25)}, "sent 43"),
    ],
)
def test_an_exchange_that_differs_says_where(devices, changed: dict[str, object], said: str):
    result = check_exchange(devices["line:right"], exchange(**changed))
    assert not result.ok
    assert said in result.text
    assert "tests/line_device.py" in str(result.mend)


def test_a_device_that_is_not_offered_is_named_with_those_that_are(devices):
    with pytest.raises(PluginError, match=r"no 'lime'.*line:right, line:left"):
        every_check("lime", devices)


def test_a_plugin_that_cannot_be_used_is_one_failed_check():
    broken = ModuleType("xlvla_broken")
    kit = type("TestBroken", (HandKit,), {"device": "broken", "plugin": broken})
    (check,) = kit.checks()
    assert check.group == "manifest"
    assert "no xlvla_register_devices" in check.make().text
    missing = type("TestMissing", (HandKit,), {"device": "missing"})
    assert "there is no package xlvla_missing" in missing.checks()[0].make().text


def test_a_codec_that_ships_has_to_be_this_hands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, devices: dict[str, Device]
):
    space = toy_space()
    folder = tmp_path / "site" / "xlvla_line"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder.parent)
    device = Device(**{**vars(devices["line:right"]), "package": "xlvla_line"})
    assert "none yet" in check_shipped(device, space).text
    path = folder / "codecs" / space.name / codec_name("line:right")
    spec = device.spec
    assert isinstance(spec, HandSpec)
    save_codec(small_codec(spec, space.id), path)
    assert check_shipped(device, space).ok
    save_codec(small_codec(spec, "toy@00000000"), path)
    assert "is of toy@00000000" in check_shipped(device, space).text
    said = {name: getattr(spec, name) for name in HandSpec.model_fields}
    moved = HandSpec(**{**said, "palm_xyz": (0.0, 0.0, 0.01)})
    save_codec(small_codec(moved, space.id), path)
    assert "another hand" in check_shipped(device, space).text
    path.write_bytes(b"")
    assert not check_shipped(device, space).ok
