"""Inverse kinematics of arms: one pose, a chunk's rows, a pose from anywhere; numpy, no torch."""

from xlvla_sdk.kinematics.ik_poses import Reached, solve, solve_anywhere
from xlvla_sdk.kinematics.ik_rows import solve_rows

__all__ = ["Reached", "solve", "solve_anywhere", "solve_rows"]
