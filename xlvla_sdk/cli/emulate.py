"""`xlvla emulate`: a device that is not there, on a wire that is."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Annotated

import typer

from xlvla_sdk.cli.output import note, say
from xlvla_sdk.errors import PluginError


def emulate(
    device: Annotated[str, typer.Argument(help="As `xlvla devices` lists it.")],
    transport: Annotated[
        str | None, typer.Option(metavar="WIRE", help="Left out: the only one, or the first.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=PART|JOINT",
            help="Spoil a part of the answers, or raise a flag at a joint; several times.",
        ),
    ] = None,
    stuck: Annotated[
        list[str] | None,
        typer.Option(metavar="JOINT", help="A joint that does not move; several times."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the faults' chances.")] = 7,
) -> None:
    """Emulate a device on a real wire.

    Prints the address that drivers find it at, and runs until Ctrl-C. It answers byte for byte
    as the device does, and takes the time that the wire does.

    Faults: dropped, repeated, truncated, split, delayed, corrupted, noise, foreign, each with the
    part of the answers that it spoils, and silent=1. Flags of the device itself, each with a joint:
    hot, current or motor, as far as it has them; a wrong one lists them.

    \b
    Examples:
      xlvla emulate inspire:right --transport modbus-tcp
      xlvla emulate ability:left --fault dropped=0.01 --fault corrupted=0.01
      xlvla emulate ability:left --stuck index_q1
      xlvla emulate inspire:right --fault hot=index
    """
    from xlvla_sdk.registry import registry
    from xlvla_sdk.testing.emulator import Emulator
    from xlvla_sdk.testing.faults import Faults

    found = registry().device(device)
    wire = _wire(found.spec.id, found.emulators, transport)
    make = found.load("emulator", wire)
    emulator: Emulator = make(found.spec, wire, Faults(seed=seed))
    for text in fault or ():
        emulator.suffer(text)
    for joint in stuck or ():
        emulator.stick(joint)
    with emulator as emulated:
        note(f"{found.spec.id} on {wire}; Ctrl-C ends it")
        say(str(emulated.address))
        threading.Event().wait()


def _wire(device: str, emulators: Mapping[str, str], wanted: str | None) -> str:
    known = list(emulators)
    if not known:
        raise PluginError(f"{device}: its plugin has no emulator. `xlvla run` simulates it.")
    if wanted is not None and wanted not in known:
        raise PluginError(
            f"{device} has no emulator for '{wanted}'. It has: {', '.join(known)}.",
            wires=tuple(known),
        )
    if wanted is None and len(known) > 1:
        note(f"{device} has emulators for {', '.join(known)}; this is {known[0]}.")
    return wanted or known[0]
