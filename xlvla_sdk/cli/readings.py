"""A reading of a device as a table, as a line, and for programs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from xlvla_sdk.cli.output import columns
from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import ArmSpec, HandSpec

EXTRA = {
    "velocity": "RAD/S",
    "current": "A",
    "force": "N",
    "torque": "N M",
    "temperature": "DEG C",
}
"""What a device may measure beside positions, and what heads its column."""
DIGITS = {"temperature": 0}


def reading_table(spec: HandSpec | ArmSpec, state: JointState) -> str:
    """A row for each joint, in degrees and radians; then touch, then what is wrong."""
    extra = {name: getattr(state, name) for name in EXTRA if getattr(state, name) is not None}
    rows: list[tuple[object, ...]] = [("JOINT", "DEG", "RAD", *(EXTRA[name] for name in extra))]
    for at, joint in enumerate(spec.joints):
        q = state.qpos[at]
        more = (f"{extra[name][at]:.{DIGITS.get(name, 2)}f}" for name in extra)
        rows.append((joint, f"{np.degrees(q):.1f}", f"{q:.3f}", *more))
    lines = [columns(rows, right=range(1, len(rows[0])))]
    for place, values in state.touch.items():
        lines.append(f"touch {place}: {_touched(values)}")
    lines += [f"fault: {fault}" for fault in state.faults]
    return "\n".join(lines)


def reading_line(spec: HandSpec | ArmSpec, state: JointState, time_s: float) -> str:
    """The time [s] and every joint [rad] on one line, and what is wrong."""
    joints = (f"{name}={q:.4f}" for name, q in zip(spec.joints, state.qpos, strict=True))
    faults = (f"fault: {fault}" for fault in state.faults)
    return "  ".join([f"{time_s:.3f}", *joints, *faults])


def reading_json(spec: HandSpec | ArmSpec, state: JointState, time_s: float) -> str:
    """One line of JSON: `time_s` and `qpos` by joint, what else was measured, `faults`."""
    facts: dict[str, Any] = {"device": spec.id, "time_s": round(time_s, 6)}
    for name in ("qpos", *EXTRA):
        if (values := getattr(state, name)) is not None:
            facts[name] = dict(zip(spec.joints, map(_number, values), strict=True))
    if state.touch:
        facts["touch"] = {
            place: np.asarray(values).tolist() for place, values in state.touch.items()
        }
    return json.dumps({**facts, "faults": list(state.faults)})


def _number(value: float) -> float | None:
    """JSON has no NaN, which stands where a device does not measure a joint."""
    return round(float(value), 9) if np.isfinite(value) else None


def _touched(values: np.ndarray) -> str:
    flat = np.ravel(values)
    if flat.size <= 6:
        return " ".join(f"{value:g}" for value in flat)
    return f"{flat.size} values, {np.nanmin(flat):g} to {np.nanmax(flat):g}"
