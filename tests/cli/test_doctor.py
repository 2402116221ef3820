"""`xlvla doctor` and `xlvla plugins` say the same to people and to programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.fake_plugins import write_plugin
from xlvla_sdk.hookspecs import PLUGIN_API


def test_plugins_are_listed_with_their_reason_underneath(xlvla: Command, site: Path):
    write_plugin(site, "acme_bad", "PLUGIN_API = (9, 0)")
    done = xlvla("plugins")
    assert done.code == 0
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    at = next(i for i, line in enumerate(lines) if line.startswith("acme_bad"))
    assert lines[at].startswith("acme_bad incompatible 9.0 xlvla-acme_bad 0.2.0 ")
    assert "Upgrade xlvla-sdk" in lines[at + 1]
    assert any(line.startswith("xhand ok 1.0 xlvla-xhand ") for line in lines)


def test_plugins_as_json_have_api_origin_and_devices(xlvla: Command):
    facts = json.loads(xlvla("plugins", "--json").out)
    assert tuple(facts["api"]) == PLUGIN_API
    xhand = next(one for one in facts["plugins"] if one["name"] == "xhand")
    assert (xhand["status"], xhand["api"]) == ("ok", [1, 0])
    assert xhand["devices"] == ["xhand:right", "xhand:left"]
    assert Path(xhand["origin"]).name == "xlvla_xhand"


@pytest.mark.slow
def test_doctor_fails_for_a_broken_plugin_alone(xlvla: Command, site: Path):
    write_plugin(site, "acme_bad", "import there_is_no_such_module")
    done = xlvla("doctor", "--json")
    assert done.code == 1
    facts = json.loads(done.out)
    failed = [one for one in facts["found"] if one["state"] == "fail"]
    assert [one["name"] for one in failed] == ["plugin acme_bad"]
    assert facts["failed"] == 1
    looked = {one["name"] for one in facts["found"]}
    assert looked >= {"python", "packages", "computing", "drawing", "data folder", "codecs"}
    assert all(one["mend"] for one in facts["found"] if one["state"] != "ok")
