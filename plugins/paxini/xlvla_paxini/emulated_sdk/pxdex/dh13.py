"""The calls of PaXini's SDK that drivers make, to the emulated hand at the other end of a socket.

Ours, from the SDK's names alone. Any Python from 3.6 on, standard library only. The "port" that
`activeHandy` takes is `host:port` of the emulated hand; what is spoken there is ours, too: lines of
a checksum and JSON.
"""

import enum
import json
import math
import os
import socket
import time
import zlib

ANSWER_S = 0.15  # how long the emulated hand may take
CONNECTS = 3  # how often it is called before it counts as not there
PAUSE_S = 0.05  # between them


class ControlMode(enum.Enum):
    """What the motors are told."""

    NONE_CONTROL_MODE = 0
    TORQUE_CONTROL_MODE = 1
    SPEED_CONTROL_MODE = 2
    POSITION_CONTROL_MODE = 3


class Names:
    """A struct of the SDK's."""

    def __init__(self, **values):
        self.__dict__.update(values)


class FingerAngle(Names):
    """One finger's four joints [deg]."""

    def __init__(self):
        super().__init__(joint1=0.0, joint2=0.0, joint3=0.0, joint4=0.0)


class ForcePoint(Names):
    """The resultant force of a touch module."""


class FingerMotorsError(Names):
    """A motor and its error."""


class ErrorCode(enum.IntEnum):
    """The errors of a motor; that they count from 1 is our guess."""

    OVER_VOLT = 1
    UNDER_VOLT = 2
    OVER_CURRENT_U = 3
    OVER_CURRENT_V = 4
    OVER_CURRENT_W = 5
    OVER_TEMPERATURE = 6
    ADC_CALIB = 7
    FOC_ERR = 8
    OVER_IQ = 9
    OPD_U = 10
    OPD_V = 11
    OPD_W = 12
    POS_REF_OVER = 13
    POS_REF_UNDER = 14
    ABZ_ERR = 15
    ABZ_Z_ERR = 16
    DISCONNECT = 17


class Line:
    """A socket that carries one question and its answer at a time."""

    def __init__(self, place):
        host, _, port = place.rpartition(":")
        if not port.isdigit():
            raise RuntimeError("no serial port " + place)
        self._socket = socket.create_connection((host, int(port)), ANSWER_S)
        self._number = 0

    def ask(self, name, *arguments):
        """What the emulated hand answers; RuntimeError when nothing, or that it refuses."""
        self._number += 1
        self._socket.sendall(packed({"number": self._number, "ask": name, "with": arguments}))
        deadline, left = time.monotonic() + ANSWER_S, b""
        while time.monotonic() < deadline:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._socket.recv(4096)
            except socket.timeout:  # noqa: UP041  (another class before Python 3.10)
                break
            if not data:
                raise RuntimeError("the hand is gone")
            lines = (left + data).split(b"\n")
            left = lines.pop()
            for answer in filter(None, map(unpacked, lines)):
                if answer.get("number") == self._number:
                    return obeyed(answer)
        raise RuntimeError("response timeout")

    def close(self):
        """Hangs up."""
        self._socket.close()


def packed(message):
    """A line."""
    text = json.dumps(message).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def unpacked(line):
    """A line's message; None for a damaged one."""
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    return json.loads(text.decode())


def obeyed(answer):
    """An answer's value, after doing what an SDK does at its worst, where it says so."""
    worst = answer.get("worst")
    if worst == "hang":
        time.sleep(1e6)
    if worst == "crash":
        os.abort()
    if worst == "shout":
        os.write(1, b"\x00\x01 [info] motor \xff\n" * 1000)
    if worst == "raise" or "refused" in answer:
        raise RuntimeError(answer.get("refused", "unknown exception"))
    return answer["value"]


class DexH13Control:
    """The hand."""

    def __init__(self):
        self._line = None

    def _ask(self, name, *arguments):
        if self._line is None:
            raise RuntimeError("activeHandy was not called")
        return self._line.ask(name, *arguments)

    def activeHandy(self, hand_port, camera_port):
        """1 for a left hand, 2 for a right one."""
        print("[info] activeHandy", hand_port, camera_port)  # noqa: T201  (as SDKs do)
        for left in reversed(range(CONNECTS)):
            try:
                self._line = Line(hand_port)
                return self._ask("side")
            except (OSError, RuntimeError):
                if not left:
                    raise
                self.disconnectHandy()
                time.sleep(PAUSE_S)
        return None

    def isConnectHandy(self):
        """Whether it answers."""
        return self._line is not None and self._ask("here")

    def disconnectHandy(self):
        """Hangs up."""
        if self._line is not None:
            self._line.close()
        self._line = None
        return True

    def initMotorPosition(self):
        """1, the fingers moving to zero."""
        return self._ask("home")

    def setMotorControlMode(self, mode):
        """False while the motors are on."""
        return self._ask("set mode", mode.value)

    def getMotorControlMode(self):
        """The mode."""
        return ControlMode(self._ask("mode"))

    def enableMotor(self):
        """Powers the motors."""
        return self._ask("power", True)

    def disableMotor(self):
        """Takes their power."""
        return self._ask("power", False)

    def isMotorEnabled(self):
        """Whether they are powered."""
        return self._ask("powered")

    def setJointPositionsRadian(self, radians):
        """Sixteen targets [rad]."""
        if len(radians) != 16:
            raise RuntimeError("16 radians are wanted")
        return self._ask("set angles", [math.degrees(angle) for angle in radians])

    def getJointPositionsRadian(self):
        """Sixteen positions [rad]."""
        return [math.radians(angle) for angle in self._ask("angles")]

    def getMotorActualCurrent(self):
        """Thirteen currents; milliamperes here, of the real one it is not known."""
        return self._ask("currents")

    def getFingerTactile(self):
        """Eleven resultant forces."""
        return [ForcePoint(x=x, y=y, z=z) for x, y, z in self._ask("touch")]

    def isFault(self):
        """Whether a motor has an error."""
        return bool(self._ask("errors"))

    def getFaultCode(self):
        """The motors' errors."""
        errors = self._ask("errors")
        return [FingerMotorsError(motor_ID=m, error_code=ErrorCode[code]) for m, code in errors]

    def clearFaultCode(self):
        """Forgets those errors whose cause is gone."""
        return self._ask("clear")

    def getSDKVersion(self):
        """Text."""
        return "emulated"

    def getFirmwareVersion(self):
        """Text."""
        return self._ask("version")
