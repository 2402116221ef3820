"""Hands nobody would build: random trees of turning, sliding, fixed and following joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from xlvla_sdk.specs import FINGERS, HandSpec, Side

KINDS = ("revolute", "continuous", "prismatic", "fixed")


def random_hand(folder: Path, seed: int) -> HandSpec:
    """A hand of two to five fingers, one to five joints each, in a palm frame of its own.

    Joints follow others of any finger, and others that follow themselves; axes and origins lie
    anywhere, and the wrist link hangs below a moving mount.
    """
    rng = np.random.default_rng(seed)
    fingers = ("thumb", *sorted(rng.choice(FINGERS[1:], rng.integers(1, 5), replace=False)))
    parts = ['<robot name="random"><link name="mount"/><link name="palm"/>']
    parts.append(_joint(rng, "wrist", "revolute", "mount", "palm", None))
    moving: list[str] = []
    for finger in fingers:
        parent = "palm"
        for index in range(rng.integers(1, 6)):
            name = f"{finger}_{index}"
            kind = "revolute" if index == 0 else str(rng.choice(KINDS))
            follows = bool(moving) and kind != "fixed" and rng.random() < 0.4
            leader = str(rng.choice(moving)) if follows else None
            parts += [f'<link name="{name}"/>', _joint(rng, name, kind, parent, name, leader)]
            moving += [name] if kind != "fixed" else []
            parent = name
        parts.append(f'<link name="{finger}_tip"/>')
        parts.append(_joint(rng, f"{finger}_end", "fixed", parent, f"{finger}_tip", None))
    path = folder / f"random_{seed}.urdf"
    path.write_text("\n".join([*parts, "</robot>"]))
    return HandSpec(
        name="random",
        side=Side.RIGHT,
        urdf=path,
        wrist_link="palm",
        velocity=None,
        tip_links={finger: f"{finger}_tip" for finger in fingers},
        palm_xyz=tuple(rng.uniform(-0.05, 0.05, 3).tolist()),
        palm_rpy=tuple(rng.uniform(-3.0, 3.0, 3).tolist()),
        source="made up for tests",
        license="Apache-2.0",
    )


def random_qpos(spec: HandSpec, seed: int, count: int) -> np.ndarray:
    """Postures uniform within the limits [rad, m], (count, D)."""
    rng = np.random.default_rng(seed)
    return rng.uniform(*spec.limits, size=(count, len(spec.joints)))


def _joint(
    rng: np.random.Generator, name: str, kind: str, parent: str, child: str, leader: str | None
) -> str:
    xyz, rpy = rng.uniform(-0.06, 0.06, 3), rng.uniform(-3.0, 3.0, 3)
    axis = np.eye(3)[rng.integers(3)] if rng.random() < 0.5 else rng.normal(size=3)
    reach = 0.03 if kind == "prismatic" else 1.5
    lower, upper = -rng.uniform(0.0, reach), rng.uniform(0.1 * reach, reach)
    multiplier, offset = rng.choice((-1.0, 1.0)) * rng.uniform(0.2, 1.5), rng.uniform(-0.2, 0.2)
    mimic = f'<mimic joint="joint_{leader}" multiplier="{multiplier}" offset="{offset}"/>'
    return (
        f'<joint name="joint_{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin xyz="{_text(xyz)}" rpy="{_text(rpy)}"/><axis xyz="{_text(axis)}"/>'
        f'<limit lower="{lower}" upper="{upper}" velocity="1" effort="1"/>'
        f"{mimic if leader else ''}</joint>"
    )


def _text(numbers: np.ndarray) -> str:
    return " ".join(repr(float(number)) for number in numbers)
