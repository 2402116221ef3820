"""What one hand did: the policy server's rows, played on it in MuJoCo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.layouts import XL1
from xlvla_sdk.policy import EpisodeReport, OpenPIClient, RemotePolicy, SimClock, run_episode
from xlvla_sdk.sim import MujocoDriver, World
from xlvla_sdk.specs import BodySide, Embodiment, HandSpec


@dataclass(frozen=True)
class Performance:
    """One hand's run.

    Attributes:
        spec: The hand.
        world: The world it was simulated in.
        report: The runner's report, with the measured motion.
    """

    spec: HandSpec
    world: World
    report: EpisodeReport

    def reached(self, time_s: float) -> Float[np.ndarray, " D"]:
        """The measured posture at a time since the first row [rad, m]."""
        return self.report.qpos[self._row(time_s)]

    def asked(self, time_s: float) -> Float[np.ndarray, " D"]:
        """The decoded posture that was asked of the hand at that time [rad, m]."""
        return self.report.targets[self._row(time_s)]

    def _row(self, time_s: float) -> int:
        return int(np.abs(self.report.time_s - time_s).argmin())


def perform(spec: HandSpec, codec: LatentCodec, uri: str) -> Performance:
    """Plays a policy server's answers on a simulated hand, on simulated time.

    Args:
        spec: The hand.
        codec: Its codec, in the server's latent space.
        uri: The server, `ws://host:port`.

    Raises:
        PolicyError: As the runner and the client do.
    """
    body = hand_alone(spec)
    driver = MujocoDriver(spec)
    driver.open()
    world = driver.world
    policy = RemotePolicy(OpenPIClient(uri))
    try:
        clock = SimClock([driver.advance])
        report = run_episode([driver], XL1(body, {spec.id: codec}), policy, clock)
    finally:
        policy.close()
        driver.close()
    return Performance(spec, world, report)


def hand_alone(spec: HandSpec) -> Embodiment:
    """A hand as a whole body."""
    return Embodiment(name=spec.id, sides=(BodySide(side=spec.side, hand=spec),))
