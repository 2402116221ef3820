"""The page in a real browser: everything is drawn, nothing is cut off, wide and narrow.

The test is there only where a browser is: where none is installed nothing is collected, and nothing
is skipped. `apt-get install chromium` brings one.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.reporting.made import claws_installed, measured_quickly, newcomer, report_of
from xlvla_sdk.codec import LatentSpace
from xlvla_sdk.reporting import write_page
from xlvla_sdk.reporting.views import COLOURS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BROWSER = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        if (found := shutil.which(name))
    ),
    None,
)
QUIETLY = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
LOOK = """
<pre id="looked"></pre><script>
addEventListener("load", () => {
  const images = [...document.images], wide = document.documentElement.clientWidth;
  document.getElementById("looked").textContent = JSON.stringify({
    images: images.length,
    broken: images.filter(image => !image.complete || image.naturalWidth === 0).length,
    empty: [...document.querySelectorAll("section")].filter(s => s.clientHeight < 60).map(s => s.id),
    overflow: document.documentElement.scrollWidth - wide,
    fetched: performance.getEntriesByType("resource").filter(r => !r.name.startsWith("data:")).length,
  });
});
</script></body>
"""
"""What a browser is asked about the page, written into a copy of it."""


@pytest.fixture(scope="module")
def page(tiny_space: LatentSpace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    spec = newcomer(folder)
    with claws_installed(folder), measured_quickly():
        write_page(folder / "new.html", report_of(spec, tiny_space), spec, tiny_space)
    return folder / "new.html"


def browse(page: Path, width: int, *more: str) -> str:
    """What a browser with a window of this width says of a page."""
    profile = page.parent / "profile"
    command = [str(BROWSER), *QUIETLY, f"--user-data-dir={profile}", f"--window-size={width},5000"]
    done = subprocess.run(
        [*command, *more, page.as_uri()], capture_output=True, text=True, timeout=400, check=True
    )
    return done.stdout


if BROWSER:

    @pytest.mark.parametrize("width", [1200, 520])
    def test_nothing_is_broken_empty_or_wider_than_the_window(page: Path, width: int):
        asked = page.with_name("asked.html")
        asked.write_text(page.read_text().replace("</body>", LOOK))
        dom = browse(asked, width, "--dump-dom")
        found = re.search(r'<pre id="looked">(.*?)</pre>', dom)
        assert found, dom[-400:]
        looked = json.loads(found[1])
        assert looked.pop("images") >= 7
        assert looked == {"broken": 0, "empty": [], "overflow": 0, "fetched": 0}

    def test_a_screenshot_shows_the_fingers_in_their_colours(page: Path):
        shot = page.with_name("page.png")
        browse(page, 1200, f"--screenshot={shot}")
        pixels = np.asarray(Image.open(shot).convert("RGB")).astype(int)
        assert pixels.shape == (5000, 1200, 3)
        for finger in ("thumb", "index", "middle"):
            colour = [int(COLOURS[finger][at : at + 2], 16) for at in (1, 3, 5)]
            assert (np.abs(pixels - colour).max(axis=2) < 6).sum() > 200, finger
