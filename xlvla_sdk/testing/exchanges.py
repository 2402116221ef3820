"""Scripted exchanges: what a package's `checks.toml` says of bytes, played to its driver."""

from __future__ import annotations

import numpy as np

from xlvla_sdk.checks import CheckResult, Exchange
from xlvla_sdk.checks.result import failed, passed
from xlvla_sdk.drivers import Address, Driver
from xlvla_sdk.errors import XlvlaError
from xlvla_sdk.plugin import Device
from xlvla_sdk.testing.scripted import Receive, ScriptedTransport, Send

ALIKE = 1e-3
"""How far a reading may be from the exchange's posture [rad, m]: they are written with few digits."""


def check_exchange(device: Device, exchange: Exchange) -> CheckResult:
    """Whether the driver says and understands exactly these bytes.

    The driver is made as `driver(spec, address, connect=...)`, and opens what `connect` gives.
    """
    name = f"exchange '{exchange.name}'"
    script = [_step(line) for line in (*exchange.opening, *exchange.lines)]
    transport = ScriptedTransport(script)
    make = device.load("driver", exchange.wire)
    try:
        driver: Driver = make(
            device.spec, Address(exchange.wire, "script"), connect=transport.connect
        )
        driver.open()
        said = _played(driver, exchange)
        driver.close()
        transport.finish()
    except (AssertionError, XlvlaError, TypeError) as error:
        return failed(name, _first_line(error), f"The bytes are from {exchange.source}.")
    return (
        failed(name, said, f"{exchange.source} says so.") if said else passed(name, exchange.source)
    )


def _played(driver: Driver, exchange: Exchange) -> str | None:
    """Does what is asked; what is wrong with a reading."""
    if exchange.does == "command":
        driver.command(np.array(exchange.qpos or ()))
    elif exchange.does == "hold":
        driver.hold()
    elif exchange.does == "stop":
        driver.stop()
    else:
        return _read(driver, exchange)
    return None


def _read(driver: Driver, exchange: Exchange) -> str | None:
    qpos = driver.read().qpos
    if exchange.qpos is None:
        return None
    if len(exchange.qpos) != len(qpos):
        return f"the exchange has {len(exchange.qpos)} joints, the device {len(qpos)}"
    off = np.abs(qpos - np.array(exchange.qpos))
    if off.max() <= ALIKE:
        return None
    at = int(off.argmax())
    return f"'{driver.spec.joints[at]}' was read at {qpos[at]:.4f}, not {exchange.qpos[at]:.4f}"


def _step(line: str) -> Send | Receive:
    return Send(line[1:]) if line.startswith(">") else Receive(line[1:])


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
