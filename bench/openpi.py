"""pi0 through openpi, at a processor's size: two hands' data, a dataset, training, a server, motion.

python -m bench.openpi --openpi-python ~/openpi/.venv/bin/python --openpi ~/openpi

The guide docs/guides/pi0.md, step by step. What is shown is that every step takes what the one
before it made; four steps of training teach nothing.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer

from bench.results import machine, table, today, write_section
from xlvla_sdk.codec import DEFAULT_SPACE, LatentCodec, load_space
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import encode
from xlvla_sdk.data.features import Feature
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.writer import written
from xlvla_sdk.layouts import XL1
from xlvla_sdk.messages import Recording
from xlvla_sdk.onboarding import find_codec
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import Embodiment

ROOT = Path(__file__).resolve().parents[1]
HANDS = ("inspire:right", "xhand:right")
EPISODES, ROWS, FPS = 3, 96, 20.0
SWAY = 0.02
"""How far joints sway, of their ranges. Rows of a policy that has learnt nothing are spread as widely as its
dataset's, one unlike the next: of wide motions they would be faster than a hand, and refused."""
SIZE = 64
"""Of the synthetic pictures [pixels]."""
PROMPT = "wave"
LISTENS_S, DURATION_S, GIVE_UP_S = 600.0, 8.0, 60.0
XLVLA = "from xlvla_sdk.cli import main; main()"
MOVED = 1e-3
"""Least travel of a joint that counts as motion [rad]."""


def main(
    openpi_python: Annotated[
        Path | None, typer.Option(help="The interpreter of openpi's environment.")
    ] = None,
    openpi: Annotated[Path | None, typer.Option(help="openpi's checkout.")] = None,
    work: Annotated[
        Path | None, typer.Option(help="Where to work; left out: nowhere kept.")
    ] = None,
    write: Annotated[bool, typer.Option(help="Write docs/results/openpi.md.")] = False,
) -> None:
    """Goes through the guide with openpi's own training and server."""
    if openpi_python is None or openpi is None:
        print(SKIPPED)
        return
    with TemporaryDirectory(prefix="xlvla-openpi-") as folder:
        where = work or Path(folder)
        rows = list(walk(where.resolve(), openpi_python.absolute(), openpi.resolve()))
    notes = [f"{today()}, {machine()}, load {os.getloadavg()[0]:.1f}."]
    if write:
        write_section("openpi", "From two hands' data to motion", table(HEADER, rows), notes)
    else:
        print("\n".join([table(HEADER, rows), "", *notes]))


HEADER = ("step", "what came of it")
SKIPPED = (
    "SKIPPED: nothing was shown. Name openpi's interpreter and checkout: "
    "--openpi-python PYTHON --openpi CHECKOUT."
)


def walk(work: Path, python: Path, checkout: Path) -> Iterator[tuple[str, str]]:
    """Every step of the guide, and what came of it."""
    work.mkdir(parents=True, exist_ok=True)
    merged = work / "both"
    pooled = merge([encoded(name, work) for name in HANDS], merged, version="v2.1")
    yield (
        "encode, merge (v2.1)",
        f"{' and '.join(HANDS)}: {pooled.rows} rows of 32, {pooled.samples} begin a whole chunk",
    )
    with openpi_server(work, merged, python, checkout) as (uri, said):
        trained = said["trained"]
        losses = [float(loss) for loss in trained["losses"]]
        if not losses or not np.isfinite(losses).all():
            raise SystemExit(f"the losses are {losses}")
        yield "a padded chunk outside whole_chunks", said["tails"]["refused"].split(":")[0]
        yield (
            f"{len(losses)} training steps of pi0 (dummy), drawn from {trained['rows']} rows",
            f"loss {', '.join(f'{loss:.2f}' for loss in losses)}; {trained['seconds']:.0f} s, "
            f"{trained['memory_gb']:.1f} GB",
        )
        for width in said["widened"]:
            changed = ", ".join(width["changed"])
            if len(width["changed"]) != 4 or not width["old_rows_kept"]:
                raise SystemExit(f"widening changed {changed}")
            yield (
                f"checkpoint widened to {width['width']}",
                f"4 of {width['leaves']} leaves: {changed}",
            )
        for hand in HANDS:
            yield f"{hand} run from that server", run(hand, uri, work)


def encoded(name: str, work: Path) -> Dataset:
    """A synthetic dataset of a hand, encoded with the shipped space's codec."""
    body, first = registry().embodiment(name), registry().hand(HANDS[0])
    folder = work / name.replace(":", "-")
    space = load_space(DEFAULT_SPACE)
    codecs = {hand.id: find_codec(hand, space) for hand in body.hands}
    (codec,) = codecs.values()
    raw = synthetic(body, folder.with_suffix(".raw"), find_codec(first, space), codec)
    encode(raw, XL1(body, codecs), folder, codecs=codecs)
    return Dataset.open(folder)


