"""What a package lacks as a plugin is found, and each failure says how to mend it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from tests.fake_plugins import write_plugin
from xlvla_sdk.checks import Declared, check_device, declared_by, plan
from xlvla_sdk.checks.docs import check_docs, check_todo
from xlvla_sdk.checks.manifest import check_drivers, check_entry_point, check_files, check_terms
from xlvla_sdk.checks.result import exempted, failed, passed
from xlvla_sdk.checks.simulated import check_emulators, check_simulated
from xlvla_sdk.errors import SpecError
from xlvla_sdk.plugin import Device, PluginInfo, offer_of
from xlvla_sdk.specs import HandSpec

NAME = "kitted"
PACKAGE = f"xlvla_{NAME}"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package in its project's folder, not installed."""
    folder = tmp_path / "project"
    package = write_plugin(folder, NAME)
    for info in folder.glob("*.dist-info"):
        info.rename(tmp_path / info.name)
    text = f'[project]\nname = "xlvla-{NAME}"\n[project.entry-points.xlvla_sdk]\n{NAME} = "{PACKAGE}"\n'
    (folder / "pyproject.toml").write_text(text)
    (folder / "README.md").write_text(f"# {NAME}\n")
    (folder / "LICENSE").write_text("Apache\n")
    (folder / "CHANGELOG.md").write_text("# Changelog\n")
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop(package.name, None)


@pytest.fixture
def device(source: Path) -> Device:
    offer = offer_of(PluginInfo(NAME, api=(1, 0)), import_module(PACKAGE))
    return offer.devices[0]


def test_a_whole_package_passes_every_check(device: Device):
    results = [check.make() for check in plan(device, {}, Declared(), lambda _: None)]
    wrong = {result.name: result.text for result in results if not result.ok}
    assert set(wrong) == {"inertias"}, wrong  # the small hand of tests has no mass
    assert len(results) > len(check_device(device.spec, lambda _: None))


def test_without_an_entry_point_nobody_finds_it(device: Device, source: Path):
    assert check_entry_point(device).text == f"{NAME} = {PACKAGE}"
    (source / "pyproject.toml").write_text('[project]\nname = "x"\n')
    result = check_entry_point(device)
    assert not result.ok
    assert f'{NAME} = "{PACKAGE}"' in str(result.mend)


def test_a_urdf_outside_the_package_is_in_no_wheel(device: Device, tmp_path: Path):
    assert check_files(device).ok
    away = tmp_path / "away.urdf"
    away.write_bytes(Path(str(device.spec.urdf)).read_bytes())
    result = check_files(replace(device, spec=device.spec.model_copy(update={"urdf": away})))
    assert not result.ok
    assert "files(__name__)" in str(result.mend)


def test_drivers_have_to_be_drivers(device: Device):
    assert check_drivers(device).text == "none: it moves in simulation only"
    gone = check_drivers(replace(device, drivers={"serial": "xlvla_kitted.away:Driver"}))
    assert not gone.ok
    assert "No module named 'xlvla_kitted.away'" in gone.text
    odd = check_drivers(replace(device, drivers={"serial": "pathlib:Path"}))
    assert "no Driver" in odd.text
    sound = replace(device, drivers={"serial": "xlvla_sdk.drivers:SimulatedDriver"})
    assert check_drivers(sound).text == "serial (not emulated)"


def test_an_emulator_without_a_driver_is_a_mistake(device: Device):
    assert check_emulators(device).ok
    assert not check_emulators(replace(device, emulators={"serial": "a:B"})).ok


@pytest.mark.parametrize(
    ("field", "value"), [("license", "not stated"), ("license", "LicenseRef-TODO"), ("source", "?")]
)
def test_placeholders_of_source_and_licence_are_found(device: Device, field: str, value: str):
    assert check_terms(device).ok
    result = check_terms(replace(device, spec=device.spec.model_copy(update={field: value})))
    assert not result.ok
    assert value in result.text


def test_papers_that_are_missing_are_named(device: Device, source: Path):
    assert check_docs(device).ok
    (source / "LICENSE").unlink()
    assert check_docs(device).text == "LICENSE not in project/"
    (source / "LICENSE").touch()
    (source / "README.md").write_text("# Some hand\n")
    assert "does not name the device" in check_docs(device).text


def test_places_to_fill_are_listed(device: Device, source: Path):
    assert check_todo(device).ok
    (source / "README.md").write_text("# kitted\n\nTODO: wiring\n")
    (source / PACKAGE / "driver.py").write_text("# TODO: frames\n")
    assert check_todo(device).text == "left to fill: README.md:3, xlvla_kitted/driver.py:1"


def test_a_device_without_velocity_limits_is_not_even_simulated(device: Device):
    assert check_simulated(device.spec).ok
    said = {name: getattr(device.spec, name) for name in HandSpec.model_fields}
    result = check_simulated(HandSpec(**{**said, "velocity": None}))
    assert not result.ok
    assert "Write `velocity` into the spec" in str(result.mend)


def test_an_exemption_has_to_be_needed():
    bad, good = failed("docs", "no README", "Write one."), passed("docs", "there")
    assert exempted(bad, None) is bad
    assert exempted(good, None) is good
    spared = exempted(bad, "it is secret")
    assert (spared.ok, spared.exempt, spared.mend) == (True, "it is secret", None)
    idle = exempted(good, "it is secret")
    assert not idle.ok
    assert "Take 'docs' out" in str(idle.mend)


def test_declarations_are_read_from_the_package(source: Path):
    (source / PACKAGE / "checks.toml").write_text(
        '[exempt]\ndocs = "secret"\n"serial holds" = "no brake"\n'
        '[[exchange]]\nname = "reads"\nsource = "manual"\nwire = "serial"\ndoes = "read"\n'
        'lines = ["> 01 02", "<"]\n'
    )
    declared = declared_by(PACKAGE)
    assert declared.reason("docs", "serial") == "secret"
    assert declared.reason("holds", "serial") == "no brake"
    assert declared.reason("holds", "tcp") is None
    assert declared.exchange[0].lines == ("> 01 02", "<")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[exempt\n", "is no TOML"),
        ("[exampt]\n", "exampt"),
        (
            '[[exchange]]\nname="a"\nsource="b"\nwire="c"\ndoes="read"\nlines=["> 0g"]\n',
            "hexadecimal",
        ),
        ('[[exchange]]\nname="a"\nsource="b"\nwire="c"\ndoes="dance"\nlines=[]\n', "does"),
    ],
)
def test_declarations_that_cannot_be_understood_are_refused_with_their_place(
    source: Path, text: str, said: str
):
    (source / PACKAGE / "checks.toml").write_text(text)
    with pytest.raises(SpecError, match=said):
        declared_by(PACKAGE)


def test_an_installed_package_is_looked_at_by_its_metadata(
    source: Path, device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (source / "pyproject.toml").unlink()
    installed = replace(device, plugin=replace(device.plugin, distribution=f"xlvla-{NAME}"))
    assert "neither installed" in check_docs(device).text
    monkeypatch.syspath_prepend(tmp_path)  # its dist-info
    assert f"does not name '{NAME}'" in check_docs(installed).text
    metadata = tmp_path / f"{PACKAGE}-0.2.0.dist-info/METADATA"
    plain = metadata.read_text()
    metadata.write_text(f"{plain}\n# {NAME}\n\nA hand.\n")
    assert "names no licence" in check_docs(installed).text
    metadata.write_text(f"{plain}License-Expression: MIT\n\n# {NAME}\n\nA hand.\n")
    assert check_docs(installed).ok
    assert "not looked at" in check_todo(installed).text
