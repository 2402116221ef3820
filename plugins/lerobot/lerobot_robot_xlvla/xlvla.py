"""Xlvla: a body behind `xlvla bridge`, as LeRobot's tools know robots."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

import numpy as np
from lerobot.robots import Robot  # pyright: ignore[reportMissingImports]  (its user's own)

from lerobot_robot_xlvla.bridge import Bridge, BridgeError, Description
from lerobot_robot_xlvla.config_xlvla import XlvlaConfig

logger = logging.getLogger(__name__)

SUFFIX = ".pos"
"""What LeRobot's recorders write after a number's name."""


class Xlvla(Robot):
    """Hands and arms of every maker, moved by `xlvla bridge`; this side knows no device.

    Numbers are joints [rad, m] or latents, as the bridge was started; a key is the number's name and
    `.pos`. Cameras are the bridge's. The bridge has to run before the features are asked for: they
    are read there once, without moving anything.

    Args:
        config: Where the bridge is.
    """

    config_class = XlvlaConfig
    name = "xlvla"

    def __init__(self, config: XlvlaConfig) -> None:
        super().__init__(config)
        self.config = config
        self._bridge: Bridge | None = None

    @cached_property
    def description(self) -> Description:
        """What the bridge said of its body when it was first asked; BridgeError when none is there."""
        if self._bridge is not None:
            return self._bridge.description
        bridge = Bridge(self.config.url, self.config.timeout_s)
        bridge.close()
        self._require(bridge.description)
        return bridge.description

    @property
    def cameras(self) -> dict[str, tuple[int, int, int]]:
        """Camera to its picture's (height, width, 3); LeRobot counts them for its image writer."""
        return self.description.cameras

    @property
    def observation_features(self) -> dict[str, Any]:
        """A float for every number, a shape for every camera."""
        return {**self.action_features, **self.cameras}

    @property
    def action_features(self) -> dict[str, type]:
        """A float for every number."""
        return {name + SUFFIX: float for name in self.description.names}

    @property
    def is_connected(self) -> bool:
        """Whether the bridge can be asked; False after any error."""
        return self._bridge is not None and self._bridge.open

    @property
    def is_calibrated(self) -> bool:
        """Always: calibration is the bridge's, by its station."""
        return True

    def connect(self, calibrate: bool = True) -> None:
        """Takes the bridge's one seat; nothing moves yet.

        Raises:
            BridgeError: No bridge, another body or other numbers than expected, or another client
                sits there.
        """
        del calibrate  # there is nothing to calibrate from here
        if self.is_connected:
            raise BridgeError(f"{self.config.url}: connected already. Call disconnect() first.")
        known = self.__dict__.get("description")
        bridge = Bridge(self.config.url, self.config.timeout_s)
        try:
            self._require(bridge.description, known)
            bridge.observe()
        except BaseException:
            bridge.close()
            raise
        self._bridge = bridge
        logger.info("%s connected to %s at %s", self, self.description.embodiment, bridge.url)

    def calibrate(self) -> None:
        """Nothing: `xlvla calibrate` does it, at the bridge's side."""

    def configure(self) -> None:
        """Nothing: rates, limits and thresholds are the bridge's options."""

    def get_observation(self) -> dict[str, Any]:
        """What is measured, under the keys of `observation_features`; BridgeError when refused."""
        seen = self._open_bridge().observe()
        numbers = dict(zip(self.action_features, seen.state.tolist(), strict=True))
        return {**numbers, **seen.images}

    def send_action(self, action: dict[str, Any]) -> dict[str, float]:
        """Sends a target, and returns what went to the devices: velocity and position limits kept.

        Args:
            action: A number for every key of `action_features`.

        Raises:
            BridgeError: A key is missing or unknown, or the bridge refused; the body holds.
        """
        bridge = self._open_bridge()
        sent = bridge.act(self._numbers(action))
        return dict(zip(self.action_features, sent.tolist(), strict=True))

    def disconnect(self) -> None:
        """Leaves; the body holds where it is. May be called twice."""
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            bridge.close()

    def _open_bridge(self) -> Bridge:
        if self._bridge is None or not self._bridge.open:
            raise BridgeError(f"{self.config.url}: not connected. Call connect() first.")
        return self._bridge

    def _numbers(self, action: dict[str, Any]) -> np.ndarray:
        wanted = self.action_features
        missing = [key for key in wanted if key not in action]
        odd = [key for key in action if key not in wanted]
        if missing or odd:
            said = [f"lacks {', '.join(missing)}"] if missing else []
            said += [f"has {', '.join(odd)}, which the body has not"] if odd else []
            raise BridgeError(
                f"the action {' and '.join(said)}. Nothing was sent. {self.description.embodiment} "
                f"takes {self.description.features}: was the policy trained on those of this body?"
            )
        return np.array([float(action[key]) for key in wanted])

    def _require(self, found: Description, known: Description | None = None) -> None:
        """BridgeError when the body is not the one expected, or not the one it was before."""
        for what in ("embodiment", "features", "space"):
            wanted, there = getattr(self.config, what), getattr(found, what)
            if wanted is not None and wanted != there:
                raise BridgeError(
                    f"{self.config.url}: the bridge has {what} {there}, wanted is {wanted}. Start "
                    f"another bridge, or change --robot.{what}."
                )
        if known is not None and known != found:
            raise BridgeError(
                f"{self.config.url}: this is another bridge than before ({found.embodiment}, "
                f"{found.features}; before {known.embodiment}, {known.features}). Start the program "
                "again, so that its features are read anew."
            )
