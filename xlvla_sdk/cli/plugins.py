"""`xlvla plugins`: every plugin that was found, where it is from, and whether it can be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import columns, say, say_json
from xlvla_sdk.plugin import Device, PluginInfo

HEADER = ("PLUGIN", "STATE", "API", "DISTRIBUTION", "ORIGIN", "DEVICES")


def plugins(as_json: AsJson = False) -> None:
    """List plugins, where they are from, and their devices.

    Every plugin that was found, whether it can be used or not; under one that cannot, why. Nothing
    of one plugin keeps another from being used.

    \b
    Examples:
      xlvla plugins
      xlvla plugins --json
    """
    from xlvla_sdk.hookspecs import PLUGIN_API
    from xlvla_sdk.registry import registry

    facts = [plugin_facts(info, registry().devices) for info in registry().plugins]
    if as_json:
        say_json({"api": list(PLUGIN_API), "plugins": facts})
        return
    rows: list[tuple[object, ...]] = [HEADER]
    for fact in facts:
        rows.append(_row(fact))
        if fact["reason"]:
            rows.append(("", "", "", "", "", fact["reason"]))
    say(columns(rows))
    say(f"this SDK has plugin API {'.'.join(map(str, PLUGIN_API))}")


def plugin_facts(info: PluginInfo, devices: Mapping[str, Device]) -> dict[str, Any]:
    """A plugin as plain data: what is known of it, and the ids of its devices."""
    mine = [name for name, device in devices.items() if device.plugin == info]
    return {"label": info.label, **vars(info), "devices": mine}


def _row(fact: Mapping[str, Any]) -> tuple[object, ...]:
    api = ".".join(map(str, fact["api"])) if fact["api"] else "-"
    devices = " ".join(fact["devices"]) or "-"
    distribution = fact["label"] if fact["distribution"] else "-"
    return (fact["name"], fact["status"], api, distribution, fact["origin"] or "-", devices)
