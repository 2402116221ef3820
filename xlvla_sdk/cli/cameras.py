"""`xlvla cameras`: which cameras there are, and which kinds can be named."""

from __future__ import annotations

from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import columns, note, say, say_json


def cameras(as_json: AsJson = False) -> None:
    """List this computer's cameras, and the kinds of cameras.

    Cameras are looked for by Video4Linux; those of other kinds have no list. `xlvla look` looks
    through one.

    \b
    Examples:
      xlvla cameras
      xlvla cameras --json
    """
    from xlvla_sdk.drivers.v4l2 import forbidden_cameras, v4l2_cameras
    from xlvla_sdk.registry import registry

    found = v4l2_cameras()
    forbidden = forbidden_cameras()
    for place in forbidden:
        note(f"{place}: you may not open it. Add yourself to the group that owns it (video).")
    kinds = [(kind.wire, kind.plugin.label) for kind in registry().cameras.values()]
    if as_json:
        say_json(
            {
                "cameras": [{"address": place, "name": name} for place, name in found],
                "forbidden": forbidden,
                "kinds": [{"wire": wire, "plugin": label} for wire, label in kinds],
            }
        )
        return
    say(columns([("CAMERA", "NAME"), *found]) if found else "there is no camera")
    say("\n" + columns([("KIND", "PLUGIN"), *kinds]))
