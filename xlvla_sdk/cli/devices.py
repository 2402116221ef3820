"""`xlvla devices`: every device, and every plugin that could not be used."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from xlvla_sdk.cli.options import AsJson, Space, locator
from xlvla_sdk.cli.output import columns, note, say, say_json
from xlvla_sdk.cli.plugins import plugin_facts
from xlvla_sdk.errors import CodecMismatch
from xlvla_sdk.plugin import Device, PluginInfo
from xlvla_sdk.specs import HandSpec

HEADER = ("DEVICE", "SIDES", "JOINTS", "MIMIC", "TIPS", "DRIVER", "CODEC", "PLUGIN")


def devices(space: Space = None, as_json: AsJson = False) -> None:
    """List devices, their codecs, and plugins.

    Every device with its codec, then every plugin that could not be used, and why. A hand without
    a codec gets one at first use, or by `xlvla onboard`. Nothing is trained here.

    \b
    Examples:
      xlvla devices
      xlvla devices --json
    """
    from xlvla_sdk.registry import registry

    codecs = _codecs(registry().devices, space)
    facts = [_facts(device, codecs.get(name)) for name, device in registry().devices.items()]
    lost = [info for info in registry().plugins if info.status != "ok"]
    if as_json:
        plugins = [plugin_facts(info, registry().devices) for info in registry().plugins]
        say_json({"devices": facts, "plugins": plugins})
        return
    say(columns([HEADER, *_rows(facts)], right=(2, 3, 4)))
    if lost:
        rows = [(info.name, info.status, f"{info.label}: {info.reason}") for info in lost]
        say("\n" + columns([("NOT LOADED", "STATUS", "WHY"), *rows]))


def _codecs(found: Mapping[str, Device], space: str | None) -> dict[str, str]:
    """Where each hand's codec is from; what cannot be used is said on stderr."""
    try:
        locate = locator(space)
    except CodecMismatch as error:
        note(f"codecs are not listed: {error.message}")
        return {}
    origins: dict[str, str] = {}
    for name, device in found.items():
        if not isinstance(device.spec, HandSpec):
            continue
        try:
            if (codec := locate(device.spec)) is not None:
                origins[name] = codec[1]
        except CodecMismatch as error:
            note(error.message)
            origins[name] = "unusable"
    return origins


def _facts(device: Device, codec: str | None) -> dict[str, Any]:
    spec = device.spec
    return {
        "id": spec.id,
        "name": spec.name,
        "side": spec.side,
        "kind": "hand" if isinstance(spec, HandSpec) else "arm",
        "joints": list(spec.joints),
        "mimic": sum(joint.mimic is not None for joint in spec.model.joints.values()),
        "tips": list(spec.fingers) if isinstance(spec, HandSpec) else [],
        "drivers": [*device.drivers, "simulated"],
        "codec": codec,
        "plugin": _plugin(device.plugin),
    }


def _plugin(info: PluginInfo) -> dict[str, Any]:
    return {"label": info.label, **vars(info)}


def _rows(facts: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """A row for each device's name, its sides together where they say the same."""

    def shared(fact: dict[str, Any]) -> tuple[object, ...]:
        return (
            fact["name"],
            len(fact["joints"]),
            fact["mimic"],
            len(fact["tips"]) or "-",
            " ".join(fact["drivers"]),
            fact["plugin"]["label"],
        )

    rows = []
    for (name, joints, mimic, tips, drivers, plugin), group in groupby(facts, shared):
        members = list(group)
        sides = " ".join(fact["side"] for fact in members if fact["side"]) or "-"
        codecs = list(dict.fromkeys(fact["codec"] or "-" for fact in members))
        rows.append((name, sides, joints, mimic, tips, drivers, " / ".join(codecs), plugin))
    return rows
