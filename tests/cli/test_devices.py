"""`xlvla devices` lists what there is and what is lost, and loads nothing heavy for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Command
from tests.codecs import small_codec
from tests.fake_plugins import write_plugin
from xlvla_sdk.codec import load_space, save_codec
from xlvla_sdk.codec.store import user_codec
from xlvla_sdk.registry import registry

HEAVY = (
    "torch",
    "pymodbus",
    "serial",
    "mujoco",
    "openpi_client",
    "pytorch_kinematics",
    "websockets",
)


def test_both_sides_of_a_hand_share_a_row(xlvla: Command, space: Path):
    done = xlvla("devices", "--space", space)
    rows = [line.split() for line in done.out.splitlines()]
    assert " ".join(rows[0]) == "DEVICE SIDES JOINTS MIMIC TIPS DRIVER CODEC PLUGIN"
    xhand = next(row for row in rows if row[0] == "xhand")
    assert xhand[1:9] == ["right", "left", "12", "0", "5", "serial", "sdk", "simulated"]
    assert "founding / -" in done.out
    assert done.code == 0


def test_an_arm_has_no_tips_and_no_codec(xlvla: Command, space: Path):
    rows = [line.split() for line in xlvla("devices", "--space", space).out.splitlines()]
    assert ["xarm7", "-", "7", "0", "-", "tcp", "simulated", "-"] in [row[:8] for row in rows]


def test_a_lost_plugin_is_listed_with_its_reason(xlvla: Command, site: Path, space: Path):
    write_plugin(site, "acme_bad", "import there_is_no_such_module")
    done = xlvla("devices", "--space", space)
    assert done.code == 0
    assert "acme_bad    failed  xlvla-acme_bad 0.2.0: ModuleNotFoundError" in done.out
    assert "xhand" in done.out


def test_json_says_the_same(xlvla: Command, site: Path, space: Path):
    write_plugin(site, "acme_bad", "import there_is_no_such_module")
    facts = json.loads(xlvla("devices", "--space", space, "--json").out)
    inspire = next(fact for fact in facts["devices"] if fact["id"] == "inspire:right")
    assert (inspire["kind"], len(inspire["joints"]), inspire["mimic"]) == ("hand", 6, 6)
    assert inspire["codec"] == "founding"
    lost = [info for info in facts["plugins"] if info["status"] == "failed"]
    assert [info["name"] for info in lost] == ["acme_bad"]


def test_without_a_space_the_devices_are_listed_all_the_same(xlvla: Command):
    done = xlvla("devices", "--space", "nowhere")
    assert done.code == 0
    assert "no latent space is called 'nowhere'" in done.err
    assert "xhand" in done.out


def test_a_damaged_codec_is_named_and_the_rest_is_listed(xlvla: Command, space: Path):
    loaded = load_space(str(space))
    path = user_codec(loaded.id, "xhand:left")
    save_codec(small_codec(registry().hand("xhand:left"), loaded.id), path)
    path.write_bytes(path.read_bytes()[:-100])
    done = xlvla("devices", "--space", space)
    assert "founding / unusable" in done.out
    assert "xhand-left.safetensors: is cut off" in done.err


def test_listing_and_help_load_nothing_heavy(tmp_path: Path, space: Path):
    code = (
        "import sys\nfrom xlvla_sdk.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    # A check imports the device's drivers, to see that they can be.
    drivers = {"devices": "[]", "--help": "[]", "check": "['serial']"}
    for words in (["devices", "--space", space], ["--help"], ["check", "xhand:right"]):
        command = [sys.executable, "-c", code, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr.splitlines()[-1] == drivers[words[0]], words
