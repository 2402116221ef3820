"""The example vendor package is found, imported once, and refused with a reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from xlvla_sdk.demo.example import MODULE, load_example_plugin
from xlvla_sdk.errors import PluginError
from xlvla_sdk.registry import Registry


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Each test imports the package anew; afterwards all is as it was."""
    before = sys.modules.pop(MODULE, None)
    yield
    sys.modules.pop(MODULE, None)
    if before is not None:
        sys.modules[MODULE] = before


def package(folder: Path, text: str) -> Path:
    (folder / MODULE).mkdir(parents=True)
    (folder / MODULE / "__init__.py").write_text(text)
    return folder / MODULE


def test_example_registers_a_right_and_a_left_hand() -> None:
    devices = Registry().register_plugin(load_example_plugin())
    assert [device.spec.id for device in devices] == ["acme_h11:right", "acme_h11:left"]
    assert all(len(device.spec.joints) == 11 for device in devices)
    assert {device.package for device in devices} == {MODULE}


def test_example_is_imported_once() -> None:
    assert load_example_plugin() is load_example_plugin()


def test_package_data_comes_before_the_checkout(tmp_path: Path) -> None:
    places = tuple(package(tmp_path / name, f"PLACE = {name!r}") for name in ("wheel", "checkout"))
    assert load_example_plugin(places).PLACE == "wheel"


def test_missing_example_says_where_it_was_sought(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"nowhere.*Install xlvla-sdk again"):
        load_example_plugin((tmp_path / "nowhere" / MODULE,))


def test_broken_example_is_refused_and_not_kept(tmp_path: Path) -> None:
    broken = package(tmp_path, "import no_such_module")
    with pytest.raises(PluginError, match="ModuleNotFoundError: No module named 'no_such_module'"):
        load_example_plugin((broken,))
    assert MODULE not in sys.modules
