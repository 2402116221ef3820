"""`xlvla check` says one fact a line, the mend under the failure, and exits 1 for a failure."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command
from tests.small_hand import small_urdf

TIPS = ("--tip", "thumb=thumb_tip", "--tip", "index=index_tip")


def test_a_sound_device_passes(xlvla: Command, space: Path):
    done = xlvla("check", "inspire:right", "--space", space)
    assert done.code == 0
    first = done.out.splitlines()[0].split()
    assert first == ["urdf", "ok", "12", "joints:", "6", "actuated,", "6", "mimic"]
    assert done.out.splitlines()[-1] == "21 checks, 0 failed"


def test_an_arm_is_checked_too(xlvla: Command):
    done = xlvla("check", "xarm7")
    assert done.code == 0
    assert "tips" not in done.out


def test_the_mend_stands_under_the_failure(xlvla: Command, tmp_path: Path, space: Path):
    urdf = tmp_path / "hand.urdf"
    urdf.write_text(small_urdf().replace('<limit lower="0" upper="1.2"', "<limit"))
    done = xlvla("check", "--urdf", urdf, "--side", "right", *TIPS, "--space", space)
    assert done.code == 1
    lines = done.out.splitlines()
    at = next(i for i, line in enumerate(lines) if "FAIL" in line)
    assert " ".join(lines[at].split()) == "limits FAIL 'thumb_yaw' has no lower limit"
    assert lines[at + 1].strip().startswith("Write <limit")


def test_json_says_the_same(xlvla: Command, space: Path):
    facts = json.loads(xlvla("check", "xhand:right", "--space", space, "--json").out)
    assert facts["failed"] == 0
    assert [check["name"] for check in facts["checks"]][:3] == ["urdf", "limits", "tips"]


def test_without_a_space_the_codec_check_fails_and_the_others_are_made(xlvla: Command):
    done = xlvla("check", "xhand:right", "--space", "nowhere")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "21 checks, 1 failed"


def test_a_file_in_a_device_s_place_is_told_where_it_belongs(xlvla: Command):
    assert "Give it as --urdf acme.urdf" in xlvla("check", "acme.urdf").error