def synthetic(body: Embodiment, out: Path, first: LatentCodec, codec: LatentCodec) -> Dataset:
    """The first hand's joints sway about the middle, on this hand; and a picture of where they stand."""
    joints = Feature("float32", (len(body.joints),), list(body.joints))
    picture = Feature("image", (SIZE, SIZE, 3), ["height", "width", "channels"])
    features = {
        "observation.state": joints,
        "action": joints,
        "observation.images.front": picture,
    }
    lower, upper = first.limits
    with written(out, features, FPS, "v3.0") as writer:
        for episode in range(EPISODES):
            time_s = np.arange(ROWS + 2)[:, None] / FPS
            phase = np.arange(len(lower)) + 0.4 * episode
            sway = lower + (upper - lower) * (0.5 + SWAY * np.sin(2.0 * time_s + phase))
            qpos = codec.decode(first.encode(sway))
            writer.add(
                {
                    "observation.state": qpos[:ROWS],
                    "action": qpos[2:],
                    "observation.images.front": pictures(qpos[:ROWS]),
                },
                [PROMPT] * ROWS,
            )
    return Dataset.open(out)


def pictures(qpos: np.ndarray) -> Any:
    """Bars as high as joints, as PNG in the column."""
    from PIL import Image

    from xlvla_sdk.data.arrow import pa

    values = []
    for row in qpos:
        image = np.zeros((SIZE, SIZE, 3), np.uint8)
        for k, height in enumerate(np.clip(row * SIZE / 3.0, 0, SIZE).astype(int)):
            image[SIZE - height :, 5 * k : 5 * k + 4] = 40 * (k % 6) + 50
        file = BytesIO()
        Image.fromarray(image).save(file, "PNG")
        values.append({"bytes": file.getvalue(), "path": None})
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.chunked_array([pa.array(values, type=kind)])


def environment(work: Path, checkout: Path) -> dict[str, str]:
    """For a process of openpi's: its checkout and this one, its caches at work, no network."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, checkout / "src", checkout / "scripts"))),
        "OPENPI_DATA_HOME": str(work / "openpi-data"),
        "HF_HOME": str(work / "huggingface"),
        "HF_HUB_OFFLINE": "1",
        "JAX_PLATFORMS": "cpu",
    }


@contextmanager
def openpi_server(
    work: Path, dataset: Path, python: Path, checkout: Path
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """openpi in its own interpreter: trains, then serves; its address, and what it said."""
    port = free_port()
    command = [str(python), "-m", "bench.openpi_side", str(dataset), str(work), str(port)]
    with (work / "openpi.log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment(work, checkout),
            cwd=work,
        )
    try:
        yield f"ws://127.0.0.1:{port}", heard(process, work / "openpi.log")
    finally:
        process.terminate()
        process.wait()


def heard(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    """What it said up to `serving`, by step."""
    said: dict[str, Any] = {"widened": []}
    assert process.stdout is not None
    for line in process.stdout:
        if not line.startswith('{"step"'):
            continue
        print(line.rstrip(), file=sys.stderr)
        message = json.loads(line)
        if message["step"] == "widened":
            said["widened"].append(message)
        said.setdefault(message["step"], message)
        if message["step"] == "serving":
            return said
    raise SystemExit(f"openpi ended before it served; its last words:\n{log.read_text()[-3000:]}")


def run(hand: str, uri: str, work: Path) -> str:
    """Our runner, in a process of its own, moves a simulated hand by the server."""
    record = work / f"{hand.replace(':', '-')}.npz"
    wait(uri)
    command = [sys.executable, "-c", XLVLA, "run", hand, "--policy", uri, "--sim-clock"]
    command += ["--duration", str(DURATION_S), "--prompt", PROMPT, "--record", str(record)]
    command += ["--give-up", str(GIVE_UP_S)]
    subprocess.run(command, check=True, cwd=ROOT, stdout=sys.stderr)
    qpos = Recording.load(record).qpos
    travel = np.ptp(qpos, axis=0)
    if travel.max() < MOVED:
        raise SystemExit(f"{hand} did not move")
    return f"{len(qpos)} commands; joints travelled {travel.min():.2f} to {travel.max():.2f} rad"


def wait(uri: str) -> None:
    """Until somebody listens: the server makes one answer first."""
    host, _, port = uri.removeprefix("ws://").partition(":")
    end = time.monotonic() + LISTENS_S
    while time.monotonic() < end:
        try:
            socket.create_connection((host, int(port)), 1.0).close()
            return
        except OSError:
            time.sleep(1.0)
    raise SystemExit(f"nobody serves at {uri}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    typer.run(main)
