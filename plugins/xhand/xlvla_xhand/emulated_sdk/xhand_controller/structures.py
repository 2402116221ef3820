"""The structures of the maker's package, as its headers 0.10.3 lay them out.

Source: yoimika/xhand_control_python@b61a82d, `data_type.hpp`; its spellings are kept.
"""

import ctypes as c


class Packed(c.LittleEndianStructure):
    """Without gaps."""

    _pack_ = 1


class FingerCommand_t(Packed):  # noqa: N801
    """What one joint is told."""

    _fields_ = (
        ("id", c.c_uint16),
        ("kp", c.c_int16),
        ("ki", c.c_int16),
        ("kd", c.c_int16),
        ("position", c.c_float),
        ("tor_max", c.c_uint16),
        ("mode", c.c_uint16),
        ("res0", c.c_uint16),
        ("res1", c.c_uint16),
        ("res2", c.c_uint16),
        ("res3", c.c_uint16),
    )


class HandCommand_t(Packed):  # noqa: N801
    """What all joints are told."""

    _fields_ = (("finger_command", FingerCommand_t * 12),)


class FingerState_t(Packed):  # noqa: N801
    """What one joint measures."""

    _fields_ = (
        ("id", c.c_uint8),
        ("sensor_id", c.c_uint8),
        ("position", c.c_float),
        ("torque", c.c_uint16),
        ("raw_position", c.c_uint16),
        ("temperature", c.c_uint16),
        ("commboard_err", c.c_uint16),
        ("jonitboard_err", c.c_uint16),
        ("tipboard_err", c.c_uint16),
        ("default5", c.c_uint16),
        ("default6", c.c_uint16),
        ("default7", c.c_uint16),
    )


class PXSR_ForceData(Packed):  # noqa: N801
    """A force in three directions."""

    _fields_ = (("fx", c.c_int8), ("fy", c.c_int8), ("fz", c.c_uint8))


class SenserData_t(Packed):  # noqa: N801
    """What one fingertip feels."""

    _fields_ = (
        ("calc_force", PXSR_ForceData),
        ("raw_force", PXSR_ForceData * 120),
        ("temperature", c.c_uint8 * 20),
        ("calc_temperature", c.c_uint8),
    )


class HandState_t(Packed):  # noqa: N801
    """What the hand measures."""

    _fields_ = (("finger_state", FingerState_t * 12), ("sensor_data", SenserData_t * 5))


class ErrorStruct:
    """Whether a call went well: 0, or 1501000 and more."""

    def __init__(self, error_code=0, error_message="ok"):
        self.error_code = error_code
        self.error_message = error_message
