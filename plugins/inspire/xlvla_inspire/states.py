"""What a hand measures, in SI and in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from xlvla_inspire import registers
from xlvla_inspire.registers import Block
from xlvla_inspire.scale import radians
from xlvla_sdk import HandSpec
from xlvla_sdk.drivers import JointState

NEWTON_PER_GRAM = 9.80665e-3
AMPERE_PER_COUNT = 1e-3

ERRORS = (  # manual 2.6, ERROR, from bit 0
    "stalled",
    "too hot",
    "its current is too high",
    "its motor failed",
    "its motor does not communicate",
)
STATUS = {  # manual 2.6, STATUS
    0: "opening",
    1: "closing",
    2: "at its target",
    3: "stopped by its force limit",
    5: "stopped by its current limit",
    6: "stalled",
    7: "failed",
    255: "in error",
}
ALARMS = (1, 2, 3)
"""Bits of ERROR with which a joint must not be moved on."""
WRONG = (5, 6, 7, 255)
"""Values of STATUS that are faults: told where ERROR does not say the same or more."""


def joint_state(
    spec: HandSpec,
    block: Block,
    time_s: float,
    touch: Mapping[str, Float[np.ndarray, "..."]] = MappingProxyType({}),
) -> JointState:
    """What was measured, in the order of the spec.

    Force is the maker's grams as newtons. One laboratory weighed one hand (correlllab/rh56_controller at
    e4ef2568c910) and found 0.0065 to 0.0125 N for a gram, by finger; that is not put in.
    """
    return JointState(
        qpos=radians(spec, block.words(registers.ANGLE_ACT)),
        time_s=time_s,
        current=block.words(registers.CURRENT)[::-1] * AMPERE_PER_COUNT,
        force=block.words(registers.FORCE_ACT)[::-1] * NEWTON_PER_GRAM,
        temperature=block.bytes(registers.TEMP)[::-1].astype(float),
        touch=touch,
        faults=faults(spec, block),
        alarms=alarms(spec, block),
    )


def faults(spec: HandSpec, block: Block) -> tuple[str, ...]:
    """What is wrong, in words, joint by joint."""
    errors, status = block.bytes(registers.ERROR)[::-1], block.bytes(registers.STATUS)[::-1]
    said = []
    for joint, bits, state in zip(spec.joints, errors.tolist(), status.tolist(), strict=True):
        words = [word for bit, word in enumerate(ERRORS) if bits >> bit & 1]
        if unknown := bits >> len(ERRORS):
            words.append(
                f"error bits {unknown << len(ERRORS):#04x}, which the manual does not have"
            )
        if not words and state in WRONG:
            words.append(STATUS[state])
        said += [f"{joint}: {word}" for word in words]
    return tuple(said)


def alarms(spec: HandSpec, block: Block) -> tuple[str, ...]:
    """Joints that are too hot, draw too much or have failed, as `faults` has them."""
    errors = block.bytes(registers.ERROR)[::-1].tolist()
    return tuple(
        f"{joint}: {ERRORS[bit]}"
        for joint, bits in zip(spec.joints, errors, strict=True)
        for bit in ALARMS
        if bits >> bit & 1
    )


def activity(spec: HandSpec, block: Block) -> Mapping[str, str]:
    """What each joint is doing, in words."""
    status = block.bytes(registers.STATUS)[::-1].tolist()
    return {
        joint: STATUS.get(state, f"status {state}")
        for joint, state in zip(spec.joints, status, strict=True)
    }
