"""What is fuzzed: every parser and decoder of the drivers, and every emulated device's firmware.

A target is made once and then takes bytes, again and again. It raises only where something is wrong:
an exception that is not ours, or more bytes kept than `KEPT`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace

import numpy as np

from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.registry import registry
from xlvla_sdk.specs import ArmSpec, HandSpec

KEPT = 1 << 17
"""More than this is kept by no parser and no firmware of what it was sent [bytes]."""
ROUNDS = 3
"""How often the same bytes come: what is kept must not grow with them."""

PIECES = 64
"""Into how many an input is cut at the most."""

Take = Callable[[bytes], object]


@dataclass(frozen=True)
class Target:
    """Something that takes bytes.

    Attributes:
        take: Takes them.
        seeds: What the fuzzer begins with, where frames are known.
        inside: Makes a whole frame of what the fuzzer makes up, so that its sum is right.
    """

    take: Take
    seeds: tuple[bytes, ...] = field(default=())
    inside: Callable[[bytes], bytes] | None = None

    def __call__(self, data: bytes) -> None:
        """One input: the first byte says how it is cut, and whether it is put into a frame."""
        if not data:
            return
        how, data = data[0], data[1:]
        if how & 1 and self.inside is not None:
            data = self.inside(data)
        piece = max(1 + (how >> 1 & 7) * 37, len(data) // PIECES) if how & 16 else len(data) + 1
        for _ in range(ROUNDS):
            for at in range(0, len(data), piece):
                try:
                    self.take(data[at : at + piece])
                except XlvlaError:
                    continue


def parser(cutter: object, look: Iterable[Callable[[bytes], object]]) -> Take:
    """A parser, and what looks at the frames that it finds; clears it now and then."""

    def take(data: bytes) -> None:
        for frame in cutter.feed(data):  # pyright: ignore[reportAttributeAccessIssue]
            for one in look:
                one(frame)
        assert kept(cutter) <= KEPT, f"{kept(cutter)} bytes are kept"
        if data.endswith(b"\xff"):
            cutter.clear()  # pyright: ignore[reportAttributeAccessIssue]

    return take


def firmware(emulated: object) -> Take:
    """An emulated device, whose clock goes on; what it answers is bytes."""
    time_s = 0.0

    def take(data: bytes) -> None:
        nonlocal time_s
        time_s += 0.01
        for made_s, frame in emulated.receive(data, time_s):  # pyright: ignore[reportAttributeAccessIssue]
            assert made_s >= 0.0
            assert isinstance(frame, bytes)
        joints = emulated.joints  # pyright: ignore[reportAttributeAccessIssue]
        position = joints.position(time_s)
        assert np.isfinite(position).all(), position
        assert ((position >= joints.lower - 1e-6) & (position <= joints.upper + 1e-6)).all()
        joints.violations.clear()
        assert kept(emulated) <= KEPT, f"{kept(emulated)} bytes are kept"

    return take


def kept(thing: object) -> int:
    """Bytes in what an object holds by itself."""
    values = list(vars(thing).values())
    return sum(
        len(value) if isinstance(value, bytes | bytearray) else sum(map(len, value.values()))
        for value in values
        if isinstance(value, bytes | bytearray)
        or (isinstance(value, dict) and value and isinstance(next(iter(value.values())), bytes))
    )


def hand(name: str) -> HandSpec | ArmSpec:
    return registry().device(name).spec


def ability() -> Mapping[str, Target]:
    from xlvla_ability import frames
    from xlvla_ability.emulator import AbilityFirmware

    looks = [lambda frame, v=v: frames.feedback(frame, v) for v in (1, 2, 3)]
    cutter = frames.FrameParser()
    questions = [frames.read_request(0x50, v) for v in (1, 2, 3)]
    questions += [frames.position_request(0x50, np.arange(6) * 900, v) for v in (1, 2, 3)]
    questions += [frames.register_request(0x50, 0x3D), frames.bare_request(0x50, 0x7C)]
    hand = AbilityFirmware()
    answers = tuple(frame for q in questions for _, frame in hand.receive(q, 0.0))

    def wrapped(body: bytes) -> bytes:
        summed = body + bytes([-sum(body) & 0xFF])
        escaped = summed.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
        return b"\x7e" + escaped + b"\x7e"

    look = [*looks, frames.register_value, frames.is_bare_reply]
    return {
        "ability-frames": Target(parser(cutter, look), answers, wrapped),
        "ability-firmware": Target(
            firmware(hand), tuple(questions), lambda body: wrapped(b"\x50" + body)
        ),
    }


def inspire() -> Mapping[str, Target]:
    from xlvla_inspire import frames, registers, states
    from xlvla_inspire.emulated_hand import EmulatedHand
    from xlvla_inspire.emulated_wires import RtuFirmware, TcpFirmware, VendorFirmware

    from xlvla_sdk.drivers import ModbusRtu, ModbusTcp
    from xlvla_sdk.testing import Faults

    spec, start, size = hand("inspire:right"), *registers.MEASURED

    def measured(data: bytes) -> None:
        assert isinstance(spec, HandSpec)
        whole = data[:size].ljust(size, b"\0")
        state = states.joint_state(spec, registers.Block(start, whole, "<"), 0.0)
        assert np.isfinite(state.qpos).all()
        states.activity(spec, registers.Block(start, whole, ">", True))

    targets = {
        "inspire-states": Target(measured),
        "inspire-frames": Target(
            parser(frames.Frames(1), [frames.read_answer]),
            inside=lambda body: frames._frame(1, frames.READ, 1546, body[:200]).replace(
                frames.TO_HAND, frames.FROM_HAND, 1
            ),
        ),
    }
    vendor = (frames.read_frame(1, 1546, 78), frames.write_frame(1, 1486, bytes(12)))
    firmwares = {
        "vendor": (VendorFirmware, vendor, lambda body: frames._frame(1, 0x12, 1486, body[:200])),
        "rtu": (RtuFirmware, _questions(ModbusRtu(1)), None),
        "tcp": (TcpFirmware, _questions(ModbusTcp(1)), None),
    }
    for name, (kind, seeds, inside) in firmwares.items():
        made = kind(EmulatedHand(tactile=True, hand_id=1), Faults())
        if isinstance(made, TcpFirmware):
            made.SHORTEST_S = made.SHORTEST_WRITE_S = 0.0  # so that it never freezes
        targets[f"inspire-{name}-firmware"] = Target(firmware(made), seeds, inside)
    return targets


def modbus() -> Mapping[str, Target]:
    from xlvla_sdk.drivers import ModbusRtu, ModbusTcp

    def target(modbus: ModbusRtu | ModbusTcp) -> Target:
        modbus.read(1546, 39)
        looks = [
            lambda frame: modbus.words(frame, 39),
            lambda frame: modbus.written(frame, 1486, 6),
        ]
        answer = b"\x03\x4e" + bytes(78)
        inside = _tcp if isinstance(modbus, ModbusTcp) else _rtu
        seeds = (inside(answer), inside(b"\x10\x05\xce\x00\x06"), inside(b"\x83\x02"))
        return Target(parser(modbus.parser(), looks), seeds, inside)

    return {"modbus-rtu": target(ModbusRtu(1)), "modbus-tcp": target(ModbusTcp(1))}


def _questions(modbus) -> tuple[bytes, ...]:
    return (modbus.read(1546, 39), modbus.write(1486, [500] * 6), modbus.read(3000, 114))


def _rtu(pdu: bytes) -> bytes:
    crc = 0xFFFF
    for byte in b"\1" + pdu:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return b"\1" + pdu + bytes([crc & 255, crc >> 8])


def _tcp(pdu: bytes) -> bytes:
    return b"\0\x10\0\0" + (len(pdu) + 1).to_bytes(2, "big") + b"\1" + pdu


def xhand() -> Mapping[str, Target]:
    from xlvla_xhand import frames, reply
    from xlvla_xhand.emulated_hand import EmulatedHand
    from xlvla_xhand.emulator import XHandFirmware

    from xlvla_sdk.testing import Faults

    emulated = XHandFirmware(EmulatedHand(hand("xhand:right")), Faults())
    questions = (
        frames.powerless(0),
        frames.read_registers(0, 20, 33),
        frames.version(0x80),
        frames.who_is_there(),
        frames.write_registers(0, 206, b"\0"),
        frames.zero_touch(2),
    )
    answers = tuple(frame for q in questions for _, frame in emulated.receive(q, 0.0))

    def looked_at(whole: bytes) -> None:
        found = frames.Frame.of(whole)
        frames.registers(found, 20, 33)
        frames.text(found.data)

    def decoded(data: bytes) -> None:
        whole = (data or b"\0") * (2208 // max(1, len(data)) + 1)
        numbered = b"".join(
            bytes([joint]) + whole[24 * joint + 1 : 24 * joint + 24] for joint in range(12)
        )
        reply.decode(data, "fuzz")
        reply.decode(numbered + whole[288:2208], "fuzz").faults([str(j) for j in range(12)])

    def sealed(body: bytes) -> bytes:
        begin = frames.HEADER + bytes([frames.HOST]) + body[:2].ljust(2, b"\x80")
        begin += len(body[2:]).to_bytes(2, "little") + body[2:]
        return begin + frames._sum(begin)

    return {
        "xhand-frames": Target(parser(frames.XHandParser(), [looked_at]), answers, sealed),
        "xhand-state": Target(decoded, tuple(a[7:-2] for a in answers)),
        "xhand-firmware": Target(firmware(emulated), questions, sealed),
    }


def xarm() -> Mapping[str, Target]:
    from xlvla_xarm.emulated_arm import EmulatedArm
    from xlvla_xarm.emulator import VERSION
    from xlvla_xarm.firmware import XArmFirmware
    from xlvla_xarm.report import ReportParser

    from xlvla_sdk.testing import EmulatedJoints, Faults

    spec = hand("xarm7")
    joints = EmulatedJoints(*spec.limits, 3.14, spec.posture("ready"))
    box = XArmFirmware(EmulatedArm(joints, VERSION), Faults())
    reports = ReportParser()

    def report(data: bytes) -> None:
        reports.feed(data)
        assert kept(reports) <= KEPT

    def request(body: bytes) -> bytes:
        return b"\0\1\0\2" + len(body).to_bytes(2, "big") + body

    requests = [bytes([register]) for register in (1, 13, 14, 15, 16, 17, 42)]
    requests += [b"\x2a\3", b"\x0b\x08\1", b"\x0c\0", b"\x13\1", b"\x1d" + bytes(40)]
    return {
        "xarm-report": Target(report, (box.report(0.0),)),
        "xarm-firmware": Target(firmware(box), tuple(map(request, requests)), request),
    }


def g1() -> Mapping[str, Target]:
    from xlvla_g1 import frames
    from xlvla_g1.firmware import G1Firmware

    robot = G1Firmware()
    gains = np.full(17, 40.0)
    command = frames.command_frame(5, np.zeros(17), gains, gains / 20.0, 0.5)

    def whole_state(body: bytes) -> bytes:
        inner = (frames.ENCODING + body).ljust(frames.STATE_BYTES, b"\0")[: frames.STATE_BYTES]
        return inner[:-4] + frames.crc(frames._state_words(inner)).to_bytes(4, "little")

    def whole_command(body: bytes) -> bytes:
        inner = (frames.ENCODING + body).ljust(len(command), b"\0")[: len(command)]
        return inner[:-4] + frames.crc(frames._command_words(inner)).to_bytes(4, "little")

    return {
        "g1-state": Target(frames.parse_state, (robot.state(0.0),), whole_state),
        "g1-firmware": Target(firmware(robot), (command,), whole_command),
    }


def paxini() -> Mapping[str, Target]:
    from xlvla_paxini.firmware import PaxiniFirmware
    from xlvla_paxini.readings import angles, currents, forces

    from xlvla_sdk.specs import Side
    from xlvla_sdk.testing import Faults

    def read(data: bytes) -> None:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return
        for understand in (angles, lambda v: currents(v, 0.001), forces):
            try:
                understand(value)
            except ValueError:  # which its driver makes a DriverError of
                continue

    def line(body: bytes) -> bytes:
        return b"%08x " % zlib.crc32(body) + body + b"\n"

    def question(name: str, *arguments: object) -> bytes:
        return line(json.dumps({"number": 1, "ask": name, "with": arguments}).encode())

    seeds = (question("set angles", [0.0] * 16), question("power", True), question("touch"))
    made = PaxiniFirmware(Side.RIGHT, Faults())
    return {
        "paxini-readings": Target(read, (json.dumps([0.0] * 16).encode(),)),
        "paxini-firmware": Target(firmware(made), seeds),  # whole lines come from ours alone
    }


def core() -> Mapping[str, Target]:
    from xlvla_sdk.drivers import Address, HelperProcess
    from xlvla_sdk.drivers.helper_process import HEAD

    helper = HelperProcess("python", "script", "fuzz", "Install it.")
    child = SimpleNamespace(end=lambda _: "ended", said=lambda: "")

    def arrived(data: bytes) -> None:
        helper._child = child  # pyright: ignore[reportAttributeAccessIssue]
        helper._arrived += data
        try:
            helper._whole_frames("a call")
        except XlvlaError:
            helper._arrived.clear()

    def address(data: bytes) -> None:
        found = Address.parse(data.decode("utf8", "replace"))
        assert Address.parse(str(found)) == found, f"{found!r} is written {str(found)!r}"
        found.port(1)
        found.seconds("timeout", 1.0)

    def framed(body: bytes) -> bytes:
        return HEAD.pack(len(body)) + body

    examples = (b"serial:/dev/ttyUSB0?baud=115200&id=1", b"modbus-tcp://192.168.11.210:6000")
    return {
        "helper-process": Target(arrived, (framed(b'{"number": 1, "value": [0]}'),), framed),
        "address": Target(address, examples),
    }


MAKERS = (ability, inspire, modbus, xhand, xarm, g1, paxini, core)


def targets() -> Mapping[str, Target]:
    """All targets by their names."""
    made: dict[str, Target] = {}
    for maker in MAKERS:
        made |= maker()
    return MappingProxyType(made)
