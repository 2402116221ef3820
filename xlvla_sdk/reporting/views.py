"""The hand from three sides, its fingers drawn over it in their colours and named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.reporting.pictures import photographed
from xlvla_sdk.sim import HandView, World, hand_camera
from xlvla_sdk.sim.hand_view import world_poses
from xlvla_sdk.specs import HandSpec

SIDES = (("palm", 12.0), ("thumb's side", 82.0), ("back", 168.0))
"""What is seen of the hand, and how far the camera stands to the thumb's side of the palm [deg]."""
ELEVATION = -9.0
SIZE = 720
"""Of a picture [px]; shown at half of it, sharp on fine screens."""
UNITS = 1000.0
"""Width and height of what is drawn over a picture, whatever size it is shown at."""
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "thumb": "#d9480f",
        "index": "#1c6fd1",
        "middle": "#0b8a6b",
        "ring": "#8a3fc7",
        "pinky": "#c2255c",
    }
)
"""Of each finger, everywhere on the page."""
CLOSED, CLOSED_TRIES = 0.02, 256
"""A hand rests closed when a finger is nearer to its thumb than this [m]."""
_ROOM = 1.22
"""How much further off than need be the camera stands, so that names have room."""
_WIDE, _EDGE, _ABOVE, _BESIDE = 165.0, 90.0, 80.0, 105.0

Point = tuple[float, float]
"""Right and down from the picture's upper left corner, in UNITS."""


@dataclass(frozen=True)
class Mark:
    """A finger as it is drawn over a picture.

    Attributes:
        finger: Its name.
        colour: As `#rrggbb`.
        chain: From its first joint to its tip.
        label: Where its name stands, about this point.
    """

    finger: str
    colour: str
    chain: tuple[Point, ...]
    label: Point

    @property
    def points(self) -> str:
        """The chain as an SVG polyline has it."""
        return " ".join(f"{x:.0f},{y:.0f}" for x, y in self.chain)


@dataclass(frozen=True)
class View:
    """The hand from one side: the picture as data, and what is drawn over it."""

    side: str
    picture: str
    marks: tuple[Mark, ...]


def three_views(spec: HandSpec, world: World) -> tuple[tuple[View, ...], str]:
    """The hand, open where it says how, from the palm, the thumb's side and the back.

    Returns:
        The views, and how the pictures were made.
    """
    qpos = spec.posture("open") if "open" in spec.postures else _opened(spec)
    views, how = [], ""
    for side, turn in SIDES:
        near = hand_camera(spec, qpos[None], turn, ELEVATION)
        camera = replace(near, distance=_ROOM * near.distance)
        (picture,), how = photographed(spec, world, [qpos], SIZE, camera)
        views.append(View(side, picture, _marks(spec, camera, qpos)))
    return tuple(views), how


def _opened(spec: HandSpec) -> Float[np.ndarray, " D"]:
    """Rest, or where the tips are furthest apart for a hand that rests closed [rad, m]."""
    kinematics = hand_kinematics(spec)
    lower, upper = spec.limits
    part = np.random.default_rng(0).random((CLOSED_TRIES, len(lower)))
    part[:2] = [[0.0], [1.0]]
    postures = np.concatenate([spec.rest[None], lower + (upper - lower) * part])
    apart = np.linalg.norm(kinematics.deltas(postures), axis=-1)[:, kinematics.has].min(axis=1)
    return postures[0 if apart[0] > CLOSED else int(apart.argmax())]


def _marks(spec: HandSpec, camera: HandView, qpos: np.ndarray) -> tuple[Mark, ...]:
    poses = world_poses(spec, qpos)
    chains = {}
    for finger in spec.fingers:
        path = spec.model.path(spec.wrist_link, spec.tip_links[finger])
        links = [joint.child for joint in path if joint.moves] + [spec.tip_links[finger]]
        chains[finger] = _drawn_at(camera, np.array([poses[link][:3, 3] for link in links]))
    labels = _labels({finger: chain[-1] for finger, chain in chains.items()})
    return tuple(
        Mark(
            finger,
            COLOURS[finger],
            tuple((float(x), float(y)) for x, y in chain),
            labels[finger],
        )
        for finger, chain in chains.items()
    )


def _drawn_at(camera: HandView, points: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 2"]:
    """Where points of the world are in the picture."""
    view = camera.to_view(points)
    half = np.tan(np.radians(camera.field_of_view / 2.0))
    flat = view[:, :2] / (view[:, 2:] * half)
    return UNITS * (0.5 + 0.5 * flat * (1.0, -1.0))


def _labels(tips: Mapping[str, np.ndarray]) -> dict[str, Point]:
    """Places for names: in a row above the tips; beside its tip for a thumb that ends well below."""
    highest = min(tip[1] for tip in tips.values())
    low = tips["thumb"][1] > highest + 2.0 * _ABOVE
    row = sorted((f for f in tips if f != "thumb" or not low), key=lambda f: tips[f][0])
    wanted = np.array([tips[finger][0] for finger in row])
    across = wanted.copy()
    for index in range(1, len(across)):
        across[index] = max(across[index], across[index - 1] + _WIDE)
    across += (wanted - across).mean()
    across += max(_EDGE - across[0], 0.0) - max(across[-1] - (UNITS - _EDGE), 0.0)
    up = max(float(highest) - _ABOVE, 0.4 * _EDGE)
    places = {finger: (float(at), up) for finger, at in zip(row, across, strict=True)}
    x, y = tips["thumb"]
    away = 1.0 if x >= wanted.mean() else -1.0
    beside = (float(np.clip(x + away * _BESIDE, _EDGE, UNITS - _EDGE)), float(y) + 0.25 * _ABOVE)
    return {"thumb": beside, **places}
