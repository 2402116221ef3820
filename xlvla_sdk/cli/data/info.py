"""`xlvla data info`: what a dataset holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlvla_sdk.cli.data.sharing import Source
from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import columns, say, say_json

if TYPE_CHECKING:
    from xlvla_sdk.data.dataset import Dataset


def info(dataset: Source, as_json: AsJson = False) -> None:
    """Say what a dataset holds: columns, tasks, whose demonstrations.

    Reads meta/ alone; `xlvla data check` reads the rows.

    \b
    Examples:
      xlvla data info demos/
      xlvla data info demos/ --json
    """
    from xlvla_sdk.data.dataset import Dataset

    found = Dataset.open(dataset)
    if as_json:
        say_json(_facts(found))
    else:
        _say(found)


def _facts(found: Dataset) -> dict[str, Any]:
    info, sidecar = found.info, found.sidecar
    facts: dict[str, Any] = {
        "dataset": str(found.root),
        "version": info.version,
        "episodes": info.episodes,
        "rows": info.frames,
        "fps": info.fps,
        "seconds": info.frames / info.fps,
        "robot_type": info.robot_type,
        "features": {name: one.to_json() for name, one in info.features.items()},
        "tasks": list(found.tasks.values()),
    }
    if sidecar is not None:
        facts |= {"layout": sidecar.layout, "space": sidecar.space, "horizon": sidecar.horizon}
        facts["bodies"] = [
            {
                "embodiment": body.embodiment,
                "hands": list(body.hands),
                "joints": list(body.joints),
                "episodes": sidecar.episodes.count(number),
            }
            for number, body in enumerate(sidecar.bodies)
        ]
        facts["simulated"] = [one and one.to_json() for one in sidecar.simulated]
    return facts


def _say(found: Dataset) -> None:
    facts = _facts(found)
    lines = [
        ("format", facts["version"]),
        ("robot", facts["robot_type"] or "-"),
        ("episodes", facts["episodes"]),
        ("rows", f"{facts['rows']} at {facts['fps']:g} Hz, {facts['seconds'] / 60:.1f} min"),
    ]
    if "layout" in facts:
        lines.append(("layout", f"{facts['layout'] or 'raw joints'} {facts['space'] or ''}"))
        lines += [
            ("body", f"{body['embodiment']}, {body['episodes']} episodes")
            for body in facts["bodies"]
        ]
    lines += [("simulated", text) for text in _simulated(found)]
    lines += [("task", task) for task in facts["tasks"][:10]]
    if len(facts["tasks"]) > 10:
        lines.append(("", f"and {len(facts['tasks']) - 10} more tasks"))
    say(columns(lines))
    say("")
    said = [(name, one.dtype, one.shape, _names(one)) for name, one in found.info.features.items()]
    rows = [(name, kind, "x".join(map(str, shape)), names) for name, kind, shape, names in said]
    say(columns([("COLUMN", "TYPE", "SHAPE", "NAMES"), *rows]))


def _simulated(found: Dataset) -> list[str]:
    """A line for each body and task that episodes were simulated with."""
    every = [place for k in range(len(found)) if (place := found.simulated(k))]
    said = []
    for whose in dict.fromkeys((place.embodiment, place.task) for place in every):
        mine = [place for place in every if (place.embodiment, place.task) == whose]
        seeds = [place.seed for place in mine]
        done = sum(place.success for place in mine)
        said.append(
            f"{whose[1]} by {whose[0]}, {len(mine)} episodes, {done} done, "
            f"seeds {min(seeds)} to {max(seeds)}"
        )
    return said


def _names(feature: Any) -> str:
    names = feature.column_names
    if not names:
        return "-"
    return " ".join(names[:4]) + (f" ... {names[-1]}" if len(names) > 4 else "")
