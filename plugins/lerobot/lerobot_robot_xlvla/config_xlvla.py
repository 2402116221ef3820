"""XlvlaConfig: `--robot.type=xlvla` and its options."""

from __future__ import annotations

from dataclasses import dataclass

from lerobot.robots import RobotConfig  # pyright: ignore[reportMissingImports]  (its user's own)


@RobotConfig.register_subclass("xlvla")
@dataclass
class XlvlaConfig(RobotConfig):
    """Where the bridge is, and what is expected there.

    Attributes:
        url: As `xlvla bridge` says it on its standard output.
        embodiment: The body that has to be there, as in `xhand:right`; None takes any.
        features: `joints` or `latent`, what has to be there; None takes either.
        space: The latent space that has to be there, `name@hash8`, as a policy's data were encoded;
            None takes any.
        timeout_s: How long the bridge may take for an answer [s].
    """

    url: str = "ws://127.0.0.1:8100"
    embodiment: str | None = None
    features: str | None = None
    space: str | None = None
    timeout_s: float = 2.0
