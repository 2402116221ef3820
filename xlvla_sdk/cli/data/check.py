"""`xlvla data check`: what is wrong with a dataset, where, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlvla_sdk.cli.data.bodies import ColumnsOption, StationFile, coded
from xlvla_sdk.cli.data.sharing import Source
from xlvla_sdk.cli.options import AsJson, Space
from xlvla_sdk.cli.output import columns as table
from xlvla_sdk.cli.output import say, say_json
from xlvla_sdk.errors import DataError, UnknownDevice

if TYPE_CHECKING:
    from xlvla_sdk.data.dataset import Dataset
    from xlvla_sdk.data.finding import Finding


def check(
    dataset: Source,
    embodiment: Annotated[
        str | None,
        typer.Option(metavar="EMBODIMENT", help="Whose raw joints it holds; encoded ones say it."),
    ] = None,
    columns: ColumnsOption = None,
    station: StationFile = None,
    space: Space = None,
    as_json: AsJson = False,
) -> None:
    """Find joints in another order, in degrees, of another sign, outside their limits.

    Raw joints are held against the body's limits, against each other (measured ones follow
    commands), and fingertips against commanded ones. Encoded rows are made anew from the joints
    beside them. What nothing can tell is said too. Exits 1 when something is wrong.

    \b
    Examples:
      xlvla data check demos/ --embodiment xarm7+inspire:right
      xlvla data check latents/ --json
    """
    from xlvla_sdk.data.dataset import Dataset

    found = Dataset.open(dataset)
    encoded = found.sidecar is not None and found.sidecar.layout is not None
    findings = _rows(found, space, station) if encoded else _joints(found, embodiment, columns)
    if as_json:
        say_json([asdict(one) for one in findings])
    else:
        _say(findings)
    if any(one.verdict == "FAIL" for one in findings):
        raise typer.Exit(1)


def _joints(found: Dataset, embodiment: str | None, columns: Path | None) -> list[Finding]:
    from xlvla_sdk.data.checking import check_joints
    from xlvla_sdk.data.columns import ColumnsFile
    from xlvla_sdk.registry import registry

    body = found.sidecar.bodies[0].embodiment if found.sidecar else None
    if (named := embodiment or body) is None:
        raise DataError(
            f"{found.root}: nothing says whose joints it holds. Name the body: --embodiment "
            "xarm7+inspire:right."
        )
    said = ColumnsFile.load(columns) if columns else None
    return check_joints(found, registry().embodiment(named), said)


def _rows(found: Dataset, space: str | None, station: Path | None) -> list[Finding]:
    from xlvla_sdk.data.checking_rows import check_rows

    assert found.sidecar is not None
    layouts, codecs = {}, {}
    for body in found.sidecar.bodies:
        try:
            one = coded(body.embodiment, found.sidecar.layout, space, station)
        except UnknownDevice:
            continue  # a finding of its own
        layouts[body.embodiment] = one.layout
        codecs |= one.codecs
    return check_rows(found, layouts, codecs)


def _say(findings: list[Finding]) -> None:
    rows = []
    for one in findings:
        rows.append((one.check, one.verdict, one.what))
        rows += [("", "", one.mend)] if one.mend else []
    say(table(rows))
    wrong = sum(one.verdict == "FAIL" for one in findings)
    say(f"{len(findings)} findings, {wrong} failed")
