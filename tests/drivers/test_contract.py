"""Every registered device with an emulator keeps the contract of drivers, on every wire it has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from xlvla_sdk.checks import declared_by
from xlvla_sdk.plugin import Device
from xlvla_sdk.registry import load_registry
from xlvla_sdk.specs import Side
from xlvla_sdk.testing import Subject
from xlvla_sdk.testing.contract import CLAUSES
from xlvla_sdk.testing.contract_faults import FAULT_CLAUSES, KINDS, outlives_a_bad_line
from xlvla_sdk.testing.wire_checks import impatience

pytestmark = pytest.mark.timeout(60)
"""The watchdog: a call that hangs ends here."""

REGISTRY = load_registry()
DEVICES = [device for device in REGISTRY.devices.values() if device.package and device.emulators]

DECLARED = {device.spec.id: declared_by(device.package) for device in DEVICES}
"""What each package declares: clauses that do not apply, and how long its drivers wait."""
WALKED_ELSEWHERE = {("inspire_ftp", "outlives_a_bad_line")}
"""Its driver and protocol are inspire's, which are walked."""

BOTH_SIDES = ("opens_without_moving", "reads_where_it_was_sent", "starts_where_it_stands")
"""Clauses in which the sides' own numbers count; the others walk one side."""


def subject(device: Device, wire: str) -> Subject:
    side = device.spec.side
    other = None
    if side is not None:
        other = REGISTRY.devices[
            f"{device.spec.name}:{Side.LEFT if side is Side.RIGHT else Side.RIGHT}"
        ].spec

    declared = DECLARED[device.spec.id]
    ((option, patience),) = declared.patient.items()

    def driver(spec, address):
        return device.load("driver", address.wire)(spec, address.having(option, patience))

    emulator = device.load("emulator", wire)
    return Subject(device.spec, wire, driver, emulator, other, impatience(declared, wire))


def exempt(device: Device, wire: str, clause: str) -> bool:
    reason = DECLARED[device.spec.id].reason(clause, device.spec.name, wire)
    return reason is not None or (device.spec.name, clause) in WALKED_ELSEWHERE


def walks() -> list[object]:
    """Every device, wire and clause that applies."""
    clauses: dict[str, Callable[[Subject], None]] = {
        clause.__name__: clause for clause in (*CLAUSES, *FAULT_CLAUSES)
    }
    clauses["outlives_a_bad_line"] = outlives_a_bad_line
    return [
        pytest.param(device, wire, clause, id=f"{device.spec.id}-{wire}-{name}")
        for device in DEVICES
        for wire in device.emulators
        for name, clause in clauses.items()
        if not exempt(device, wire, name)
        and (device.spec.side is not Side.LEFT or name in BOTH_SIDES)
    ]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch):
    """Nobody waits for a G1's ramps and an Inspire's connection to rest: their own tests see to them."""
    for module in ("wires", "emulator"):
        monkeypatch.setattr(f"xlvla_inspire.{module}.REST_S", 0.05)
    monkeypatch.setattr("xlvla_g1.robot.RAMP_OUT_S", 1.0)
    monkeypatch.setattr("xlvla_g1.shared.RAMP_IN_S", 0.2)


@pytest.mark.parametrize(("device", "wire", "clause"), walks())
def test_the_contract_is_kept(device: Device, wire: str, clause: Callable[..., None]):
    kinds = [kind for kind in KINDS if not exempt(device, wire, kind)]
    given = {"kinds": kinds} if clause is outlives_a_bad_line else {}
    clause(subject(device, wire), **given)


def test_every_wire_that_is_driven_is_emulated():
    for device in DEVICES:
        assert device.emulators.keys() == device.drivers.keys(), device.spec.id


def test_exemptions_name_what_there_is():
    names = {clause.__name__ for clause in (*CLAUSES, *FAULT_CLAUSES, outlives_a_bad_line)}
    for device in DEVICES:
        for key in DECLARED[device.spec.id].exempt:
            place, _, check = key.rpartition(" ")
            assert check in {*names, *KINDS}, key
            assert place in ("", device.spec.name, *device.emulators), key


def test_finding_devices_and_making_drivers_loads_no_sdk_and_no_torch():
    """In a program of its own: this one has loaded everything."""
    walled = ["serial", "pymodbus", "xarm", "cyclonedds", "torch"]
    makers = {device.drivers[wire] for device in DEVICES for wire in device.drivers}
    modules = sorted({target.partition(":")[0] for target in makers})
    program = (
        "import sys, importlib\n"
        "from xlvla_sdk.registry import load_registry\n"
        "load_registry()\n"
        f"print(sorted(set({walled}) & set(sys.modules)))\n"
        f"for module in {modules}: importlib.import_module(module)\n"
        "print(sorted({'torch', 'xarm', 'cyclonedds'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"], done.stdout + done.stderr
