"""What one hand did: the policy server's rows, played on it in MuJoCo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from xlvla_sdk.codec import LatentCodec
from xlvla_sdk.demo.closing import thumb_distance
from xlvla_sdk.kinematics import hand_kinematics
from xlvla_sdk.layouts import XL1
from xlvla_sdk.policy import EpisodeReport, OpenPIClient, RemotePolicy, SimClock, run_episode
from xlvla_sdk.sim import MujocoDriver, World
from xlvla_sdk.specs import BodySide, Embodiment, HandSpec

FOLLOW_S = 0.5
"""How long after the source a hand may reach a pinch: servos lag, velocity limits delay [s]."""


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

    def nearest(self, time_s: float, finger: str) -> float:
        """When, from a moment on and while the hand may still follow, thumb and finger are nearest.

        Args:
            time_s: The moment on the source, since the first row [s].
            finger: The finger.
        """
        times = self.report.time_s
        rows = np.flatnonzero((times >= time_s - 1e-9) & (times <= time_s + FOLLOW_S))
        if len(rows) == 0:
            return time_s
        apart = thumb_distance(hand_kinematics(self.spec), finger, self.report.qpos[rows])
        return float(times[rows[apart.argmin()]])

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
