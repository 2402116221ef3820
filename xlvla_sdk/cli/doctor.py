"""`xlvla doctor`: what of this computer keeps hands from moving."""

from __future__ import annotations

import typer

from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import columns, say, say_json


def doctor(as_json: AsJson = False) -> None:
    """Look this computer over, and say how to mend it.

    Versions, GPU or CPU, what draws pictures, serial ports and who may open them, plugins that
    cannot be used, stale codecs. Nothing is changed, trained or opened. Exit status 1 says that
    something is broken; a warning alone is 0.

    \b
    Examples:
      xlvla doctor
      xlvla doctor --json
    """
    from xlvla_sdk.doctor import examine
    from xlvla_sdk.registry import registry

    found = list(examine(registry()))
    failed = sum(one.state == "fail" for one in found)
    if as_json:
        say_json({"failed": failed, "found": [one.to_json() for one in found]})
    else:
        rows: list[tuple[str, str, str]] = []
        for one in found:
            rows.append(
                (one.name, one.state.upper() if one.state == "fail" else one.state, one.text)
            )
            if one.mend:
                rows.append(("", "", one.mend))
        say(columns(rows))
        warned = sum(one.state == "warn" for one in found)
        say(f"{len(found)} looked at, {warned} warnings, {failed} failed")
    if failed:
        raise typer.Exit(1)
