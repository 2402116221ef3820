"""What a maker or a lab says: hands, arms, embodiments, and the URDFs behind them."""

from xlvla_sdk.specs.arm import ArmSpec
from xlvla_sdk.specs.embodiment import BodySide, Embodiment
from xlvla_sdk.specs.hand import FINGERS, HandSpec, hand_from_urdf
from xlvla_sdk.specs.placement import PlacedSide, placed_sides
from xlvla_sdk.specs.pose import Pose
from xlvla_sdk.specs.side import Side
from xlvla_sdk.specs.spec import LIMIT_TOLERANCE, Limits
from xlvla_sdk.specs.station import Calibration, JointCalibration, Station, save_calibration
from xlvla_sdk.specs.urdf import UrdfModel
from xlvla_sdk.specs.urdf_file import load_urdf

__all__ = [
    "FINGERS",
    "LIMIT_TOLERANCE",
    "ArmSpec",
    "BodySide",
    "Calibration",
    "Embodiment",
    "HandSpec",
    "JointCalibration",
    "Limits",
    "PlacedSide",
    "Pose",
    "Side",
    "Station",
    "UrdfModel",
    "hand_from_urdf",
    "load_urdf",
    "placed_sides",
    "save_calibration",
]
