"""The hand's error codes in words, and where its joints, motors and touch modules stand in its lists."""

from __future__ import annotations

from collections.abc import Sequence

from xlvla_paxini import ORDER, PASSIVE

JOINTS = tuple(f"{finger}_joint_{number}" for finger in ORDER for number in range(4))
"""The SDK's sixteen angles, index[0:4] to thumb[12:16]. SDK example (TacControl 8888f36f6825)."""
MOTORS = tuple(joint for joint in JOINTS if joint not in PASSIVE)
"""The joints of motors 1 to 13. SDK header, motor1 to motor13; order as the joints' (leUr5)."""
TOUCH = tuple(
    f"{finger}_{place}"
    for finger in ORDER
    for place in (("proximal", "tip") if finger == "thumb" else ("proximal", "middle", "tip"))
)
"""The eleven touch modules. SDK example: index 0 to 2, middle 3 to 5, ring 6 to 8, thumb 9 and 10."""

CODES = {
    "OVER_VOLT": "supply voltage too high",
    "UNDER_VOLT": "supply voltage too low",
    "OVER_CURRENT_U": "too much current in phase U",
    "OVER_CURRENT_V": "too much current in phase V",
    "OVER_CURRENT_W": "too much current in phase W",
    "OVER_TEMPERATURE": "too hot",
    "ADC_CALIB": "its current sensor could not be calibrated",
    "FOC_ERR": "its motor control failed",
    "OVER_IQ": "too much torque current",
    "OPD_U": "phase U is open",
    "OPD_V": "phase V is open",
    "OPD_W": "phase W is open",
    "POS_REF_OVER": "told a position above its range",
    "POS_REF_UNDER": "told a position below its range",
    "ABZ_ERR": "its encoder is faulty",
    "ABZ_Z_ERR": "its encoder's index pulse is faulty",
    "DISCONNECT": "its motor board does not answer",
}
"""Names and order as in the SDK's header; that they count from 1 is not confirmed."""


GRAVE = (
    "OVER_CURRENT_U",
    "OVER_CURRENT_V",
    "OVER_CURRENT_W",
    "OVER_TEMPERATURE",
    "FOC_ERR",
    "OVER_IQ",
)
"""Codes with which a motor must not be driven on: too hot, too much current, without control."""


def fault_in_words(side: str, motor: int, code: str | int) -> str:
    """One fault: which motor, which joint, what."""
    known = 1 <= motor <= len(MOTORS)
    where = f"{side}_{MOTORS[motor - 1]} (motor {motor})" if known else f"motor {motor}"
    return f"{where}: {_what(code)}"


def faults_in_words(side: str, faults: Sequence[tuple[int, str | int]]) -> tuple[str, ...]:
    """All of them; a motor that reports code 0 reports nothing."""
    return tuple(fault_in_words(side, motor, code) for motor, code in faults if code != 0)


def alarms_in_words(side: str, faults: Sequence[tuple[int, str | int]]) -> tuple[str, ...]:
    """Those of the faults with which a motor must not be driven on."""
    return faults_in_words(side, [(motor, code) for motor, code in faults if _name(code) in GRAVE])


def _name(code: str | int) -> str | None:
    """The code's name in `CODES`; what it would be, for a number."""
    names = list(CODES)
    if isinstance(code, int):
        return names[code - 1] if 1 <= code <= len(names) else None
    return max((name for name in CODES if code.upper().endswith(name)), key=len, default=None)


def _what(code: str | int) -> str:
    known = _name(code)
    if isinstance(code, int):
        meaning = f", probably {known}: {CODES[known]}" if known else ", not among those known"
        return f"error {code}{meaning}"
    return f"{CODES[known]} ({code})" if known else f"error {code}"
