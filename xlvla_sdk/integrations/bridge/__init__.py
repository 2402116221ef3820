"""The bridge: a small server through which programs without xlvla_sdk read and move a body.

Its wire is openpi's framing (a websocket, one msgpack map a frame); docs/guides/lerobot.md has the
messages. LeRobot's tools speak it by the distribution `lerobot_robot_xlvla`.
"""

from xlvla_sdk.integrations.bridge.bridge import Bridge, serve_body
from xlvla_sdk.integrations.bridge.columns import Columns, JointColumns, RowColumns
from xlvla_sdk.integrations.bridge.settings import BridgeSettings

__all__ = ["Bridge", "BridgeSettings", "Columns", "JointColumns", "RowColumns", "serve_body"]
