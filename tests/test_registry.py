"""Discovery isolates every plugin from the other, and names are answered or explained."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.fake_plugins import entry_points_of, write_plugin
from tests.small_hand import small_hand
from xlvla_sdk import hookimpl
from xlvla_sdk.errors import PluginError, SpecError, UnknownDevice
from xlvla_sdk.hookspecs import Register
from xlvla_sdk.registry import DATA_FOLDER, Registry, load_registry
from xlvla_sdk.specs import ArmSpec, Side
from xlvla_sdk.specs.saved import hand_folder, save_hand


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name in sys.modules if "acme" in name]:
        del sys.modules[name]


def loaded(site: Path) -> Registry:
    return load_registry(entry_points_of(site))


def statuses(registry: Registry) -> dict[str, str]:
    return {info.name: info.status for info in registry.plugins}


def plugin_of(*specs: object) -> SimpleNamespace:
    @hookimpl
    def xlvla_register_devices(register: Register) -> None:
        for spec in specs:
            register(spec)  # type: ignore[arg-type]

    return SimpleNamespace(xlvla_register_devices=xlvla_register_devices, __name__="made_up")


def arm(folder: Path, name: str, side: Side | None = None) -> ArmSpec:
    path = folder / f"{name}.urdf"
    path.write_text(
        '<robot name="a"><link name="base"/><link name="flange"/>'
        '<joint name="lift" type="revolute"><parent link="base"/><child link="flange"/>'
        '<limit lower="-1" upper="1"/></joint></robot>'
    )
    return ArmSpec(
        name=name,
        side=side,
        urdf=path,
        base_link="base",
        flange_link="flange",
        velocity=1.0,
        source="made up",
        license="Apache-2.0",
    )


@pytest.fixture
def bodies(tmp_path: Path) -> Registry:
    new = Registry()
    hands = [small_hand(tmp_path, name, side) for name in ("small", "petite") for side in Side]
    arms = [arm(tmp_path, "lifter"), *(arm(tmp_path, "twin", side) for side in Side)]
    new.register_plugin(plugin_of(*hands, *arms))
    return new


def test_an_installed_plugin_offers_its_devices(site: Path):
    write_plugin(site, "acme_one")
    found = loaded(site)
    assert list(found.devices) == ["acme_one:right", "acme_one:left"]
    device = found.device("acme_one:right")
    assert device.package == "xlvla_acme_one"
    assert device.plugin.label == "xlvla-acme_one 0.2.0"
    assert found.hand("acme_one:left").side is Side.LEFT


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import there_is_no_such_module", "ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def broken(:", "SyntaxError"),
        ("PLUGIN_API = (1, 0)", "has no xlvla_register_devices"),
        ("PLUGIN_API = 'new'", "Write (major, minor)"),
        (
            "from xlvla_sdk import hookimpl\n@hookimpl\ndef xlvla_register_devices(register):\n"
            "    raise RuntimeError('no licence')",
            "RuntimeError: no licence (xlvla_acme_bad/__init__.py, line 4)",
        ),
        (
            "from xlvla_sdk import hookimpl\n@hookimpl\ndef xlvla_register_devices(other):\n    ...",
            "PluginValidationError",
        ),
        (
            "from xlvla_sdk import hookimpl\n@hookimpl\ndef xlvla_register_device(register):\n    ...",
            "PluginValidationError",
        ),
    ],
)
def test_a_broken_plugin_is_listed_with_its_reason_and_the_others_work(
    site: Path, code: str, reason: str
):
    write_plugin(site, "acme_bad", code)
    write_plugin(site, "acme_good")
    found = loaded(site)
    assert statuses(found) == {"acme_bad": "failed", "acme_good": "ok"}
    assert reason in str(found.plugins[0].reason)
    assert "acme_good:right" in found.devices


def test_a_plugin_that_fails_halfway_leaves_nothing_behind(site: Path):
    package = write_plugin(site, "acme_half")
    (package / "left.urdf").write_text("")
    found = loaded(site)
    assert statuses(found) == {"acme_half": "failed"}
    assert "left.urdf: the file is empty" in str(found.plugins[0].reason)
    assert not found.devices


@pytest.mark.parametrize(
    ("version", "upgrade"),
    [("(2, 0)", "xlvla-sdk"), ("(1, 9)", "xlvla-sdk"), ("(0, 3)", "xlvla-acme_old")],
)
def test_another_plugin_api_is_incompatible_and_says_what_to_upgrade(
    site: Path, version: str, upgrade: str
):
    write_plugin(site, "acme_old", f"PLUGIN_API = {version}")
    (info,) = loaded(site).plugins
    assert info.status == "incompatible"
    assert str(info.reason).endswith(f"Upgrade {upgrade}.")


def test_xlvla_plugins_selects(site: Path, monkeypatch: pytest.MonkeyPatch):
    write_plugin(site, "acme_a")
    write_plugin(site, "acme_b")
    monkeypatch.setenv("XLVLA_PLUGINS", "acme_b, acme_c")
    found = loaded(site)
    assert statuses(found) == {"acme_a": "disabled", "acme_b": "ok", "acme_c": "failed"}
    monkeypatch.setenv("XLVLA_PLUGINS", "")
    assert not loaded(site).devices


def test_a_disabled_plugin_is_not_imported(site: Path, monkeypatch: pytest.MonkeyPatch):
    write_plugin(site, "acme_loud", "raise RuntimeError('imported')")
    monkeypatch.setenv("XLVLA_PLUGINS", "")
    assert statuses(loaded(site)) == {"acme_loud": "disabled"}


def test_strict_plugins_raise(site: Path, monkeypatch: pytest.MonkeyPatch):
    write_plugin(site, "acme_bad", "import there_is_no_such_module")
    monkeypatch.setenv("XLVLA_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match=r"acme_bad.*failed.*there_is_no_such_module"):
        loaded(site)


def test_one_name_in_two_distributions_is_a_duplicate(site: Path):
    write_plugin(site, "acme_x")
    write_plugin(site, "acme_x", distribution="other-acme-x")
    found = loaded(site)
    assert [info.status for info in found.plugins] == ["ok", "duplicate"]
    assert "other-acme-x" in str(found.plugins[1].reason)


def test_a_device_of_two_plugins_stays_with_the_first(site: Path):
    write_plugin(site, "acme_x")
    copy = write_plugin(site, "acme_y")
    text = (copy / "__init__.py").read_text().replace('name="acme_y"', 'name="acme_x"')
    (copy / "__init__.py").write_text(text)
    found = loaded(site)
    assert statuses(found) == {"acme_x": "ok", "acme_y": "duplicate"}
    assert found.device("acme_x:right").plugin.name == "acme_x"


def test_a_driver_is_given_as_module_and_class(tmp_path: Path):
    spec = small_hand(tmp_path)

    @hookimpl
    def xlvla_register_devices(register: Register) -> None:
        register(spec, drivers={"tcp": "acme.driver"})

    plugin = SimpleNamespace(xlvla_register_devices=xlvla_register_devices)
    with pytest.raises(PluginError, match=r"small:right: driver 'tcp' is .* Write 'module:Class'"):
        Registry().register_plugin(plugin)


def test_registering_the_same_plugin_again_changes_nothing(tmp_path: Path):
    plugin, new = plugin_of(small_hand(tmp_path)), Registry()
    assert new.register_plugin(plugin) == new.register_plugin(plugin)
    assert len(new.plugins) == 1


def test_the_nearest_device_is_suggested(bodies: Registry):
    with pytest.raises(UnknownDevice, match=r"'smal:right'. Did you mean 'small:right'"):
        bodies.device("smal:right")
    with pytest.raises(UnknownDevice, match="Did you mean 'small:right' or 'small:left'"):
        bodies.hand("small")


def test_a_lost_plugin_is_named_where_its_device_is_missed(site: Path):
    write_plugin(site, "acme_bad", "import there_is_no_such_module")
    with pytest.raises(UnknownDevice, match=r"Plugin 'acme_bad' is not there \(failed"):
        loaded(site).device("acme_bad:right")


def test_an_arm_is_no_hand(bodies: Registry):
    with pytest.raises(UnknownDevice, match="is an arm, wanted is a hand"):
        bodies.hand("lifter")
    with pytest.raises(UnknownDevice, match="There are: lifter, twin:right, twin:left"):
        bodies.arm("small:right")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("small:right", ["small:right"]),
        ("small:both", ["small:right", "small:left"]),
        ("lifter+small:left", ["lifter", "small:left"]),
        ("twin+small:both", ["twin:right", "small:right", "twin:left", "small:left"]),
        ("lifter+petite:left, small:right", ["small:right", "lifter", "petite:left"]),
        ("lifter", ["lifter"]),
        ("twin:left", ["twin:left"]),
    ],
)
def test_an_embodiment_is_read_right_side_first(bodies: Registry, text: str, parts: list[str]):
    assert [spec.id for spec in bodies.embodiment(text).parts] == parts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("small", "names no side. Write 'small:right'"),
        ("small:up", "is not understood"),
        ("", "is not understood"),
        ("lifter+", "is not understood"),
        ("small+lifter:right", "are not an arm, then a hand"),
        ("small:right,petite:right", "names a side twice"),
    ],
)
def test_what_is_no_embodiment_is_refused(bodies: Registry, text: str, said: str):
    with pytest.raises(SpecError) as refused:
        bodies.embodiment(text)
    assert said in refused.value.message


@pytest.mark.parametrize("text", ["smal:right", "lifte+small:right", "smal", "smal:both"])
def test_an_unknown_part_of_an_embodiment_is_an_unknown_device(bodies: Registry, text: str):
    with pytest.raises(UnknownDevice, match="Did you mean"):
        bodies.embodiment(text)


def test_hands_of_the_data_folder_are_offered(tmp_path: Path):
    save_hand(small_hand(tmp_path, "kept"))
    found = load_registry([])
    assert found.device("kept:right").plugin.name == DATA_FOLDER
    assert statuses(found) == {DATA_FOLDER: "ok"}


def test_a_broken_hand_of_the_data_folder_is_listed(tmp_path: Path):
    spec = small_hand(tmp_path, "kept")
    save_hand(spec)
    (hand_folder(spec) / "hand.json").write_text("{")
    save_hand(small_hand(tmp_path, "whole"))
    found = load_registry([])
    assert list(found.devices) == ["whole:right"]
    assert [info.status for info in found.plugins] == ["failed", "ok"]
    assert "kept-right" in str(found.plugins[0].reason)


def test_discovery_loads_none_of_the_heavy_modules():
    heavy = ("torch", "pymodbus", "serial", "mujoco", "openpi_client", "pytorch_kinematics", "av")
    code = (
        "import sys; from xlvla_sdk.registry import registry; registry();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
