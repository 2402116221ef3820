"""The calls of the maker's package that drivers make, to an emulated XHAND1 behind a serial port.

Ours, from the package's names and the frames that it sends; standard library only, any Python from
3.6 on. A file beside the port, `port.worst`, tells it to do what a package does at its worst:
`hang`, `crash` or `raise` in every call while it says so.
"""

import binascii
import os
import select
import struct
import sys
import termios
import time
import tty

from .structures import ErrorStruct, HandCommand_t, HandState_t

__all__ = ["ErrorStruct", "HandCommand_t", "HandState_t", "XHandControl"]
CLOSED = -1
ANSWER_S = 0.1
TRIES = 3
MODES = (0, 3, 5)
LOST = (1501003, "communication error")
NOT_OPEN = (1501038, "device is not initialized")


class XHandControl:
    """One port and the hands on it; EtherCAT is not emulated."""

    def __init__(self):
        self._port = CLOSED
        self._path = ""
        self._last = bytes(HandCommand_t())
        self._state = HandState_t()

    def enumerate_devices(self, protocol):  # noqa: ARG002
        """Nothing: an emulated hand's place is known."""
        return []

    def open_serial(self, path, baud):
        """Takes a port, and has hands that are silent speak."""
        self._path = path
        self._misbehave()
        speed = getattr(termios, f"B{baud}", None)
        try:
            self._port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self._port)
            mode = termios.tcgetattr(self._port)
            mode[4] = mode[5] = speed
            termios.tcsetattr(self._port, termios.TCSANOW, mode)
        except (OSError, TypeError, termios.error):
            return ErrorStruct(1501050, "open serial port failed")
        sys.stdout.write(f"xhand_control: opened {path}\n")  # the maker's prints, too
        return ErrorStruct()

    def open_ethercat(self, interface):
        """There is none."""
        return ErrorStruct(1501039, f"open ethercat {interface} failed")

    def list_hands_id(self):
        """Who answers a question to everybody."""
        answer = self._ask(0xFF, 0x15, struct.pack("<HH", 20, 186))
        return [] if answer is None else [answer[0] & 0x7F]

    def get_hand_type(self, hand):
        """'L' or 'R'."""
        return self._text(hand, 20, 1)

    def get_serial_number(self, hand):
        """As text."""
        return self._text(hand, 21, 32)

    def read_version(self, hand, board):  # noqa: ARG002
        """A board's, as text."""
        return self._as_text(self._ask(board, 0x13, b""))

    def send_command(self, hand, command):
        """Checks the modes, as the maker's does, and nothing else; the answer is kept."""
        for joint in command.finger_command:
            if joint.mode not in MODES:
                return ErrorStruct(1501067, "invalid command")
        self._last = bytes(command)
        return self._command(hand)

    def read_state(self, hand, force_update):
        """What the last answer said; with `force_update` the last command is sent again."""
        error = self._command(hand) if force_update else ErrorStruct()
        return error, self._state

    def reset_sensor(self, hand, sensor):  # noqa: ARG002
        """Zeroes a fingertip."""
        return self._error(self._ask(sensor, 0x12, b""))

    def close_device(self):
        """Lets go of the port."""
        port, self._port = self._port, CLOSED
        if port != CLOSED:
            os.close(port)

    def _command(self, hand):
        answer = self._ask(0x80 | hand, 0x02, self._last)
        if answer is not None:
            self._state = HandState_t.from_buffer_copy(answer[1])
        return self._error(answer)

    def _text(self, hand, begin, length):
        answer = self._ask(0x80 | hand, 0x15, struct.pack("<HH", begin, length))
        return self._as_text(None if answer is None else (answer[0], answer[1][4:]))

    def _as_text(self, answer):
        text = "" if answer is None else answer[1].split(b"\0")[0].decode()
        return self._error(answer), text

    def _error(self, answer):
        if self._port == CLOSED:
            return ErrorStruct(*NOT_OPEN)
        return ErrorStruct() if answer is not None else ErrorStruct(*LOST)

    def _ask(self, destination, command, data):
        """Who answered and what; None when nobody did."""
        self._misbehave()
        head = struct.pack("<BBBBBH", 0x55, 0xAA, 0xFE, destination, command, len(data))
        frame = head + data
        frame += struct.pack("<H", binascii.crc_hqx(frame, 0))
        for _ in range(TRIES if self._port != CLOSED else 0):
            try:
                answer = self._once(frame, command)
            except OSError:
                return None
            if answer is not None:
                return answer
        return None

    def _once(self, frame, command):
        while self._arrived(0.0):
            pass
        os.write(self._port, frame)
        held, until = b"", time.monotonic() + ANSWER_S
        while time.monotonic() < until:
            held += self._arrived(until - time.monotonic())
            if len(held) < 7:
                continue
            total = 9 + struct.unpack_from("<H", held, 5)[0]
            if len(held) < total:
                continue
            whole = held[:total]
            right = binascii.crc_hqx(whole[:-2], 0) == struct.unpack("<H", whole[-2:])[0]
            return (whole[2], whole[7:-2]) if right and whole[4] == command else None
        return None

    def _arrived(self, wait_s):
        ready, _, _ = select.select([self._port], [], [], max(0.0, wait_s))
        return os.read(self._port, 4096) if ready else b""

    def _misbehave(self):
        try:
            with open(self._path + ".worst") as file:  # noqa: PTH123
                worst = file.read()
        except OSError:
            return
        if worst == "hang":
            time.sleep(3600)
        if worst == "crash":
            os._exit(3)
        if worst == "raise":
            raise RuntimeError("the package broke")
