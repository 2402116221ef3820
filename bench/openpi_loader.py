"""A merged dataset of two hands in openpi's own loader, as one repo_id; no training.

python -m bench.openpi_loader --openpi-python ~/openpi/.venv/bin/python --openpi ~/openpi
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer

from bench.openpi import HANDS, SKIPPED, encoded, environment
from bench.results import machine, table, today, write_section
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.merging import merge
from xlvla_sdk.data.rows import ACTION, SAMPLE_MASK, STATE

HEADER = ("what", "found")


def main(
    openpi_python: Annotated[
        Path | None, typer.Option(help="The interpreter of openpi's environment.")
    ] = None,
    openpi: Annotated[Path | None, typer.Option(help="openpi's checkout.")] = None,
    write: Annotated[bool, typer.Option(help="Write docs/results/openpi.md.")] = False,
) -> None:
    """Opens it, and holds every row, chunk and flag against what was written."""
    if openpi_python is None or openpi is None:
        print(SKIPPED)
        return
    with TemporaryDirectory(prefix="xlvla-openpi-loader-") as folder:
        work = Path(folder).resolve()
        merge([encoded(name, work) for name in HANDS], work / "both", version="v2.1")
        rows = opened(Dataset.open(work / "both"), work, openpi_python.absolute(), openpi.resolve())
    notes = [
        f"{' and '.join(HANDS)}, merged and written as v2.1; rows, chunks and flags of every row against the "
        "Parquet files. `python -m bench.openpi_loader`.",
        f"{today()}, {machine()}, load {os.getloadavg()[0]:.1f}.",
    ]
    if write:
        write_section(
            "openpi", "Two hands' merged dataset in openpi's loader", table(HEADER, rows), notes
        )
    else:
        print("\n".join([table(HEADER, rows), "", *notes]))


def opened(dataset: Dataset, work: Path, python: Path, checkout: Path) -> list[tuple[str, str]]:
    """What openpi's loader says of a dataset; ends the program where it differs from what is there."""
    out = work / "read.npz"
    said = _asked(dataset.root, out, work, python, checkout)
    read, whole = np.load(out), _Written(dataset)
    apart = {
        "states": float(np.abs(read["observation.state"] - whole.state).max()),
        "chunks": float(np.abs(read["action"] - whole.chunks(read["action"].shape[1])).max()),
    }
    padded = read["action_is_pad"].any(axis=1)
    agree = np.array_equal(~padded, whole.mask) and said["whole"] == int(whole.mask.sum())
    if max(apart.values()) > 0.0 or not agree or said["repo_ids"] != [str(dataset.root)]:
        raise SystemExit(f"openpi reads another dataset: {apart}, flags agree: {agree}, {said}")
    seen = [name for name, shown in said["seen"].items() if shown]
    return [
        ("repo_id", "one, the merged dataset's folder"),
        ("rows, episodes", f"{len(padded)}, {len(np.unique(read['episode_index']))}"),
        ("states, chunks apart from what was written", f"{apart['states']:g}, {apart['chunks']:g}"),
        ("rows that begin a whole chunk", f"{said['whole']}, those of sample_mask"),
        (
            "a batch",
            f"state {said['state']}, actions {said['actions']}, cameras seen {', '.join(seen)}",
        ),
        ("prompts", ", ".join(said["prompts"])),
    ]


class _Written:
    """What the Parquet files hold."""

    def __init__(self, dataset: Dataset) -> None:
        def column(name: str) -> list[np.ndarray]:
            return [one.numbers(name, dataset.feature(name)) for one in dataset]

        self.state = np.concatenate(column(STATE))
        self.mask = np.concatenate(column(SAMPLE_MASK))[:, 0].astype(bool)
        self._actions = column(ACTION)

    def chunks(self, horizon: int) -> np.ndarray:
        """Each row's chunk, an episode's last row repeated beyond its end."""
        found = []
        for actions in self._actions:
            rows = np.arange(len(actions))[:, None] + np.arange(horizon)
            found.append(actions[np.minimum(rows, len(actions) - 1)])
        return np.concatenate(found)


def _asked(root: Path, out: Path, work: Path, python: Path, checkout: Path) -> dict[str, Any]:
    words = [str(python), "-m", "bench.openpi_loader_side", str(root), str(out)]
    done = subprocess.run(
        words,
        env=environment(work, checkout),
        cwd=work,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"openpi's side failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    typer.run(main)
