"""How a policy moves a body: policies, the server and client of openpi's wire, clocks, the runner.

What talks over a network loads on first use, so that a replay on this computer needs none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xlvla_sdk.policy.clock import Clock, SimClock, WallClock
from xlvla_sdk.policy.columns import column_names, recorded_hand
from xlvla_sdk.policy.log import EpisodeLog
from xlvla_sdk.policy.metadata import Metadata
from xlvla_sdk.policy.narrowed import HandColumns, without_arms
from xlvla_sdk.policy.onlooker import Onlooker
from xlvla_sdk.policy.policy import Policy
from xlvla_sdk.policy.replay import ReplayPolicy
from xlvla_sdk.policy.report import EpisodeReport
from xlvla_sdk.policy.runner import run_episode
from xlvla_sdk.policy.settings import RunSettings
from xlvla_sdk.policy.status import Status

if TYPE_CHECKING:
    from xlvla_sdk.policy.client import OpenPIClient
    from xlvla_sdk.policy.remote import RemotePolicy
    from xlvla_sdk.policy.server import PolicyServer

_NETWORK = {
    "OpenPIClient": "xlvla_sdk.policy.client",
    "PolicyServer": "xlvla_sdk.policy.server",
    "RemotePolicy": "xlvla_sdk.policy.remote",
}

__all__ = [
    "Clock",
    "EpisodeLog",
    "EpisodeReport",
    "HandColumns",
    "Metadata",
    "Onlooker",
    "OpenPIClient",
    "Policy",
    "PolicyServer",
    "RemotePolicy",
    "ReplayPolicy",
    "RunSettings",
    "SimClock",
    "Status",
    "WallClock",
    "column_names",
    "recorded_hand",
    "run_episode",
    "without_arms",
]


def __getattr__(name: str) -> object:
    if name not in _NETWORK:
        raise AttributeError(f"module 'xlvla_sdk.policy' has no attribute '{name}'")
    return getattr(import_module(_NETWORK[name]), name)
