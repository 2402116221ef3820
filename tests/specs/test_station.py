"""A station file says where things are; what means nothing is refused, and comments stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs import JointCalibration, Station, save_calibration

TEXT = """\
# the table by the window
task_base.left.xyz = [-0.4, 0.3, 0.0]
[addresses]
"inspire:right" = "modbus-tcp://192.168.11.210:6000"  # new cable
xarm7 = "tcp://192.168.1.200"

[calibration."inspire:right"."SN1"]
thumb = { sign = -1, offset = 1.5, lower = 0.0, upper = 1.4 }

[calibration."inspire:right"."SN2"]
index = { lower = 0.0, upper = 1.4 }
"""
FOUND = {"index": JointCalibration(sign=1, offset=0.0873, lower=0.0873, upper=1.47)}


def write(folder: Path, text: str = TEXT) -> Path:
    path = folder / "lab.toml"
    path.write_text(text)
    return path


def test_a_station_is_read(tmp_path: Path):
    station = Station.load(write(tmp_path))
    assert station.addresses["xarm7"] == "tcp://192.168.1.200"
    thumb = station.calibration["inspire:right"]["SN1"]["thumb"]
    assert (thumb.sign, thumb.offset, thumb.lower, thumb.upper) == (-1, 1.5, 0.0, 1.4)


def test_a_whole_robots_places_are_read(tmp_path: Path):
    text = (
        "[task_base]\nright = { xyz = [-0.4, -0.3, 0.0] }\n"
        "[mounts]\n'xarm7+inspire:right' = { rpy = [0.0, 0.0, 1.5] }\n"
        "[cameras]\nfront = '/dev/video0'\n"
    )
    station = Station.load(write(tmp_path, text))
    assert station.task_base["right"].matrix[:3, 3].tolist() == [-0.4, -0.3, 0.0]
    assert station.mounts["xarm7+inspire:right"].rpy == (0.0, 0.0, 1.5)
    assert station.cameras == {"front": "/dev/video0"}


def test_a_calibration_replaces_its_own_and_nothing_else(tmp_path: Path):
    path = write(tmp_path)
    save_calibration(path, "inspire:right", "SN1", FOUND)
    text, station = path.read_text(), Station.load(path)
    assert "# the table by the window" in text
    assert "# new cable" in text
    assert station.calibration["inspire:right"]["SN1"] == FOUND
    assert station.calibration["inspire:right"]["SN2"]["index"].upper == 1.4
    before = Station.load(write(tmp_path))
    assert (station.addresses, station.task_base) == (before.addresses, before.task_base)


def test_a_station_is_made_where_there_is_none(tmp_path: Path):
    path = tmp_path / "new" / "lab.toml"
    save_calibration(path, "line:right", 'at serial:"odd"\\place', FOUND)
    assert Station.load(path).calibration["line:right"]['at serial:"odd"\\place'] == FOUND


def test_a_calibration_in_another_form_is_not_written_over(tmp_path: Path):
    other = (
        "calibration = { 'inspire:right' = { SN1 = { index = { lower = 0.0, upper = 1.0 } } } }\n"
    )
    path = write(tmp_path, other)
    with pytest.raises(
        SpecError,
        match=r"lab\.toml: the calibration of inspire:right stands in it|lab\.toml: is no TOML",
    ):
        save_calibration(path, "inspire:right", "SN1", FOUND)
    assert path.read_text() == other


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[adresses]\n", "'adresses' means nothing. Did you mean addresses?"),
        (
            "[weather]\n",
            "'weather' means nothing. Did you mean task_base, mounts, cameras, addresses or calib",
        ),
        ("[task_base]\nright = [0, 0, 0]\n", "task_base.right: "),
        ("[task_base]\nright = { xyz = [0, 0] }\n", "task_base.right.xyz"),
        ("[task_base]\nright = { xzy = [0, 0, 0] }\n", "task_base.right.xzy"),
        ("[task_base]\nright = { rpy = [0, 0, nan] }\n", "task_base.right.rpy"),
        ("[mounts]\n'inspire:right' = {}\n", "'inspire:right' is no arm and hand; write it as"),
        ("[cameras]\nfront = 0\n", "cameras.front: "),
        ("addresses = 3\n", "addresses: "),
        ("[addresses]\nx = 3\n", "addresses.x: "),
        ("[addresses\n", "is no TOML"),
        (
            "[calibration.a.b]\nj = { lower = 0.0, upper = 1.0, sing = 1 }\n",
            "calibration.a.b.j.sing",
        ),
        (
            "[calibration.a.b]\nj = { lower = 0.0, upper = 1.0, sign = 0 }\n",
            "calibration.a.b.j.sign",
        ),
        ("[calibration.a.b]\nj = { lower = nan, upper = 1.0 }\n", "calibration.a.b.j.lower"),
        ("[calibration.a.b]\nj = { lower = 2.0, upper = 1.0 }\n", "lower 2 is not below upper 1"),
    ],
)
def test_what_means_nothing_is_refused_with_the_nearest(tmp_path: Path, text: str, said: str):
    with pytest.raises(SpecError) as caught:
        Station.load(write(tmp_path, text))
    assert said in caught.value.message
    assert "lab.toml" in caught.value.message


def test_a_file_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(SpecError, match="cannot be read"):
        Station.load(tmp_path / "no.toml")
