"""BridgeSettings: how a body is moved for a client."""

from __future__ import annotations

from dataclasses import dataclass

from xlvla_sdk.drivers.thresholds import Thresholds


@dataclass(frozen=True)
class BridgeSettings:
    """How a body is moved for a client.

    Attributes:
        rate_hz: Readings and commands per second while no action comes; each action adds one.
        watchdog_s: A client that says nothing for longer: the body holds [s]. Longer than the
            runner's 0.3 s, because clients compute between two messages; at 10 Hz it forgives
            four that are lost.
        seat_s: A client that says nothing for longer makes room when another comes [s].
        oldest_frame_s: A camera's picture older than this is not handed out [s].
        speed: Part of the velocity limits; left out, 0.3 on real devices and 1 on simulated ones.
        thresholds: Of current and temperature, beside the drivers' own.
    """

    rate_hz: float = 50.0
    watchdog_s: float = 0.5
    seat_s: float = 5.0
    oldest_frame_s: float = 0.5
    speed: float | None = None
    thresholds: Thresholds | None = None


DEFAULTS = BridgeSettings()
