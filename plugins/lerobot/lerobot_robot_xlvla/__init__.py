"""A LeRobot robot: any hand, arm or whole body that `xlvla bridge` serves."""

from lerobot_robot_xlvla.config_xlvla import XlvlaConfig
from lerobot_robot_xlvla.xlvla import Xlvla

__all__ = ["Xlvla", "XlvlaConfig"]
