"""dex-retargeting's optimisers as contestants, where the package is installed.

    pip install "xlvla-sdk[compare]"

It wants vectors in the target's root frame, names of the target's links, and a URDF. The vectors
given are those our measures look at: from the thumb's tip to each shared fingertip, and for DexPilot
from every fingertip to the others and from the wrist, all at scale 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from itertools import combinations
from typing import Any

import numpy as np

from bench.contestants import Contestant, Rows
from xlvla_sdk.kinematics import HandKinematics, link_pose, shared_kinematics
from xlvla_sdk.specs import HandSpec, Side

MISSING = (
    "dex-retargeting is not installed here: its rows are left out. "
    '`pip install "xlvla-sdk[compare]"` in this environment adds them.'
)


def available() -> bool:
    """Whether the package is installed."""
    return find_spec("dex_retargeting") is not None


class DexRetargeting(Contestant):
    """One of its optimisers: `vector` or `dexpilot`.

    Args:
        kind: Which.
        specs: Hands by id, right ones.
    """

    def __init__(self, kind: str, specs: Mapping[str, HandSpec]) -> None:
        if left := [hand for hand, spec in specs.items() if spec.side is Side.LEFT]:
            raise SystemExit(f"{left[0]}: this bench compares right hands. Leave it out.")
        self.name = f"dex-retargeting, {kind}"
        self.how = _HOW[kind]
        self._kind = kind
        self._specs = specs
        self._hands = {hand: shared_kinematics(spec) for hand, spec in specs.items()}
        self._solvers: dict[tuple[str, tuple[str, ...]], _Solver] = {}

    def move(self, source: str, target: str, qpos: Rows) -> Rows:
        return self._solved(source, target, qpos, anew=True)

    def play(self, source: str, target: str, qpos: Rows) -> Rows:
        return self._solved(source, target, qpos, anew=False)

    def _solved(self, source: str, target: str, qpos: Rows, anew: bool) -> Rows:
        one, other = self._hands[source], self._hands[target]
        shared = tuple(f for f in other.finger_names if f in one.finger_names)
        solver = self._solver(target, shared)
        solver.reset()
        vectors = _vectors(one, np.asarray(qpos), solver.pairs)
        rows = []
        for wanted in vectors:
            if anew:
                solver.reset()
            rows.append(solver.solve(wanted))
        return np.clip(np.array(rows), other.lower, other.upper)

    def _solver(self, target: str, shared: tuple[str, ...]) -> _Solver:
        key = target, shared
        if key not in self._solvers:
            self._solvers[key] = _Solver(self._kind, self._specs[target], shared)
        return self._solvers[key]


WRIST = "wrist"
"""Stands in a pair for the hand's own frame instead of a fingertip."""

_HOW = {
    "vector": (
        "its vector optimiser on the thumb-to-finger vectors, unscaled; a test posture by itself "
        "begins in the middle of the joints' ranges, a recording's at the row before."
    ),
    "dexpilot": (
        "its DexPilot optimiser on vectors between all fingertips, and from the wrist to them, "
        "unscaled; begins as above."
    ),
}


class _Solver:
    """One optimiser of the package for one hand and the fingers that the source has too."""

    def __init__(self, kind: str, spec: HandSpec, fingers: tuple[str, ...]) -> None:
        from dex_retargeting.retargeting_config import (  # pyright: ignore[reportMissingImports]
            RetargetingConfig,
        )

        self.pairs = _pairs(kind, fingers)
        links = {WRIST: spec.wrist_link, **spec.tip_links}
        config: dict[str, Any] = {
            "type": kind,
            "urdf_path": str(spec.urdf),
            "target_joint_names": list(spec.joints),
            "scaling_factor": 1.0,
            "low_pass_alpha": -1.0,  # none
        }
        if kind == "vector":
            config |= {
                "target_origin_link_names": [links[a] for a, _ in self.pairs],
                "target_task_link_names": [links[b] for _, b in self.pairs],
                "target_link_human_indices": np.zeros((2, len(self.pairs)), dtype=int),
            }
        else:
            config |= {
                "wrist_link_name": spec.wrist_link,
                "finger_tip_link_names": [links[finger] for finger in fingers],
            }
        self._solver = RetargetingConfig.from_dict(config).build()
        names = list(self._solver.joint_names)
        self._columns = [names.index(joint) for joint in spec.joints]
        self._R_root_palm = _palm_rotation(spec)

    def reset(self) -> None:
        """The next row begins in the middle of the ranges."""
        self._solver.reset()

    def solve(self, vectors: np.ndarray) -> np.ndarray:
        """One row's joints [rad] from its vectors in the palm frame [m], (pairs, 3)."""
        return self._solver.retarget(vectors @ self._R_root_palm.T)[self._columns]


def _pairs(kind: str, fingers: tuple[str, ...]) -> list[tuple[str, str]]:
    """From and to, in the optimiser's own order."""
    if kind == "vector":
        return [("thumb", finger) for finger in fingers if finger != "thumb"]
    between = [(other, finger) for finger, other in combinations(fingers, 2)]
    return between + [(WRIST, finger) for finger in fingers]


def _vectors(hand: HandKinematics, qpos: np.ndarray, pairs: list[tuple[str, str]]) -> np.ndarray:
    """(rows, pairs, 3) in the palm frame [m]."""
    tips = hand.tips(qpos)
    at = {name: tips[:, index] for index, name in enumerate(hand.finger_names)}
    at[WRIST] = np.zeros_like(tips[:, 0])
    return np.stack([at[b] - at[a] for a, b in pairs], axis=1)


def _palm_rotation(spec: HandSpec) -> np.ndarray:
    T_root_wrist = link_pose(
        spec.model, spec.joints, np.zeros(len(spec.joints)), spec.model.root, spec.wrist_link
    )
    return (T_root_wrist @ spec.T_wrist_palm)[:3, :3]
