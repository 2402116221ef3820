"""Pose: where one frame is in another, as URDF writes it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict

from xlvla_sdk.specs.urdf_file import pose, rpy


class Pose(BaseModel):
    """A place and a turning.

    Attributes:
        xyz: Where the frame's origin is [m].
        rpy: How it is turned [rad]: about the fixed x, then y, then z axis, as in URDF.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    xyz: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rpy: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def matrix(self) -> Float[np.ndarray, "4 4"]:
        """The homogeneous transform."""
        return pose(np.array(self.xyz), np.array(self.rpy))

    @staticmethod
    def of(matrix: Float[np.ndarray, "4 4"]) -> Pose:
        """The pose that a homogeneous transform says."""
        x, y, z = matrix[:3, 3].tolist()
        return Pose(xyz=(x, y, z), rpy=rpy(matrix[:3, :3]))
