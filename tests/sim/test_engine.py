"""The OpenGL platform is found, or the package that mends it is named; so is the missing extra."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.sim import engine, gl_platform


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing found yet, nothing chosen by the user, on Linux."""
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    gl_platform.cache_clear()
    yield monkeypatch
    gl_platform.cache_clear()


def test_without_a_library_the_package_is_named_and_no_process_started(fresh: pytest.MonkeyPatch):
    fresh.setattr(engine, "_loads", lambda _: False)
    fresh.setattr(engine, "_works", lambda _: pytest.fail("nothing to try"))
    assert gl_platform().name is None
    assert "apt-get install libegl1 libgl1-mesa-dri" in gl_platform().reason


def test_osmesa_stands_in_for_an_egl_that_has_no_driver(fresh: pytest.MonkeyPatch):
    fresh.setattr(engine, "_loads", lambda _: True)
    fresh.setattr(engine, "_works", lambda name: name == "osmesa")
    assert gl_platform().name == "osmesa"


def test_what_the_user_chose_is_the_only_candidate(fresh: pytest.MonkeyPatch):
    tried: list[str] = []
    fresh.setenv(engine.VARIABLE, "osmesa")
    fresh.setattr(engine, "_works", lambda name: bool(tried.append(name)))
    assert gl_platform().name is None
    assert tried == ["osmesa"]
    assert "MUJOCO_GL=osmesa does not work here" in gl_platform().reason


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(XlvlaError, match=r"pip install 'xlvla-sdk\[sim\]'"):
        engine.load_pillow()
