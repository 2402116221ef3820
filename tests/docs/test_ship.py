"""The guide "Ship a hand" does what it says: every command of it, in its order, from the page itself."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.docs.page import commands, example_urdf, followed, page

PAGE = page("guides/ship.md")


def test_the_page_begins_with_a_urdf_and_ends_with_a_wheel():
    said = "\n".join(commands(PAGE))
    for step in ("xlvla new", "pytest", "xlvla check", "onboard", "export", "pip wheel", "doctor"):
        assert step in said


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_command_of_the_page_works_without_a_network(
    tmp_path: Path, environment: dict[str, str]
):
    work = tmp_path / "work"
    work.mkdir()
    for side in ("right", "left"):
        shutil.copyfile(example_urdf(side), work / f"acme_{side}.urdf")
    followed(PAGE, work, environment)
    package = work / "acme_h11"
    (wheel,) = (package / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for side in ("right", "left"):
        assert f"xlvla_acme_h11/codecs/anthro4-1/acme_h11-{side}.safetensors" in names
        assert f"xlvla_acme_h11/urdf/acme_h11_{side}.urdf" in names
    assert "xlvla_acme_h11/checks.toml" in names
    ready_at_once(package, environment)


READY = """
import socket, sys
import numpy as np
sys.modules["torch"] = None  # whoever imports it fails
import xlvla_acme_h11
from xlvla_sdk import HandSpec, find_codec
from xlvla_sdk.codec import load_space
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.onboarding import locate_codec
from xlvla_sdk.registry import registry

for side in ("right", "left"):
    hand = registry().hand(f"acme_h11:{side}")
    codec, origin = locate_codec(hand, load_space())
    assert origin == "shipped", origin
    qpos = hand.posture("pinch")
    back = find_codec(hand).decode(codec.encode(qpos))
    assert np.isfinite(back).all() and back.shape == qpos.shape
other = HandSpec(**{**{n: getattr(hand, n) for n in HandSpec.model_fields}, "palm_xyz": (0.01, 0, 0)})
try:
    find_codec(other)
except CodecMismatch as error:
    assert "XLVLA_TRAIN=0 forbids training" in error.message
else:
    raise AssertionError("a hand without a codec was trained")
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1.0)
except OSError as error:
    assert "this test allows none" in str(error), error
print(xlvla_acme_h11.__file__)
"""


def ready_at_once(package: Path, environment: dict[str, str]) -> None:
    """In the fresh environment the wheel's hand has its codec, where training, torch and sockets are
    forbidden; and they are: another hand is refused, a connection is, too."""
    away = {**environment, "XLVLA_DATA": str(package / "nothing"), "XLVLA_TRAIN": "0"}
    python = package / "fresh/bin/python"
    done = subprocess.run([python, "-c", READY], env=away, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(package / "fresh")
    assert not (package / "nothing").exists()
