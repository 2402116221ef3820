"""Hands that showed a pooled policy nothing: the example vendor's, and those of published URDFs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.paper_hands import NEW
from xlvla_sdk.demo.example import load_example_plugin
from xlvla_sdk.hookspecs import Register, hookimpl
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.kinematics.pinch import pinch_point
from xlvla_sdk.onboarding import register
from xlvla_sdk.registry import registry
from xlvla_sdk.scaffold import draft_hand
from xlvla_sdk.specs import HandSpec, Pose, Station

EXAMPLE = "acme_h11"
LIKE = "xhand"
"""A newcomer is mounted so that it pinches where this one does: nobody sells a flange for it."""
SPEED = 3.0
"""How fast joints of a URDF without velocities are simulated to go [rad/s], about as fast as those of
the hands that ship; without one nothing may move a hand."""


@dataclass(frozen=True)
class Newcomer:
    """A hand that has joined.

    Attributes:
        name: Its name.
        joints: How many it has that are its own.
        station: How it is mounted on an xArm 7.
        took_s: How long registering and onboarding took [s]; next to nothing where its codec was kept.
    """

    name: str
    joints: int
    station: Station
    took_s: float


class _Vendor:
    """A plugin of one hand."""

    def __init__(self, spec: HandSpec) -> None:
        self._spec = spec

    @hookimpl
    def xlvla_register_devices(self, register: Register) -> None:
        """Offers the hand."""
        register(self._spec)


def join(name: str, shared: Path) -> Newcomer:
    """Registers a hand and onboards it.

    Args:
        name: `acme_h11`, or a hand of the URDF data.
        shared: Where that lies.
    """
    if name not in (EXAMPLE, *NEW):
        raise SystemExit(f"no hand {name}; there are {', '.join((EXAMPLE, *NEW))}.")
    plugin = load_example_plugin() if name == EXAMPLE else _Vendor(_published(name, shared))
    begun = time.perf_counter()
    register(plugin, onboard=True)
    took_s = time.perf_counter() - begun
    spec = _hand(name)
    station = Station(mounts={f"xarm7+{name}:right": mount_like(spec, _hand(LIKE))})
    return Newcomer(name, len(spec.joints), station, took_s)


def mount_like(hand: HandSpec, other: HandSpec, arm: str = "xarm7") -> Pose:
    """Where a hand's wrist link is in an arm's flange: it points as another does, and pinches where that does.

    Both hands at rest: palms are turned alike, and pinch points are one.

    Args:
        hand: The one without a mount.
        other: The one with.
        arm: On which arm.
    """
    T_flange_palm = other.mounts[arm].matrix @ other.T_wrist_palm
    pinches, pinched = (pinch_point(hand_kinematics(one), one.rest) for one in (hand, other))
    T_flange_palm[:3, 3] += T_flange_palm[:3, :3] @ (pinched - pinches)
    return Pose.of(T_flange_palm @ np.linalg.inv(hand.T_wrist_palm))


def _published(name: str, shared: Path) -> HandSpec:
    """As `xlvla onboard --urdf` finds it."""
    urdf = shared / "hardware" / "urdf" / NEW[name][0]
    if not urdf.is_file():
        raise SystemExit(f"{urdf.name} is not there. Say with --shared where the URDF data lies.")
    draft = draft_hand(urdf)
    return draft.spec(name, velocity=draft.velocity or SPEED)


def _hand(name: str) -> HandSpec:
    return registry().embodiment(f"{name}:right").hands[0]
