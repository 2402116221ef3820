"""Every look finds its fault and says how to mend it; none keeps the others from being taken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, PackageNotFoundError
from pathlib import Path

import pytest

from tests.codecs import small_codec
from tests.fake_plugins import entry_points_of, write_plugin
from tests.small_hand import small_hand
from xlvla_sdk.codec import load_space, save_codec
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.doctor import Health
from xlvla_sdk.doctor.codecs import look_at_codecs
from xlvla_sdk.doctor.examining import taken
from xlvla_sdk.doctor.machine import (
    look_at_computing,
    look_at_data_folder,
    look_at_drawing,
    look_at_ports,
)
from xlvla_sdk.doctor.plugins import look_at_plugins
from xlvla_sdk.doctor.versions import look_at_extras, look_at_packages, look_at_python
from xlvla_sdk.drivers.ports import Port
from xlvla_sdk.errors import CodecMismatch, DriverError
from xlvla_sdk.registry import Registry, load_registry
from xlvla_sdk.sim import engine
from xlvla_sdk.specs import HandSpec

NEEDED = ("numpy>=1.24,<3", "websockets>=15,<17", 'pyarrow>=18; extra == "data"')


def installed(**versions: str):
    def version(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    return version


def test_python_is_compared_with_what_the_sdk_was_made_for():
    assert look_at_python("3.12.4").state == "ok"
    found = look_at_python("3.14.0")
    assert found.state == "fail"
    assert "3.11 or 3.12" in str(found.mend)


def test_whole_packages_are_one_line():
    found = list(look_at_packages(NEEDED, installed(numpy="1.26.4", websockets="16.1")))
    assert found == [Health("packages", "ok", "2 of 2 that the core needs")]


def test_a_package_that_is_missing_or_another_says_what_to_install():
    (found,) = look_at_packages(NEEDED, installed(numpy="1.26.4", websockets="17.0"))
    assert (found.state, found.text) == ("fail", "websockets 17.0 is not <17,>=15")
    assert found.mend == "`pip install 'websockets<17,>=15'`."
    missing = [found.text for found in look_at_packages(NEEDED, installed(websockets="16"))]
    assert missing == ["numpy is not installed"]


def test_an_extra_that_is_not_there_is_a_warning_with_its_command():
    found = {one.name: one for one in look_at_extras(NEEDED, installed(numpy="1", pyarrow="20.0"))}
    assert found["extra data"].state == "ok"
    without = {one.name: one for one in look_at_extras(NEEDED, installed(numpy="1"))}
    assert without["extra data"].state == "warn"
    assert "pip install 'xlvla-sdk[data]'" in str(without["extra data"].mend)
    assert "does not know it" in without["extra view"].text


def test_a_gpu_that_torch_does_not_reach_is_a_warning():
    assert look_at_computing(lambda: ("cuda", "2.13"), "/bin/nvidia-smi").state == "ok"
    assert look_at_computing(lambda: ("cpu", "2.13"), None).state == "ok"
    found = look_at_computing(lambda: ("cpu", "2.13"), "/bin/nvidia-smi")
    assert found.state == "warn"
    assert "CUDA" in str(found.mend)


def test_without_mujoco_drawing_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    def away(name: str) -> None:
        raise ImportError(f"no module {name}")

    monkeypatch.delitem(sys.modules, "mujoco", raising=False)
    monkeypatch.setattr(engine, "gl_platform", lambda: engine.GlPlatform("egl"))
    monkeypatch.setattr(engine, "import_module", away)
    found = look_at_drawing()
    assert (found.name, found.state) == ("drawing", "warn")
    assert "pip install 'xlvla-sdk[sim]'" in str(found.mend)


@pytest.mark.parametrize(
    ("given", "loads", "said", "mend"),
    [
        ("off", True, "MUJOCO_GL=off turns OpenGL off", "Unset MUJOCO_GL"),
        ("glx", True, "MUJOCO_GL=glx does not work here", "apt-get install libegl1"),
        ("", False, "no OpenGL library loads here", "apt-get install libegl1"),
    ],
)
def test_without_opengl_drawing_says_what_is_used_instead_and_what_brings_it_back(
    monkeypatch: pytest.MonkeyPatch, given: str, loads: bool, said: str, mend: str
):
    monkeypatch.setenv(engine.VARIABLE, given)
    monkeypatch.setattr(engine, "_works", lambda _: False)
    monkeypatch.setattr(engine, "_loads", lambda _: loads)
    monkeypatch.setattr(engine, "gl_platform", engine.gl_platform.__wrapped__)
    monkeypatch.setattr(engine, "load_mujoco", lambda: None)
    found = look_at_drawing()
    assert found.state == "warn"
    assert found.text.startswith(said)
    assert "matplotlib" in found.text
    assert mend in str(found.mend)


def test_a_port_that_may_not_be_opened_names_its_group(tmp_path: Path):
    port = tmp_path / "ttyUSB0"
    port.touch()
    ports = [Port(str(port), "FT232R")]
    assert [one.state for one in look_at_ports(lambda: ports)] == ["ok"]
    (found,) = look_at_ports(lambda: ports, lambda _: False)
    assert found.state == "fail"
    assert str(found.mend).startswith("`sudo usermod -aG ")
    assert [one.state for one in look_at_ports(list)] == ["ok"]


def test_a_data_folder_that_nobody_can_make_is_a_failure(tmp_path: Path):
    assert look_at_data_folder(tmp_path).state == "ok"
    assert look_at_data_folder(tmp_path / "new/er").text.endswith("made at first use")
    (tmp_path / "file").touch()
    found = look_at_data_folder(tmp_path / "file" / "data")
    assert found.state == "fail"
    assert "XLVLA_DATA" in str(found.mend)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path / "site")
    return tmp_path / "site"


def found_in(site: Path) -> Registry:
    entries: list[EntryPoint] = list(entry_points_of(site))
    return load_registry(entries)


def test_a_broken_plugin_is_a_failure_beside_the_others(site: Path):
    write_plugin(site, "doctor_good")
    write_plugin(site, "doctor_bad", "import there_is_no_such_module")
    found = {one.name: one for one in look_at_plugins(found_in(site))}
    assert found["plugin doctor_good"].state == "ok"
    assert found["plugin doctor_good"].text.endswith("doctor_good:right doctor_good:left")
    assert found["plugin doctor_bad"].state == "fail"
    assert "there_is_no_such_module" in found["plugin doctor_bad"].text
    assert "python -c" in str(found["plugin doctor_bad"].mend)


@pytest.mark.parametrize(
    ("name", "code", "said", "mend"),
    [
        ("doctor_newer", "PLUGIN_API = (9, 0)", "incompatible", "Upgrade xlvla-sdk"),
        ("doctor_odd", "PLUGIN_API = 'one'", "PLUGIN_API", "(1, "),
        ("doctor_ends", "raise SystemExit(3)", "SystemExit", "python -c"),
    ],
)
def test_a_plugin_that_cannot_be_used_says_why_and_what_to_do(
    site: Path, name: str, code: str, said: str, mend: str
):
    write_plugin(site, name, code)
    (found,) = look_at_plugins(found_in(site))
    assert (found.name, found.state) == (f"plugin {name}", "fail")
    assert said in found.text
    assert mend in str(found.mend)


def test_without_any_plugin_there_is_a_line_that_says_how_to_get_one():
    (found,) = look_at_plugins(Registry())
    assert found.state == "warn"
    assert "pip install" in str(found.mend)


def test_a_driver_that_cannot_be_imported_is_found(site: Path):
    package = write_plugin(site, "doctor_driver")
    code = (package / "__init__.py").read_text()
    drivers = 'register(hand(side), drivers={"serial": "xlvla_doctor_driver.away:Away"})'
    (package / "__init__.py").write_text(code.replace("register(hand(side))", drivers))
    found = [one for one in look_at_plugins(found_in(site)) if one.state == "fail"]
    assert [one.name for one in found] == ["driver doctor_driver"]
    assert "xlvla_doctor_driver.away" in found[0].text


@pytest.fixture
def hand(tmp_path: Path) -> HandSpec:
    return small_hand(tmp_path, "doctored")


class Vendor:
    """A plugin of one hand."""

    def __init__(self, hand: HandSpec) -> None:
        self.hand = hand

    from xlvla_sdk import hookimpl

    @hookimpl
    def xlvla_register_devices(self, register) -> None:
        register(self.hand)


def states(hand: HandSpec) -> list[tuple[str, str]]:
    known = Registry()
    known.register_plugin(Vendor(hand), "vendor")
    return [(one.state, one.text) for one in look_at_codecs(known)]


def test_codecs_that_fit_are_one_line(hand: HandSpec):
    space = load_space()
    save_codec(small_codec(hand, space.id), user_codec(space.id, hand.id))
    assert states(hand) == [("ok", f"1, each of its hand and of {space.id}")]


def test_stale_codecs_are_named_with_what_has_changed(hand: HandSpec, tmp_path: Path):
    space = load_space()
    path = user_codec(space.id, hand.id)
    save_codec(small_codec(hand, space.id), path)
    urdf = Path(str(hand.urdf))
    urdf.write_text(urdf.read_text().replace('upper="1.5"', 'upper="1.4"'))
    changed = HandSpec(**{name: getattr(hand, name) for name in HandSpec.model_fields})
    ((state, text),) = states(changed)
    assert state == "warn"
    assert "'index_bend' upper limit: 1.5 then, 1.4 now" in text
    path.write_bytes(path.read_bytes()[:-50])
    assert states(changed)[0][0] == "fail"


def test_codecs_of_another_space_and_of_nobody_are_named(hand: HandSpec):
    space = load_space()
    save_codec(small_codec(hand, f"{space.name}@00000000"), user_codec("old", hand.id))
    assert "00000000" in states(hand)[0][1]
    known = list(look_at_codecs(Registry()))
    assert known[0].state == "warn"


def test_a_space_that_is_damaged_is_one_line_with_its_mend(monkeypatch: pytest.MonkeyPatch):
    def damaged() -> None:
        raise CodecMismatch("anthro4-1.safetensors is damaged. Install xlvla-sdk again.")

    monkeypatch.setattr("xlvla_sdk.doctor.codecs.load_space", damaged)
    (found,) = look_at_codecs(Registry())
    assert (found.state, found.mend) == ("fail", "Install xlvla-sdk again.")


def test_what_has_changed_says_how_to_train_it_anew(hand: HandSpec):
    save_codec(small_codec(hand, f"{load_space().name}@00000000"), user_codec("old", hand.id))
    known = Registry()
    known.register_plugin(Vendor(hand), "vendor")
    (found,) = look_at_codecs(known)
    assert found.mend == f"`xlvla onboard {hand.id} --again` trains it anew."


def test_a_look_that_ends_in_an_error_is_a_failure_and_not_the_end():
    def broken() -> Iterator[Health]:
        raise DriverError("there is no bus. Load its module.")
        yield  # a generator raises when it is walked

    assert list(taken("bus", broken)) == [
        Health("bus", "fail", "there is no bus", "Load its module.")
    ]
