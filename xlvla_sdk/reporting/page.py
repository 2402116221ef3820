"""The page: everything that is known of a hand in a space, in one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from xlvla_sdk.codec import LatentCodec, LatentSpace
from xlvla_sdk.errors import DataError
from xlvla_sdk.onboarding import OnboardReport
from xlvla_sdk.onboarding.report import FAIR, GOOD
from xlvla_sdk.reporting import curves
from xlvla_sdk.reporting.beside import SET_NAMES, beside_founding
from xlvla_sdk.reporting.cases import pinches, worst
from xlvla_sdk.reporting.gallery import show
from xlvla_sdk.reporting.latency import measure_latency
from xlvla_sdk.reporting.provenance import hashes, versions
from xlvla_sdk.reporting.regions import REGIONS, errors_by_region
from xlvla_sdk.reporting.views import COLOURS, UNITS, three_views
from xlvla_sdk.sim import World, build_world
from xlvla_sdk.sim.engine import load_mujoco, load_pillow
from xlvla_sdk.specs import HandSpec
from xlvla_sdk.storage import written_beside

WORST = 4
"""How many of the worst cases are shown."""
SCALE = 2.0
"""Ratios to what geometry allows are drawn from 1 to this."""


def check_can_write(path: Path) -> None:
    """Refuses what would fail only after training.

    Raises:
        XlvlaError: When the extra `sim` is not installed.
        DataError: When the path is a folder.
    """
    for load in (load_mujoco, load_pillow):
        load()
    if path.is_dir():
        raise DataError(f"{path} is a folder. Name a file, as in --report {path / 'report.html'}.")


def write_page(path: Path, report: OnboardReport, spec: HandSpec, space: LatentSpace) -> None:
    """Writes the page of a hand.

    Args:
        path: Of the page; its folder is made when it is not there.
        report: What onboarding said; its measures were taken with the oracle.
        spec: The hand.
        space: The space it is in.

    Raises:
        XlvlaError: When the extra `sim` is not installed.
        DataError: When the file cannot be written.
    """
    check_can_write(path)
    words = _template().render(**_facts(report, spec, space))
    try:
        with written_beside(path) as beside:
            beside.write_text(words, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.") from error


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("xlvla_sdk.reporting"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    return environment.get_template("page.html.j2")


def _facts(report: OnboardReport, spec: HandSpec, space: LatentSpace) -> dict[str, Any]:
    """All that the template asks for."""
    world = build_world(spec)
    views, how = three_views(spec, world)
    name = measured_name(report, space)
    trials = report.measured.trials
    return {
        "report": report,
        "spec": spec,
        "space": space,
        "views": views,
        "how": how,
        "colours": COLOURS,
        "units": UNITS,
        "fingers": _fingers(spec),
        "beside": beside_founding(report, space),
        "set_names": SET_NAMES,
        "regions": REGIONS,
        "heat": {
            "other hands' postures, on this hand": errors_by_region(trials, name, False),
            "this hand's postures, on other hands": errors_by_region(trials, name, True),
        },
        **_galleries(report, spec, world, name, space.hands),
        "curve": curves.training_curve(report.curve),
        "frame": curves,
        "latency": measure_latency(report.codec),
        "versions": versions(spec),
        "hashes": hashes(spec, report, space),
        "grades": {"good": GOOD, "fair": FAIR, "most": SCALE},
        "today": date.today().isoformat(),
    }


def measured_name(report: OnboardReport, space: LatentSpace) -> str:
    """What measures call the hand: not by its id where a founding hand has that."""
    names = {name for pair in report.measured.pairs for name in pair}
    strangers = names - set(space.hands)
    return strangers.pop() if strangers else report.codec.hand


def _galleries(
    report: OnboardReport,
    spec: HandSpec,
    world: World,
    name: str,
    sources: Mapping[str, LatentCodec],
) -> dict[str, Any]:
    """The pinches by finger, and the worst cases, photographed together."""
    trials = report.measured.trials
    found = pinches(name, trials, sources)
    last = worst(name, trials, sources, WORST)
    shown = show([*(case for cases in found.values() for case in cases), *last], spec, world)
    taken = iter(shown)
    return {
        "columns": min(max((len(cases) for cases in found.values()), default=1), 4),
        "pinches": {finger: [next(taken) for _ in cases] for finger, cases in found.items()},
        "worst": list(taken),
    }


def _fingers(spec: HandSpec) -> list[dict[str, Any]]:
    """A line of the finger map for each finger: its tip's link, and the joints on the way there."""
    lines = []
    for finger in spec.fingers:
        path = [j for j in spec.model.path(spec.wrist_link, spec.tip_links[finger]) if j.moves]
        lines.append(
            {
                "finger": finger,
                "tip": spec.tip_links[finger],
                "driven": [joint.name for joint in path if joint.mimic is None],
                "following": [joint.name for joint in path if joint.mimic is not None],
            }
        )
    return lines


def number(value: float | None, unit: str = "") -> str:
    """A value in three digits or so, with its unit; a dash where there is none."""
    if value is None:
        return "–"
    digits = 3 if abs(value) < 1.0 and not unit else 2 if abs(value) < 3.0 else 1
    if abs(value) >= 100.0 or (unit == "%"):
        digits = 0
    return f"{value:.{digits}f}" + (f" {unit}" if unit else "")
