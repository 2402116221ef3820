"""LeRobot's own tools drive a simulated hand: `python -m bench.lerobot --lerobot-python PATH`.

Without an interpreter that has LeRobot, and this checkout's `plugins/lerobot`, it says so and ends.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIDE = Path(__file__).with_name("lerobot_side.py")
BRIDGE = [sys.executable, "-c", "from xlvla_sdk.cli import main; main()", "bridge", "--port", "0"]
CAMERA = ("--driver", "mujoco", "--camera", "front=mujoco:front")
BODIES = (
    (0.01, ("xhand:right", "--features", "joints")),
    (-0.01, ("ability:left", "--features", "joints", *CAMERA)),
    (0.01, ("inspire:right", "--features", "latent")),
    (0.01, ("xarm7+xhand:right", "--features", "latent")),
)
"""What is bridged, one after the other, and how far a turn moves its first number, which some begin
at a limit [rad; a latent's own unit]."""
LIMIT_S = 300


@contextmanager
def bridged(*words: str) -> Iterator[str]:
    """A bridge in a process of its own; gives its address."""
    with subprocess.Popen([*BRIDGE, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                sys.exit(f"the bridge of {words[0]} did not end when it was told to")


def driven(python: Path, url: str, step: float) -> dict[str, object]:
    """What LeRobot did with the robot at an address, as `lerobot_side.py` says it."""
    done = subprocess.run(
        [python, "-I", SIDE, url, str(step)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{python} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lerobot-python", type=Path, help="an interpreter that has LeRobot")
    python = parser.parse_args().lerobot_python
    if python is None:
        print("SKIPPED: nothing was tried. Give --lerobot-python, an interpreter that has LeRobot.")
        return
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for step, words in BODIES:
        with bridged(*words) as url:
            print(json.dumps({"bridge": " ".join(words), **driven(python, url, step)}), flush=True)


if __name__ == "__main__":
    main()
