"""The text that names an embodiment: `[arm+]hand:right|left|both`."""

from __future__ import annotations

from collections.abc import Callable

from xlvla_sdk.errors import SpecError
from xlvla_sdk.specs.arm import ArmSpec
from xlvla_sdk.specs.embodiment import BodySide, Embodiment
from xlvla_sdk.specs.hand import HandSpec
from xlvla_sdk.specs.side import Side

Find = Callable[[str, Side | None], HandSpec | ArmSpec]
"""The device of a name on a side, or without one; raises UnknownDevice."""

_GRAMMAR = "Write [arm+]hand:right, :left or :both; for two different sides put a comma between."


def parse_embodiment(text: str, find: Find) -> Embodiment:
    """The body that a text names, right side first.

    Args:
        text: `[arm+]hand:right|left|both`; two with a comma between for different sides
            (`xarm7+xhand:right,xarm7+inspire:left`); or an arm alone. An arm without sides
            stands on the hand's, and alone on the right.
        find: Looks a device up.

    Raises:
        SpecError: When the text is no such thing.
        UnknownDevice: From `find`.
    """
    sides = [side for part in text.split(",") for side in _sides(part.strip(), text, find)]
    sides.sort(key=lambda body: body.side is Side.LEFT)
    if len({body.side for body in sides}) < len(sides):
        raise SpecError(f"embodiment '{text}' names a side twice. {_GRAMMAR}")
    return Embodiment(name=text, sides=tuple(sides))


def _sides(part: str, text: str, find: Find) -> list[BodySide]:
    names, colon, word = part.partition(":")
    devices = names.split("+")
    if not all(devices) or len(devices) > 2 or (colon and word not in ("both", *Side)):
        raise SpecError(f"embodiment '{text}' is not understood. {_GRAMMAR}")
    if not colon:
        return [_without_side(names, devices, text, find)]
    sides = list(Side) if word == "both" else [Side(word)]
    return [_body(devices, side, text, find) for side in sides]


def _without_side(names: str, devices: list[str], text: str, find: Find) -> BodySide:
    spec = find(devices[-1], None)
    if spec.side is not None or len(devices) > 1:
        raise SpecError(
            f"embodiment '{text}' names no side. Write '{names}:right', '{names}:left' or "
            f"'{names}:both'."
        )
    return _body(devices, Side.RIGHT, text, find)


def _body(devices: list[str], side: Side, text: str, find: Find) -> BodySide:
    found = [find(name, side) for name in devices]
    kinds = ["hand" if isinstance(spec, HandSpec) else "arm" for spec in found]
    if len(found) == 2 and kinds != ["arm", "hand"]:
        raise SpecError(
            f"embodiment '{text}': '{devices[0]}' and '{devices[1]}' are not an arm, then a hand. "
            f"{_GRAMMAR}"
        )
    return BodySide.model_validate({"side": side, **dict(zip(kinds, found, strict=True))})
