"""The guide "Your first hand" does what it says: every command of it, in its order, from the page itself."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.docs.page import commands, example_urdf, followed, page, scripts
from xlvla_sdk.sim import gl_platform

PAGE = page("guides/first-hand.md")


def test_the_page_begins_with_a_urdf_and_ends_with_a_measured_pinch():
    said = "\n".join(commands(PAGE))
    for step in ("--dry-run", "xlvla onboard", "xlvla run", "--driver mujoco"):
        assert step in said
    assert all(f"python {name}" in said for name in scripts(PAGE))


@pytest.mark.slow
@pytest.mark.gl
@pytest.mark.timeout(1800)
def test_every_command_of_the_page_works_without_a_network(
    tmp_path: Path, environment: dict[str, str]
):
    if gl_platform().name is None:
        pytest.skip(gl_platform().reason)
    work = tmp_path / "work"
    work.mkdir()
    shutil.copyfile(example_urdf("right"), work / "acme_right.urdf")
    said = followed(PAGE, work, environment)
    assert (work / "acme_h11_right.png").read_bytes()[:4] == b"\x89PNG"
    assert (work / "moved.mp4").read_bytes()[4:8] == b"ftyp"
    assert re.search(r"^acme_h11 +right +11 .*data folder", said, re.MULTILINE)
    ((opened, pinching),) = re.findall(r"acme_h11:right: (\S+) mm open, (\S+) mm pinching", said)
    assert float(opened) > 100.0
    assert float(pinching) < 5.0
