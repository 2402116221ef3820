"""One target under atheris, in a process of its own: `python -m tests.fuzz.one TARGET FLAGS...`.

libFuzzer, which is inside, ends the process with a status that says whether the target held.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import atheris

# It puts its names there by hand.
watched_imports: Any = vars(atheris)["instrument_imports"]
watched: Any = vars(atheris)["instrument_func"]
WATCHED = ["xlvla_sdk.drivers", "xlvla_sdk.testing"]
WATCHED += [f"xlvla_{name}" for name in ("ability", "g1", "inspire", "paxini", "xarm", "xhand")]
"""Modules whose branches guide the search."""

with watched_imports(include=WATCHED):
    from tests.fuzz.targets import Target, targets


def planted() -> Target:
    """A target with a fault, to show that faults are found."""

    def take(data: bytes) -> None:
        if data[0] == 0x7E:
            raise IndexError("the fault that was planted")

    return Target(watched(take))


def main() -> None:
    """Fuzzes until the time given is over, or something breaks."""
    name, corpus, *flags = sys.argv[1:]
    with watched_imports(include=WATCHED):
        target = planted() if name == "planted" else targets()[name]
    for number, seed in enumerate(target.seeds):
        (Path(corpus) / f"seed-{number}").write_bytes(b"\0" + seed)
    atheris.Setup([sys.argv[0], corpus, *flags], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
