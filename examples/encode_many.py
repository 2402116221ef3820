"""Encode many datasets side by side with Ray, on this computer or on many, and pool them.

    python examples/encode_many.py demos/* --out pooled              # two processes, here
    python examples/encode_many.py old=xhand:right demos/* --out pooled --processes 8
    python examples/encode_many.py /shared/demos/* --out /shared/pooled --address auto

A folder is a dataset of raw joints, of the body that its meta/xlvla.json names; where nobody noted
one, write FOLDER=EMBODIMENT. Encoded, each lies in POOLED-parts; POOLED holds all of them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import ray
import typer

from xlvla_sdk import XlvlaError, find_codec
from xlvla_sdk.data.dataset import Dataset
from xlvla_sdk.data.encoding import Encoded, encode
from xlvla_sdk.data.merging import merge
from xlvla_sdk.errors import DataError
from xlvla_sdk.layouts import XL1, make_layout
from xlvla_sdk.registry import registry


def main(
    datasets: Annotated[list[str], typer.Argument(metavar="FOLDER[=EMBODIMENT]...")],
    out: Annotated[Path, typer.Option(metavar="POOLED", help="Where all of them go.")],
    layout: Annotated[str, typer.Option(help="xl-1, raw-1 or arm-1.")] = XL1.name,
    processes: Annotated[int, typer.Option(min=1, help="How many, on this computer.")] = 2,
    address: Annotated[str | None, typer.Option(help="Of a Ray cluster, instead: auto.")] = None,
) -> None:
    """Encode datasets of raw joints side by side, then merge them in the order given."""
    folder = out.resolve().with_name(f"{out.name}-parts")
    jobs = []
    for number, (raw, body) in enumerate(map(source, datasets)):
        jobs.append((raw, body, layout, folder / f"{number:03}-{raw.name}"))
    join(address, processes)
    task, failed = ray.remote(encoded), 0
    for (raw, body, _, part), one in zip(jobs, [task.remote(*job) for job in jobs], strict=True):
        done = ray.get(one)
        if isinstance(done, Encoded):
            typer.echo(f"{part}: {done.rows} rows of {body}")
            continue
        failed += 1
        again = f"xlvla data encode {raw} --embodiment {body} --layout {layout} --out {part}"
        typer.echo(f"{raw}: {done.message}\n    Once mended: {again}", err=True)
    ray.shutdown()
    if failed:
        raise DataError(
            f"{failed} of {len(jobs)} datasets are not encoded, so nothing is merged. When those "
            f"commands have run: xlvla data merge {folder}/* {out}"
        )
    pooled = merge([Dataset.open(part) for *_, part in jobs], out)
    typer.echo(f"{out}: {pooled.rows} rows")


def source(text: str) -> tuple[Path, str]:
    """The folder and the body of FOLDER or FOLDER=EMBODIMENT."""
    name, _, body = text.partition("=")
    sidecar = Dataset.open(name).sidecar
    noted = [one.embodiment for one in sidecar.bodies] if sidecar else []
    if not body and len(noted) != 1:
        raise DataError(f"{name}: nobody noted whose joints these are. Write {name}=EMBODIMENT.")
    return Path(name).resolve(), body or noted[0]


def encoded(raw: Path, embodiment: str, layout: str, part: Path) -> Encoded | XlvlaError:
    """Encodes one dataset, in whichever process Ray runs it; or what was wrong with it."""
    try:
        body = registry().embodiment(embodiment)
        codecs = {hand.id: find_codec(hand) for hand in body.hands} if layout == XL1.name else {}
        return encode(Dataset.open(raw), make_layout(layout, body, codecs), part, codecs=codecs)
    except XlvlaError as error:
        return error


def join(address: str | None, processes: int) -> None:
    """Joins a Ray cluster, or starts one that this computer alone reaches."""
    settings = {name: text for name, text in os.environ.items() if name.startswith("XLVLA_")}
    # A thread a process. A new hand is onboarded before: two would each train a codec of their own.
    settings |= {"OMP_NUM_THREADS": "1", "XLVLA_TRAIN": "0"}
    here = {"num_cpus": processes, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    here["object_store_memory"] = 100 * 2**20  # rows travel by files
    more = {} if address else here
    ray.init(address or "local", runtime_env={"env_vars": settings}, **more)


if __name__ == "__main__":
    try:
        typer.run(main)
    except (XlvlaError, ConnectionError) as error:
        sys.exit(str(error))
