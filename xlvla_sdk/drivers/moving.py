"""Moving a device to one posture and waiting until it stands there; joints by what people type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches

import numpy as np
from jaxtyping import Float

from xlvla_sdk.drivers.safe import SafeDriver
from xlvla_sdk.errors import SpecError
from xlvla_sdk.messages import JointState
from xlvla_sdk.specs import ArmSpec, HandSpec

ARRIVED = 0.005
"""How near a joint has to come to its target [rad, m]."""
STILL = 0.003
"""How little a joint moves when it stands [rad, m]."""
STILL_TURNS = 15
"""For how many periods on end it has to stand."""
LONGEST_TURNS = 500
"""How many periods a device may take to settle once it was told its target."""


def joint_named(spec: HandSpec | ArmSpec, text: str) -> str:
    """The joint of a name, or of a part of a name that fits one joint alone.

    Raises:
        SpecError: None or several, naming them.
    """
    if text in spec.joints:
        return text
    fitting = [joint for joint in spec.joints if text and text in joint]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise SpecError(f"{spec.id}: '{text}' fits {', '.join(fitting)}. Write more of the name.")
    near = get_close_matches(text, spec.joints, n=1, cutoff=0.5)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    raise SpecError(f"{spec.id}: no joint '{text}'.{meant} There are: {', '.join(spec.joints)}.")


def targets_of(
    spec: HandSpec | ArmSpec, texts: Sequence[str], commanded: Sequence[str] | None = None
) -> dict[str, float]:
    """Targets by joint, from `NAME=RADIANS`.

    Args:
        spec: Whose joints.
        texts: The targets.
        commanded: Joints that can be told; all of them when left out.

    Raises:
        SpecError: A text that is none, a joint named twice, or one that cannot be told.
        LimitViolation: A target outside its joint's limits.
    """
    targets: dict[str, float] = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        try:
            angle = float(value)
        except ValueError as error:
            raise SpecError(
                f"'{text}' is no target. Write NAME=RADIANS, as in index=0.5."
            ) from error
        joint = joint_named(spec, name)
        if joint in targets:
            raise SpecError(f"{spec.id}: '{joint}' is named twice. Leave one of the two out.")
        if joint not in (commanded or spec.joints):
            raise SpecError(
                f"{spec.id}: '{joint}' has no motor of its own. It follows the joints before it; "
                "name one of those."
            )
        targets[joint] = angle
    spec.check_limits(
        np.array([targets.get(j, rest) for j, rest in zip(spec.joints, spec.rest, strict=True)])
    )
    return targets


def move_to(
    driver: SafeDriver,
    target: Float[np.ndarray, " D"],
    wait: Callable[[], object],
    near: float = ARRIVED,
) -> JointState:
    """Moves at the driver's speed, and waits until every joint has arrived or stands still.

    Joints that cannot be told are not waited for.

    Args:
        driver: Opened.
        target: Where to [rad, m].
        wait: Waits for the next period; a command goes out in each.
        near: How near a joint has to come to count as arrived [rad, m]; 0 waits until all stand.

    Returns:
        What is measured in the end; something in the way shows as a joint short of its target.
    """
    while not driver.approach(target):
        wait()
    told = np.isin(driver.spec.joints, driver.commanded)
    still, last = 0, driver.read()
    for _ in range(LONGEST_TURNS):
        if np.abs(last.qpos - target)[told].max() <= near or still >= STILL_TURNS:
            break
        wait()
        driver.approach(target)
        now = driver.read()
        still = still + 1 if np.abs(now.qpos - last.qpos).max() <= STILL else 0
        last = now
    return last
