"""The contract of drivers as checks: each clause on each wire that a device's plugin emulates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from traceback import extract_tb

from xlvla_sdk.checks import Check, CheckResult, Declared, other_side
from xlvla_sdk.checks.result import Group, exempted, failed, passed
from xlvla_sdk.drivers import Address, Driver
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.plugin import Device
from xlvla_sdk.specs import ArmSpec, HandSpec, Side
from xlvla_sdk.testing.contract import CLAUSES
from xlvla_sdk.testing.contract_faults import FAULT_CLAUSES, KINDS, outlives_a_bad_line
from xlvla_sdk.testing.contract_limits import reaches_its_limits
from xlvla_sdk.testing.exchanges import check_exchange
from xlvla_sdk.testing.mends import MENDS
from xlvla_sdk.testing.subject import Subject

SAFETY = (
    "starts_where_it_stands",
    "holds",
    "stops",
    "stops_from_any_state",
    "sends_nothing_senseless",
    "stops_on_the_way_out",
    "heeds_alarms",
    "reaches_its_limits",
)
"""Clauses that keep hardware whole; the others are about the wire."""
BOTH_SIDES = ("opens_without_moving", "reads_where_it_was_sent", "reaches_its_limits")
"""Clauses in which the sides' own numbers count; the others walk the right side, or the only one."""

SHORTEST_S = {"sdk": "0.3", "modbus-tcp": "0.12"}
"""By wire; a device in a connection freezes where a slow machine brings it two tries at once."""

Clause = Callable[[Subject], None]


def wire_checks(found: Device, fellows: Mapping[str, Device], declared: Declared) -> list[Check]:
    """Every clause of the contract, and every exchange, on each of a device's wires.

    Args:
        found: The device.
        fellows: The plugin's devices by id.
        declared: What its package declares; a clause that it exempts is not walked, for one that
            does not apply may take a minute to fail.
    """
    checks = [
        Check(clause.__name__, _group(clause), f"{found.spec.id} {wire}", make)
        for wire in found.emulators
        for clause, make in _walks(found, wire, fellows, declared)
    ]
    return [*checks, *_not_emulated(found, declared), *_exchanges(found, declared)]


def _walks(
    found: Device, wire: str, fellows: Mapping[str, Device], declared: Declared
) -> list[tuple[Clause, Callable[[], CheckResult]]]:
    spec, other = found.spec, other_side(found, fellows)
    second = spec.side is Side.LEFT and other is not None
    kinds = [kind for kind in KINDS if declared.reason(kind, spec.name, wire) is None]
    every: list[Clause] = [
        *CLAUSES,
        reaches_its_limits,
        *FAULT_CLAUSES,
        _given(outlives_a_bad_line, kinds=kinds),
    ]
    clauses = [c for c in every if not second or c.__name__ in BOTH_SIDES]
    if other is None:
        clauses = [c for c in clauses if c.__name__ != "refuses_the_other_side"]
    return [(c, partial(_walked, c, found, other, wire, declared)) for c in clauses]


def _given(clause: Callable[..., None], **given: object) -> Clause:
    """A clause with some of its arguments, under its own name."""
    made = partial(clause, **given)
    made.__name__ = clause.__name__  # pyright: ignore[reportAttributeAccessIssue]
    return made


def _walked(
    clause: Clause, found: Device, other: Device | None, wire: str, declared: Declared
) -> CheckResult:
    """One clause; an exempt one is not walked."""
    name = clause.__name__
    reason = declared.reason(name, found.spec.name, found.spec.id, wire)
    if reason is not None:
        return CheckResult(name, True, "not walked", exempt=reason)
    try:
        clause(_subject(found, other, wire, declared))
    except AssertionError as error:
        return failed(name, f"on {wire}: {_said(error)}", MENDS[name])
    except XlvlaError as error:
        return failed(name, f"on {wire}: {error.message}", MENDS[name])
    return passed(name, f"on {wire}")


def _said(error: AssertionError) -> str:
    """What an assertion says; of one without words, the condition that did not hold."""
    if str(error):
        return str(error).splitlines()[0]
    line = extract_tb(error.__traceback__)[-1].line or ""
    return f"it does not hold that {line.removeprefix('assert ')}"


def _subject(found: Device, other: Device | None, wire: str, declared: Declared) -> Subject:
    make, patient = found.load("driver", wire), tuple(declared.patient.items())

    def driver(spec: HandSpec | ArmSpec, address: Address) -> Driver:
        for key, value in patient:
            address = address.having(key, value)  # what an impatient one says stays
        return make(spec, address)

    return Subject(
        found.spec,
        wire,
        driver,
        found.load("emulator", wire),
        None if other is None else other.spec,
        impatience(declared, wire),
    )


def impatience(declared: Declared, wire: str) -> Mapping[str, str]:
    """Options with which a driver waits shortly: what the package says, else by the wire."""
    if "impatient" in declared.model_fields_set:
        return declared.impatient
    return {"timeout": SHORTEST_S[wire]} if wire in SHORTEST_S else declared.impatient


def _not_emulated(found: Device, declared: Declared) -> list[Check]:
    """A wire with a driver and no emulator cannot be walked: a failure, or exempt."""
    return [
        Check("emulated", "wire", f"{found.spec.id} {wire}", partial(_without, wire, reason))
        for wire in found.drivers
        if wire not in found.emulators
        for reason in [declared.reason("emulated", found.spec.name, wire)]
    ]


def _without(wire: str, reason: str | None) -> CheckResult:
    result = failed(
        "emulated",
        f"'{wire}' has a driver and no emulator, so nothing of it has been tried",
        "Write an Emulator and name it in register(..., emulators=...), or exempt this check.",
    )
    return exempted(result, reason)


def _exchanges(found: Device, declared: Declared) -> list[Check]:
    return [
        Check(exchange.name, "wire", f"{found.spec.id} {exchange.wire}", make)
        for exchange in declared.exchange
        if exchange.wire in found.drivers and exchange.device in (None, found.spec.id)
        for make in [partial(check_exchange, found, exchange)]
    ]


def _group(clause: Clause) -> Group:
    return "safety" if clause.__name__ in SAFETY else "wire"
