"""`xlvla tasks`: what a policy can be evaluated on."""

from __future__ import annotations

from typing import Annotated

import typer

from xlvla_sdk.cli.options import AsJson
from xlvla_sdk.cli.output import columns, say, say_json


def tasks(
    words: Annotated[bool, typer.Option("--words", help="Every way to say each of them.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the tasks that a policy can be evaluated on.

    \b
    Examples:
      xlvla tasks
      xlvla tasks --words
    """
    from xlvla_sdk.sim.tasks import TASKS

    if as_json:
        say_json(
            [
                {
                    "name": task.name,
                    "scene": task.scene.name,
                    "things": [thing.name for thing in task.scene.loose],
                    "horizon_s": task.horizon_s,
                    "instruction": task.instruction,
                    "paraphrases": list(task.paraphrases),
                }
                for task in TASKS.values()
            ]
        )
        return
    rows = [("TASK", "TIME", "THINGS", "INSTRUCTION")]
    for task in TASKS.values():
        said = task.instructions if words else (task.instruction,)
        things = ", ".join(thing.name for thing in task.scene.loose)
        rows.append((task.name, f"{task.horizon_s:g} s", things, said[0]))
        rows += [("", "", "", other) for other in said[1:]]
    say(columns(rows, right=(1,)))
